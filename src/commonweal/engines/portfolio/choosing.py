"""The cheapest set of starts that meets what is needed, with its bound and its prices.

HiGHS branches over whole starts. Where needs cannot be met, a second programme finds the least that
is lacking (each need by its own size), and a third the cheapest way to lack no more. Prices come
from the relaxation in which parts of an action may be done. Of very many starts only those are
branched on that the relaxation is not sure of; its optimum is then the bound.

Source: Q. Huangfu and J. A. J. Hall, "Parallelizing the dual revised simplex method", Mathematical
Programming Computation 10 (2018) 119-142, doi:10.1007/s12532-017-0130-5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import highspy
import numpy as np

from commonweal.engines.portfolio.options import NEVER
from commonweal.engines.portfolio.programme import Programme, programme
from commonweal.engines.portfolio.result import Result, result
from commonweal.errors import InputError, StateError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.engines.portfolio.options import Floats, Ints, Options, Question
    from commonweal.engines.portfolio.rows import Rows

_FINE: Final = {highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kTimeLimit}
_SMALL: Final = 2_000
"""Starts below which no presolve is needed: that of HiGHS 1.14 was seen to cut off the optimum of
small programmes."""
_LARGE: Final = 20_000
"""Starts beyond which only a core of them is branched on."""
_CORE: Final = 4_000
"""Starts that stay free in the core."""
_SLACK: Final = 1e-6
"""Part of a need by which a found shortfall is loosened, so that its rounding stays feasible."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A chosen set of starts.

    Attributes:
        result: What comes of it.
        bound_cny: No choice that lacks as little costs less.
        need_price_cny: By metric, what one more unit needed in a year would cost, present value.
        budget_price_cny: What one more CNY of budget in a year would save, present value, ``[y]``.
    """

    result: Result
    bound_cny: float
    need_price_cny: Mapping[str, Floats]
    budget_price_cny: Floats

    @property
    def gap_cny(self) -> float:
        """How far the cost may lie above the least possible."""
        return max(0.0, self.result.cost_cny - self.bound_cny)

    @property
    def gap_share(self) -> float:
        """The same as a share of the cost."""
        size = abs(self.result.cost_cny)
        return 0.0 if self.gap_cny == 0 else self.gap_cny / size if size else np.inf


def choose(
    options: Options,
    question: Question,
    *,
    gap_share: float = 1e-4,
    limit_s: float = 60.0,
) -> Plan:
    """Return the cheapest starts that meet the needs within the budgets, or lack the least.

    Args:
        options: What may be done.
        question: What is asked.
        gap_share: Where the search may stop: cost above the bound, as a share.
        limit_s: When it must; the bound then tells how far it came.

    Raises:
        InputError: What is fixed or asked of starts breaks budgets, crews, exclusions or
            requirements, so that no choice is possible at all.
        StateError: The solver found nothing within its time.
    """
    whole = programme(options, question)
    solve = partial(_solve, whole, gap_share=gap_share, limit_s=limit_s)
    found = solve(_Slack(question, whole))
    if found is None:
        free = _Slack(question, whole, most=np.inf)
        least = solve(free, is_cost=False)
        if least is None:
            raise InputError(
                "what is fixed or asked of starts breaks a budget, a crew, an exclusion or"
                " a requirement",
                hint="loosen one of them; targets alone never make a choice impossible",
            )
        most = free.lacking_share(least[0])
        found = solve(_Slack(question, whole, most=most * (1 + _SLACK) + _SLACK))
    if found is None:
        raise StateError("the solver found a least shortfall and could not keep to it")
    columns, bound = found
    chosen = result(options, question, _start_of(whole, columns, options.n))
    return Plan(chosen, bound, *_prices(whole, chosen.shortfall, question))


def _start_of(whole: Programme, columns: Floats, n: int) -> Ints:
    start = np.full(n, NEVER)
    chosen = columns[: len(whole.option)] > 0.5  # noqa: PLR2004 - whole numbers
    start[whole.option[chosen]] = whole.year[chosen]
    return start


class _Slack:
    """Columns behind the others: what is lacking of each need, as a share of it.

    There are none where needs must be met.
    """

    def __init__(self, question: Question, whole: Programme, *, most: float | None = None) -> None:
        self.most, self.first = most, len(whole.cost_cny)
        sizes = [np.maximum(np.abs(question.needs[metric]), 1.0) for metric in whole.needs]
        rows = [np.arange(each.start, each.stop) for each in whole.needs.values()]
        is_any = most is not None and bool(sizes)
        self.size: Floats = np.concatenate(sizes) if is_any else np.empty(0)
        self.row: Ints = np.concatenate(rows) if is_any else np.empty(0, np.int64)

    def lacking_share(self, columns: Floats) -> float:
        """Return what is lacking by a solution, added up over needs and years."""
        return float(np.clip(columns[self.first :], 0.0, None).sum())

    def lp(self, rows: Rows, cost: Floats, lower: Floats) -> highspy.HighsLp:
        """Return the programme with these columns, and a row that limits their sum."""
        n, m = len(self.size), self.first
        more = replace(rows, row=[*rows.row], column=[*rows.column], value=[*rows.value])
        more.low, more.high = [*rows.low], [*rows.high]
        if n and self.most is not None:
            more.put(self.row, m + np.arange(n), self.size)
            at = more.extend(np.array([-np.inf]), np.array([self.most]))
            more.put(np.full(n, at.start), m + np.arange(n), np.ones(n))
        upper = np.concatenate([np.ones(m), np.full(n, np.inf)])
        return more.lp(cost, np.concatenate([lower, np.zeros(n)]), upper)


def _solve(
    whole: Programme, slack: _Slack, *, is_cost: bool = True, gap_share: float, limit_s: float
) -> tuple[Floats, float] | None:
    """Return the columns and a bound of the objective; None where needs cannot be met.

    The objective is the cost, in units in which it is moderate, or else what is lacking.
    """
    unit = _unit(whole) if is_cost else 1.0
    n = len(slack.size)
    own, lacking = (
        (whole.cost_cny / unit, np.zeros(n)) if is_cost else (0 * whole.cost_cny, np.ones(n))
    )
    model = slack.lp(whole.rows, np.concatenate([own, lacking]), whole.lowest)
    if len(whole.option) > _LARGE:
        core = _core(model, len(whole.option), gap_share=gap_share, limit_s=limit_s)
        if core is not None:
            return core[0], core[1] * unit
    solver = _run(model, len(whole.option), gap_share=gap_share, limit_s=limit_s)
    if solver is None:
        return None
    info = solver.getInfo()
    bound = info.mip_dual_bound if len(whole.option) else info.objective_function_value
    return np.array(solver.getSolution().col_value), bound * unit


def _core(
    model: highspy.HighsLp, n_whole: int, *, gap_share: float, limit_s: float
) -> tuple[Floats, float] | None:
    """Solve with the starts that the relaxation is sure of fixed; its own optimum is the bound.

    The starts whose reduced cost is smallest stay free. None where that leaves nothing feasible.
    """
    relaxed = _run(model, 0, gap_share=0.0, limit_s=limit_s)
    if relaxed is None:
        return None
    value = np.array(relaxed.getSolution().col_value)
    price = np.abs(np.array(relaxed.getSolution().col_dual)[:n_whole])
    whole = np.abs(value[:n_whole] - np.round(value[:n_whole])) < 1e-6  # noqa: PLR2004 - a rounding
    sure = np.flatnonzero(whole & (price > np.partition(price, _CORE)[_CORE]))
    before = np.array(model.col_lower_), np.array(model.col_upper_)
    lower, upper = before[0].copy(), before[1].copy()
    lower[sure] = upper[sure] = np.round(value[sure])
    model.col_lower_, model.col_upper_ = lower, upper
    solver = _run(model, n_whole, gap_share=gap_share, limit_s=limit_s)
    if solver is None:
        model.col_lower_, model.col_upper_ = before
        return None
    return np.array(solver.getSolution().col_value), relaxed.getInfo().objective_function_value


def _unit(whole: Programme) -> float:
    return max(1.0, float(np.abs(whole.cost_cny).max(initial=0.0))) / 1e3


def _run(
    model: highspy.HighsLp, n_whole: int, *, gap_share: float, limit_s: float
) -> highspy.Highs | None:
    """Solve; None where nothing is feasible."""
    if n_whole:
        kinds = [highspy.HighsVarType.kInteger] * n_whole
        kinds += [highspy.HighsVarType.kContinuous] * (model.num_col_ - n_whole)
        model.integrality_ = kinds
    solver = highspy.Highs()
    for name, value in (
        ("output_flag", False),
        ("threads", 1),
        ("mip_rel_gap", gap_share),
        ("mip_abs_gap", 1e-6),
        ("time_limit", limit_s),
        ("presolve", "off" if 0 < n_whole <= _SMALL else "on"),
    ):
        solver.setOptionValue(name, value)
    solver.passModel(model)
    solver.run()
    status = solver.getModelStatus()
    if status in _FINE and solver.getSolution().value_valid:
        return solver
    if status == highspy.HighsModelStatus.kTimeLimit:
        raise StateError(
            f"no choice was found in {limit_s:g} s", hint="allow more time, or ask of fewer actions"
        )
    return None


def _prices(
    whole: Programme, short: Mapping[str, Floats], question: Question
) -> tuple[dict[str, Floats], Floats]:
    """Return what needs cost and budgets save at the margin, by the relaxation."""
    n_years, unit = question.n_years, _unit(whole)
    needs = {metric: np.zeros(n_years) for metric in whole.needs}
    model = whole.rows.lp(whole.cost_cny / unit, whole.lowest, np.ones(len(whole.cost_cny)))
    low = np.array(model.row_lower_)
    for metric, at in whole.needs.items():
        low[at] -= short[metric] * (1 + _SLACK)
    model.row_lower_ = low
    solver = _run(model, 0, gap_share=0.0, limit_s=60.0)
    if solver is None:
        return needs, np.zeros(n_years)
    dual = np.array(solver.getSolution().row_dual) * unit
    needs = {metric: np.maximum(dual[at], 0.0) for metric, at in whole.needs.items()}
    if whole.budget is None:
        return needs, np.zeros(n_years)
    return needs, np.maximum(-dual[whole.budget], 0.0)

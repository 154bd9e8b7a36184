"""The whole programme at once, every scenario with its own rows: the referee of the plan.

Columns: bought allowances and credits ``[2d]``, the threshold of the tail, its excess ``[s]``, then
five blocks ``[s, d]``: allowances bought and sold later, credits surrendered, bought and sold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import highspy
import numpy as np

from commonweal.errors import StateError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.engines.hedging.instance import Floats, Instance

    Ints = NDArray[np.int64]
    Entries = list[tuple[Ints, Ints, Floats]]


def extensive_plan(
    instance: Instance,
    *,
    risk_weight: float = 0.0,
    alpha: float = 0.95,
    solver: str = "choose",
) -> tuple[Floats, float]:
    """Return what to buy now, t, ``[2d]``, and the least objective, CNY.

    Args:
        instance: The instance.
        risk_weight: λ, as of ``plan``.
        alpha: Level of CVaR.
        solver: Which of HiGHS's methods: ``choose``, ``simplex`` or ``ipm``.

    Raises:
        StateError: The solver did not reach an optimum.
    """
    model = highspy.HighsLp()
    entries, low, high = _rows(instance)
    _columns(model, instance, risk_weight, alpha)
    rows, columns, values = (np.concatenate(part) for part in zip(*entries, strict=True))
    order = np.lexsort((columns, rows))
    model.num_row_, model.row_lower_, model.row_upper_ = len(low), low, high
    matrix = model.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kRowwise
    matrix.start_ = np.searchsorted(rows[order], np.arange(len(low) + 1)).astype(np.int32)
    matrix.index_ = columns[order].astype(np.int32)
    matrix.value_ = values[order]
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)  # noqa: FBT003 - the solver's own call
    highs.setOptionValue("solver", solver)
    highs.passModel(model)
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise StateError(f"the whole programme was not solved: {highs.getModelStatus().name}")
    found = np.array(highs.getSolution().col_value[: 2 * instance.n_obligations])
    return found, float(highs.getInfo().objective_function_value)


def _columns(model: highspy.HighsLp, instance: Instance, weight: float, alpha: float) -> None:
    chance = instance.probability
    mean = (1 - weight) * chance[:, None]
    later = (
        (instance.later_cny, np.inf),
        (-instance.resale_cny, np.inf),
        (np.zeros_like(instance.cap_t), instance.cap_t),
        (instance.later_credit_cny, np.inf),
        (-instance.credit_resale_cny, np.inf),
    )
    model.col_cost_ = np.concatenate(
        [
            (1 - weight) * instance.prices_cny,
            [weight],
            weight / (1 - alpha) * chance,
            *((mean * cost).ravel() for cost, _ in later),
        ]
    )
    shape = instance.cap_t.shape
    limits = [np.broadcast_to(limit, shape).ravel() for _, limit in later]
    tail = [[np.inf], np.full(len(chance), np.inf)]
    model.num_col_ = len(model.col_cost_)
    model.col_lower_ = np.zeros(model.num_col_)
    upper = np.concatenate([instance.most_t, *tail, *limits])
    lower = np.zeros(model.num_col_)
    lower[2 * shape[1]] = -np.inf
    model.col_lower_, model.col_upper_ = lower, upper


def _rows(instance: Instance) -> tuple[Entries, Floats, Floats]:
    """Return matrix entries and limits: balances, credits, tail, budget."""
    n_scenarios, n = instance.emissions_t.shape
    size, first = n_scenarios * n, 2 * n + 1 + n_scenarios
    cell = np.arange(size)
    blocks = [first + i * size + cell for i in range(5)]
    bought, sold, used, credit_bought, credit_sold = blocks
    ones, of = np.ones(size), cell % n
    entries = [(cell, col, sign * ones) for col, sign in ((of, 1), (bought, 1), (sold, -1))]
    entries.append((cell, used, ones))
    signs = ((used, 1), (credit_bought, -1), (credit_sold, 1), (n + of, -1))
    entries += [(size + cell, col, sign * ones) for col, sign in signs]
    row = 2 * size + np.arange(n_scenarios)  # excess + threshold - cost >= 0
    entries.append((row, 2 * n + 1 + np.arange(n_scenarios), np.ones(n_scenarios)))
    entries.append((row, np.full(n_scenarios, 2 * n), np.ones(n_scenarios)))
    for i, price in enumerate(instance.prices_cny):
        entries.append((row, np.full(n_scenarios, i), np.full(n_scenarios, -price)))
    prices = (instance.later_cny, -instance.resale_cny, None, instance.later_credit_cny)
    for block, price in zip(blocks, (*prices, -instance.credit_resale_cny), strict=True):
        if price is not None:
            entries.append((row[cell // n], block, -price.ravel()))
    budget = np.full(2 * n, 2 * size + n_scenarios)
    entries.append((budget, np.arange(2 * n), instance.prices_cny))
    need = (instance.emissions_t - instance.holding_t).ravel()
    owned = np.tile(instance.credits_t, n_scenarios)
    low = np.concatenate([need, owned, np.zeros(n_scenarios), [-np.inf]])
    high = np.concatenate([need, owned, np.full(n_scenarios, np.inf), [instance.budget_cny]])
    return entries, low, high

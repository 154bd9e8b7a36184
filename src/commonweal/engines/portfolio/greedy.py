"""What a spreadsheet does: the cheapest tonnes first, each as early as money allows.

It knows budgets, crews, exclusions and requirements, looks at one action at a time and never takes
one back. It is here to be beaten, and as a choice that is there at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonweal.engines.portfolio.options import NEVER, OPEN
from commonweal.engines.portfolio.result import Result, result

if TYPE_CHECKING:
    from commonweal.engines.portfolio.options import Floats, Ints, Options, Question


def greedy(options: Options, question: Question, *, metric: str = "tco2e") -> Result:
    """Return the starts that the order of the cost curve gives.

    All that pay for themselves are started as early as possible; then the cheapest per unit of
    ``metric``, until every year's need is met.
    """
    worth = sum(
        (
            options.expected(each) * float(np.mean(row * question.weight(each)))
            for each, row in question.worth_cny.items()
        ),
        start=np.zeros(options.n),
    )
    cost = options.annuity_cny(question.rate_share) - worth
    gain = np.maximum(options.expected(metric), 1e-12)
    left = _Left(options, question)
    for option in np.flatnonzero(options.fixed != OPEN):
        left.take(int(option), int(options.fixed[option]))
    for option in np.argsort(cost / gain, kind="stable"):
        if options.fixed[option] != OPEN or (cost[option] > 0 and left.is_enough(metric)):
            continue
        year = left.earliest(int(option))
        if year is not None:
            left.take(int(option), year)
    return result(options, question, left.start)


class _Left:
    """What is left of budgets and crews while options are taken."""

    def __init__(self, options: Options, question: Question) -> None:
        n_years = question.n_years
        self.start: Ints = np.full(options.n, NEVER)
        self._options, self._question = options, question
        budget = question.budget_cny
        self._budget: Floats = np.full(n_years, np.inf) if budget is None else budget.astype(float)
        most = question.most_starts
        self._starts: Floats = np.full(n_years, np.inf) if most is None else most.astype(float)
        self._crews = {crew: row.astype(float) for crew, row in question.crews.items()}
        self._saved = {metric: np.zeros(n_years) for metric in question.needs}
        self._groups: set[int] = set()
        self._required: dict[int, list[int]] = {}
        for option, required in options.requires:
            self._required.setdefault(option, []).append(required)

    def is_enough(self, metric: str) -> bool:
        """Whether what was taken meets the need of a metric."""
        need = self._question.needs.get(metric)
        return need is None or bool((self._saved[metric] >= need * (1 - 1e-9)).all())

    def earliest(self, option: int) -> int | None:
        """Return the first year in which an option may start; None if there is none."""
        o = self._options
        if o.exclusive[option] >= 0 and int(o.exclusive[option]) in self._groups:
            return None
        first = max(
            [int(o.earliest[option]), *(self.start[r] for r in self._required.get(option, ()))]
        )
        for year in range(max(0, first), min(int(o.latest[option]) + 1, self._question.n_years)):
            fits = (self._budget >= self._spend(option, year)).all() and self._starts[year] >= 1
            if fits and all(
                row[year] >= o.crews[crew][option]
                for crew, row in self._crews.items()
                if crew in o.crews
            ):
                return year
        return None

    def take(self, option: int, year: int) -> None:
        """Start an option; one that starts after the horizon takes nothing of it."""
        if year >= self._question.n_years:
            return
        o, n_years = self._options, self._question.n_years
        self.start[option] = year
        self._groups.add(int(o.exclusive[option]))
        self._budget = self._budget - self._spend(option, year)
        if year >= 0:
            self._starts[year] -= 1
            for crew, row in self._crews.items():
                if crew in o.crews:
                    row[year] -= o.crews[crew][option]
        since = np.arange(n_years) - year
        used = (since >= 0) & (since < o.life_years[option])
        part = used * (1 - o.fade_share[option]) ** np.clip(since, 0, None)
        part = np.where(since == 0, o.first_share[option], part)
        for metric in self._saved:
            self._saved[metric] += o.expected(metric)[option] * part * self._question.weight(metric)

    def _spend(self, option: int, year: int) -> Floats:
        o = self._options
        since = np.arange(self._question.n_years) - year
        used = (since >= 0) & (since < o.life_years[option])
        spend: Floats = o.opex_cny_a[option] * used + o.capex_cny[option] * (since == 0)
        return spend

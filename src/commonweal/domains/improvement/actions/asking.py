"""A question of a portfolio put to the engine: options from actions, needs from targets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.domains.improvement.actions.closing_gap import need_kwh
from commonweal.domains.improvement.actions.models import Action
from commonweal.engines.portfolio import (
    NEVER,
    OPEN,
    Chance,
    Options,
    Overlap,
    Plan,
    Question,
    chance,
    choose,
    options,
    result,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from numpy.typing import NDArray

    from commonweal.domains.improvement.actions.models import Portfolio
    from commonweal.kernel.accounts.scopes import Scope

    Floats = NDArray[np.float64]

_AHEAD: Final = ("assessed", "approved", "running", "done", "verified", "closed")
_Z90: Final = 1.6448536269514722
"""Half the width of an interval of 90 % in standard deviations."""
_SEED: Final = 20240601
LIMIT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of the actions."""

    first_year: int
    n_years: int
    target_tco2e_a: float
    budget_cny_a: float
    target_kwh_a: float = 0.0
    target: str = ""
    growth_share: float = 0.0
    carbon_cny_t: float = 0.0
    rate_share: float = 0.06
    most_starts: int | None = None

    @property
    def years(self) -> tuple[int, ...]:
        """The calendar years of the horizon."""
        return tuple(range(self.first_year, self.first_year + self.n_years))

    def question(self) -> Question:
        """Return it as the engine takes it; needs rise in a straight line to the last year."""
        n = self.n_years
        rising = np.arange(1, n + 1) / n
        kwh = rising * self.target_kwh_a
        if self.target:
            lacking = need_kwh(self.target, years=self.years, growth_share=self.growth_share)
            kwh = np.maximum(kwh, lacking)
        needs = {"tco2e": rising * self.target_tco2e_a, "kwh": kwh}
        return Question(
            n,
            needs={metric: need for metric, need in needs.items() if need.any()},
            budget_cny=np.full(n, self.budget_cny_a),
            worth_cny={"cny": np.ones(n), "tco2e": np.full(n, self.carbon_cny_t)},
            rate_share=self.rate_share,
            most_starts=None if self.most_starts is None else np.full(n, self.most_starts),
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What the engine answers, with the actions it was asked about."""

    ask: Ask
    actions: tuple[Action, ...]
    options: Options
    plan: Plan
    chance: Chance
    need: Mapping[str, Floats]

    @property
    def chosen(self) -> list[tuple[Action, int]]:
        """The actions that are newly chosen, with their year of start; the earliest first."""
        found = [
            (action, self.ask.first_year + int(start))
            for action, start in zip(self.actions, self.plan.result.start, strict=True)
            if action.state == "assessed" and start < self.ask.n_years
        ]
        return sorted(found, key=lambda row: (row[1], row[0].code))


def ask_of(portfolio: Portfolio) -> Ask:
    """Return what a portfolio asks."""
    return Ask(
        first_year=portfolio.first_year,
        n_years=portfolio.n_years,
        target_tco2e_a=float(portfolio.target_tco2e_a),
        target_kwh_a=float(portfolio.target_kwh_a),
        target=portfolio.target,
        growth_share=float(portfolio.growth_share),
        budget_cny_a=float(portfolio.budget_cny_a),
        carbon_cny_t=float(portfolio.carbon_cny_t),
        rate_share=float(portfolio.rate_share),
        most_starts=portfolio.most_starts,
    )


def answer(ask: Ask, *, scope: Scope) -> Answer:
    """Return the cheapest set of the actions that this scope may read.

    What is approved or under way is kept and paid, whatever the budget. What was done before the
    first year is part of the world as it is.
    """
    rows = scope.visible(Action.objects.filter(state__in=_AHEAD))
    found = tuple(
        each
        for each in rows.select_related("node", "requires").order_by("code")
        if each.done_date is None or each.done_date.year >= ask.first_year
    )
    given = options_of(found, ask.first_year)
    question = _with_commitments(ask.question(), given)
    plan = choose(given, question, limit_s=LIMIT_S)
    rng = np.random.default_rng(_SEED)
    likely = chance(given, question, plan.result.start, rng=rng, n_draws=2000)
    return Answer(ask, found, given, plan, likely, question.needs)


def _with_commitments(question: Question, given: Options) -> Question:
    """Let every year afford what is decided: that is paid, whatever the budget."""
    decided = np.where(given.fixed == OPEN, NEVER, given.fixed)
    spend = result(given, question, decided).spend_cny
    budget = np.zeros(question.n_years) if question.budget_cny is None else question.budget_cny
    return replace(question, budget_cny=np.maximum(budget, spend))


def compared(ask: Ask, other: Mapping[str, float | None], *, scope: Scope) -> tuple[Answer, Answer]:
    """Return the answers to a question and to the same with some things changed."""
    changed = replace(ask, **{k: v for k, v in other.items() if v is not None})  # type: ignore[arg-type] # numbers by name
    return answer(ask, scope=scope), answer(changed, scope=scope)


def options_of(actions: Sequence[Action], first_year: int) -> Options:
    """Return actions as the engine takes them, in their order."""
    place = {each.pk: at for at, each in enumerate(actions)}

    def column(name: str) -> Floats:
        return np.array([float(getattr(each, name)) for each in actions])

    saving = column("saving_kwh_a")
    width = column("saving_high_kwh_a") - column("saving_low_kwh_a")
    groups = {name: at for at, name in enumerate(sorted({each.one_of for each in actions}))}
    return options(
        column("capex_cny"),
        {"kwh": saving, "tco2e": column("abatement_tco2e_a"), "cny": column("saving_cny_a")},
        opex_cny_a=column("opex_cny_a"),
        life_years=np.array([each.life_years for each in actions], int),
        first_share=column("first_share"),
        fade_share=column("fade_share"),
        works_share=column("confidence_share"),
        sd_share=np.divide(width, 2 * _Z90 * saving, out=np.zeros_like(saving), where=saving > 0),
        fixed=np.array([_fixed(each, first_year, place) for each in actions], np.int64),
        exclusive=np.array([groups[e.one_of] if e.one_of else -1 for e in actions], int),
        requires=tuple(
            (at, place[each.requires_id])
            for at, each in enumerate(actions)
            if each.requires_id in place
        ),
        overlaps=tuple(_overlaps(actions)),
    )


def _fixed(action: Action, first_year: int, place: Mapping[UUID, int]) -> int:
    """Return when an action starts if that is decided; never, if what it needs is not there."""
    if action.done_date is not None:
        return action.done_date.year - first_year
    if action.state != "assessed":
        since = (action.start_year or first_year) - first_year
        return since if action.state == "running" else max(0, since)
    required = action.requires
    is_lost = required is not None and required.pk not in place and required.done_date is None
    return NEVER if is_lost else OPEN


def _overlaps(actions: Sequence[Action]) -> list[Overlap]:
    """Return pairs that save of the same use: each saves of what the one before it leaves."""
    found, left = [], dict.fromkeys(range(len(actions)), 1.0)
    for later, one in enumerate(actions):
        for earlier, other in enumerate(actions[:later]):
            if one.basis and one.basis == other.basis and other.basis_kwh_a:
                sure = float(other.saving_kwh_a * other.confidence_share)
                share = min(left[later], sure / float(other.basis_kwh_a))
                left[later] -= share
                found.append(Overlap(later, earlier, share))
    return found

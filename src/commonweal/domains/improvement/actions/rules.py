"""When an action may go on, what a year of it is expected to save, and how a set is chosen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from commonweal.domains.improvement.actions.asking import Answer, answer, ask_of
from commonweal.domains.improvement.actions.models import Action, Outcome
from commonweal.kernel.disclosure.known import boundary_get
from commonweal.kernel.facts.selectors import fact_series
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Opening, records_act, records_open
from commonweal.kernel.programmes.services.context import Context
from commonweal.periods import PeriodKind, business_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.domains.improvement.actions.models import Portfolio

_STANDS: Final = ("approved", "running", "done", "verified", "closed")
_CENT: Final = Decimal("0.01")


def has_effect(action: Action, _context: Context) -> bool:
    """Whether it saves energy or carbon."""
    return bool(action.saving_kwh_a or action.abatement_tco2e_a)


def requirement_stands(action: Action, _context: Context) -> bool:
    """Whether what it requires is approved, or further."""
    return action.requires is None or action.requires.state in _STANDS


def is_past(action: Action, context: Context) -> bool:
    """Whether the day on which it was done does not lie ahead."""
    return action.done_date is not None and action.done_date <= business_date(context.now)


def is_proven(action: Action, _context: Context) -> bool:
    """Whether a year of it was verified."""
    return action.outcomes.filter(state="verified").exists()


def year_is_over(outcome: Outcome, context: Context) -> bool:
    """Whether the year has ended."""
    return outcome.ends_date < business_date(context.now)


def has_fact(outcome: Outcome, _context: Context) -> bool:
    """Whether the indicator that verifies the action has a value for the year."""
    return _fact_kwh(outcome) is not None


def still_there(portfolio: Portfolio, _context: Context) -> bool:
    """Whether every action that was chosen still waits to be approved."""
    codes = _starts(portfolio)
    return Action.objects.filter(code__in=codes, state="assessed").count() == len(codes)


def expected_share(action: Action, year: int) -> Decimal:
    """Return the part of a full saving that is expected of a year, 0 out of use."""
    first = action.done_date.year if action.done_date else action.start_year
    since = -1 if first is None else year - first
    if not 0 <= since < action.life_years:
        return Decimal(0)
    part = action.first_share if since == 0 else (1 - action.fade_share) ** since
    expected: Decimal = part * action.confidence_share
    return expected


def first_outcome_open(actions: Sequence[Action], context: Context) -> None:
    """Open the year in which each action was done."""
    _open([(each, each.done_date.year) for each in actions if each.done_date], context)


def next_outcome_open(outcomes: Sequence[Outcome], context: Context) -> None:
    """Open the year after each, as long as the action is in use and has none of that year."""
    ahead = [
        (each.action, each.year + 1)
        for each in outcomes
        if expected_share(each.action, each.year + 1)
        and not each.action.outcomes.filter(year=each.year + 1).exists()
    ]
    _open(ahead, context)


def _open(years: Sequence[tuple[Action, int]], context: Context) -> None:
    openings = []
    for action, year in years:
        share = expected_share(action, year)
        values = {
            "action": action,
            "year": year,
            "ends_date": date(year, 12, 31),
            "expected_kwh": (action.saving_kwh_a * share).quantize(_CENT),
            "expected_tco2e": (action.abatement_tco2e_a * share).quantize(_CENT),
            "expected_cny": (action.saving_cny_a * share).quantize(_CENT),
        }
        openings.append(Opening(node=action.node, values=values))
    records_open(record_type("actions.outcome"), openings, scope=context.scope, now=context.now)


def fact_take(outcomes: Sequence[Outcome], _context: Context) -> None:
    """Take the saving from the fact; carbon and money go with it as they were expected to."""
    for outcome in outcomes:
        kwh = _fact_kwh(outcome)
        if kwh is None:
            continue
        share = kwh / outcome.expected_kwh if outcome.expected_kwh else Decimal(0)
        outcome.realised_kwh = kwh.quantize(_CENT)
        outcome.realised_tco2e = (outcome.expected_tco2e * share).quantize(_CENT)
        outcome.realised_cny = (outcome.expected_cny * share).quantize(_CENT)
        outcome.basis = outcome.action.verified_by


def _fact_kwh(outcome: Outcome) -> Decimal | None:
    if not outcome.action.verified_by:
        return None
    facts = fact_series(
        indicator=outcome.action.verified_by,
        node=outcome.node.code,
        boundary=boundary_get().code,
        kind=PeriodKind.YEAR,
    ).filter(start_date__year=outcome.year)
    fact = facts.first()
    return None if fact is None else fact.value


def chosen_set(portfolios: Sequence[Portfolio], context: Context) -> None:
    """Choose the cheapest set for each portfolio and keep what was found."""
    for each in portfolios:
        _keep(each, answer(ask_of(each), scope=context.scope))


def _keep(portfolio: Portfolio, found: Answer) -> None:
    result = found.plan.result
    lacking = result.shortfall.get("tco2e")
    every = [float(row[-1]) for row in found.chance.by_year.values()]
    portfolio.n_chosen = len(found.chosen)
    portfolio.cost_cny = Decimal(repr(result.cost_cny)).quantize(_CENT)
    portfolio.gap_share = Decimal(repr(min(1.0, found.plan.gap_share))).quantize(Decimal("0.0001"))
    portfolio.chance_share = Decimal(repr(min(every, default=1.0))).quantize(Decimal("0.0001"))
    short = 0.0 if lacking is None else float(lacking.max())
    portfolio.shortfall_tco2e = Decimal(repr(short)).quantize(_CENT)
    portfolio.chosen = "\n".join(f"{action.code} {year}" for action, year in found.chosen)


def actions_plan(portfolios: Sequence[Portfolio], context: Context) -> None:
    """Give every action of an approved portfolio its year; each is still approved by itself."""
    kind = record_type("actions.action")
    for portfolio in portfolios:
        by_year: dict[int, list[str]] = {}
        for code, year in _starts(portfolio).items():
            by_year.setdefault(year, []).append(code)
        for year, codes in sorted(by_year.items()):
            ids = list(Action.objects.filter(code__in=codes).values_list("pk", flat=True))
            told = Context(context.scope, context.now, portfolio.code, {"start_year": year})
            records_act(kind, ids, "plan", context=told)


def _starts(portfolio: Portfolio) -> dict[str, int]:
    rows = (line.split() for line in portfolio.chosen.splitlines())
    return {code: int(year) for code, year in rows}

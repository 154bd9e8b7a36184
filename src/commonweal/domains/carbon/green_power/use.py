"""Whether a claim fits the electricity that was used, as far as facts tell.

The unit of the claim and every unit above it are looked at, by month and by year: what all claims
below a unit cover of a period cannot be more than the unit used in it, nor what was bought more
than came from the grid. Where no fact stands yet, nothing is refused.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from commonweal.domains.carbon.green_power.models import KWH_PER_MWH, OWN, Claim
from commonweal.kernel.facts.selectors import facts_as_of
from commonweal.kernel.org.selectors import tree
from commonweal.periods import Period, month, month_add, year

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from commonweal.kernel.org.selectors import Tree

BOUNDARY: Final = "operational"
_COUNTING: Final = ("proposed", "claimed")
_USED: Final = "electricity_use"
_FROM_GRID: Final = "electricity_grid_use"


def use_exceeded(claim: Claim) -> str:
    """Return in one sentence which unit would claim more than it used; empty if none would."""
    held = tree(claim.use_from)
    here = held.index(claim.node_id)
    places = {held.code[place]: place for place in (here, *held.ancestors(here))}
    is_bought = claim.batch.contract.kind != OWN
    used = facts_as_of(
        boundary=BOUNDARY,
        indicators=[_USED, _FROM_GRID] if is_bought else [_USED],
        nodes=list(places),
        periods=list(periods_of(claim.use_from, claim.use_until)),
    )
    for fact in sorted(
        used, key=lambda each: (-places[each.node], each.end_date - each.start_date)
    ):
        below = _subtree(held, places[fact.node])
        claimed_kwh = _covered_kwh(claim, fact.start_date, fact.end_date)
        others = claims_of(below, fact.start_date, fact.end_date).exclude(pk=claim.pk)
        if fact.indicator == _FROM_GRID:
            others = others.exclude(batch__contract__kind=OWN)
        claimed_kwh += _all_covered_kwh(others, fact.start_date, fact.end_date)
        if claimed_kwh > Fraction(fact.value):
            return _("%(node)s used %(used)s MWh in %(period)s, claims would be %(mwh)s") % {
                "node": fact.node,
                "used": f"{float(fact.value) / KWH_PER_MWH:,.3f}",
                "period": _written(fact.start_date, fact.end_date),
                "mwh": f"{float(claimed_kwh) / KWH_PER_MWH:,.3f}",
            }
    return ""


def claims_of(node_ids: list[int], start_date: date, end_date: date) -> QuerySet[Claim]:
    """Return claims of some units that meet a span of days, those waiting included."""
    return Claim.objects.filter(
        node_id__in=node_ids,
        state__in=_COUNTING,
        use_from__lt=end_date,
        use_until__gt=start_date,
    )


def periods_of(start_date: date, end_date: date) -> Iterator[Period]:
    """Yield the months that a span meets, and its year."""
    first = start_date.replace(day=1)
    while first < end_date:
        yield month(first.year, first.month)
        first = month_add(first, 1)
    yield year(start_date.year)


def _all_covered_kwh(claims: QuerySet[Claim], start_date: date, end_date: date) -> Fraction:
    return sum((_covered_kwh(each, start_date, end_date) for each in claims), Fraction(0))


def _covered_kwh(claim: Claim, start_date: date, end_date: date) -> Fraction:
    n_days = (claim.use_until - claim.use_from).days
    n_inside = (min(claim.use_until, end_date) - max(claim.use_from, start_date)).days
    return Fraction(claim.energy_kwh * max(n_inside, 0), n_days)


def _subtree(held: Tree, place: int) -> list[int]:
    """Return the ids of a node and of all below it: a run of the preorder."""
    end = place + 1
    while end < len(held.code) and held.depth[end] > held.depth[place]:
        end += 1
    return [int(node_id) for node_id in held.node_id[place:end]]


def _written(start_date: date, end_date: date) -> str:
    last = end_date - timedelta(1)
    return f"{start_date:%Y-%m}" if last.month == start_date.month else f"{start_date:%Y}"

"""Shares add up to what was shared out; a share in force is the unit's own target."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Sum

from commonweal.kernel.disclosure.known import boundary_get
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import records_act
from commonweal.kernel.targets.models import Target
from commonweal.kernel.targets.services import target_set
from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from commonweal.domains.carbon.dual_control.models import Allocation, Measure
    from commonweal.kernel.programmes.services import Context

_OUT = ("rejected", "merged")


def days_in_order(measure: Measure, context: Context) -> bool:
    """Whether the saving was verified after the money was spent, and neither lies ahead."""
    days = [day for day in (measure.invested_date, measure.verified_date) if day]
    days.append(business_date(context.now))
    return days == sorted(days)


def alike(allocation: Allocation) -> QuerySet[Allocation]:
    """Return the shares of the same total: same year, indicator and revision."""
    return type(allocation).objects.filter(
        year=allocation.year, indicator=allocation.indicator, revision=allocation.revision
    )


def adds_up(allocation: Allocation, _context: Context) -> bool:
    """Whether the shares of this revision add up to the total, to the last decimal."""
    shares = alike(allocation).exclude(state__in=_OUT)
    total = shares.aggregate(total=Sum("amount"))["total"] or Decimal(0)
    return Decimal(total) == allocation.group_total


def has_successor(allocation: Allocation, _context: Context) -> bool:
    """Whether a later revision for the same unit was approved."""
    return (
        _others(allocation)
        .filter(revision__gt=allocation.revision, state__in=("approved", "in_force"))
        .exists()
    )


def set_target(allocations: Sequence[Allocation], context: Context) -> None:
    """Make each share its unit's target; what it was before is superseded and stays on record."""
    kind = record_type("dual_control.allocation")
    for each in allocations:
        earlier = _others(each).filter(revision__lt=each.revision, state="in_force")
        records_act(kind, [row.pk for row in earlier], "supersede", context=context)
        target_set(
            Target(
                code=target_code(each),
                indicator=each.indicator,
                node=each.node.code,
                boundary=boundary_get().code,
                base_period=str(each.base_year),
                target_period=str(each.year),
                change_share=round(each.change_share, 6),
                base_value=each.base_value,
                source=f"{each.code} ({each.method}, revision {each.revision})",
            ),
            actor=context.scope.actor,
            now=context.now,
        )


def target_code(allocation: Allocation) -> str:
    """Return the code of the target that a share in force sets."""
    return f"share-{allocation.indicator}-{allocation.node.code}-{allocation.year}".lower()[:64]


def _others(allocation: Allocation) -> QuerySet[Allocation]:
    return type(allocation).objects.filter(
        node=allocation.node, year=allocation.year, indicator=allocation.indicator
    )

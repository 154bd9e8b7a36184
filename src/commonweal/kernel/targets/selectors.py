"""Where a target stands: computed from facts each time it is asked, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from commonweal.catalogue import catalogue
from commonweal.errors import InputError
from commonweal.kernel.facts.selectors import fact_get, facts_as_of
from commonweal.kernel.targets.models import BaseValue, Target
from commonweal.kernel.targets.path import Milestone, bent_path
from commonweal.periods import Period, PeriodKind, period

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from commonweal.kernel.facts.models import Fact


class Status(StrEnum):
    """Where a target stands."""

    MET = "met"
    """The newest value reaches the target's end value."""
    ON_TRACK = "on_track"
    """The newest value is at least as good as the path asks of its year."""
    BEHIND = "behind"
    """The newest value is worse than the path asks of its year."""
    NO_DATA = "no_data"
    """There is no base value, or no value after the base year."""


@dataclass(frozen=True, slots=True)
class TargetStatus:
    """A target beside what was achieved; values in the indicator's unit, None for no data."""

    target: Target
    status: Status
    base_value: Decimal | None
    end_value: Decimal | None
    path: tuple[Milestone, ...]
    """What each year asks, from base year to target year; empty without a base value."""
    actual: Decimal | None
    """The newest value between base and target year."""
    actual_year: int | None
    path_value: Decimal | None
    """What the path asks of that year."""
    change_share: Decimal | None
    """The change achieved so far, as a share of the base value."""
    unit: str
    decimals: int
    fact_ids: tuple[int, ...]
    """The base fact, unless the base value was published; then the newest fact."""


def target_list() -> QuerySet[Target]:
    """Return all targets by code."""
    return Target.objects.order_by("code")


def target_get(code: str) -> Target:
    """Return a target.

    Raises:
        InputError: There is none of this code.
    """
    try:
        return Target.objects.get(code=code)
    except Target.DoesNotExist:
        raise InputError(
            f"there is no target {code!r}", hint="see `commonweal targets list`"
        ) from None


def target_years(target: Target) -> tuple[Period, Period]:
    """Return the base year and the target year.

    Raises:
        InputError: One of them is no year, or the target year does not come after the base year.
    """
    base, end = period(target.base_period), period(target.target_period)
    for span in (base, end):
        if span.kind is not PeriodKind.YEAR:
            raise InputError(f"target {target.code}: {span} is no year", hint="write 2025")
    if base.start_date >= end.start_date:
        raise InputError(f"target {target.code}: target year {end} is not after base year {base}")
    return base, end


def target_status(
    target: Target, *, as_of: datetime | None = None, year: int | None = None
) -> TargetStatus:
    """Compare the newest yearly value, up to a year, with the path from base to target.

    A printed figure stands for half a unit of its last digit on either side, so a value that is
    printed like the path's is on the path: 2.02 reaches 2.0152. Whether lower is better is
    what the catalogue says of the indicator.

    Args:
        target: The target.
        as_of: The instant whose knowledge is asked for; now if None.
        year: The last year looked at, such as that of a report; all years if None.

    Raises:
        InputError: The target's years are wrong; see ``target_years``.
    """
    base_year, end_year = target_years(target)
    years = {
        fact.start_date.year: fact
        for fact in facts_as_of(
            boundary=target.boundary,
            indicators=[target.indicator],
            nodes=[target.node],
            as_of=as_of,
        ).filter(
            period_kind=PeriodKind.YEAR,
            start_date__gte=base_year.start_date,
            end_date__lte=end_year.end_date,
        )
        if fact.value is not None
    }
    base = None if target.base_value is not None else years.get(base_year.start_date.year)
    base_value = base.value if base else target.base_value
    if pinned := base_value_at(target, as_of=as_of):
        base, base_value = fact_get(pinned.fact_id), pinned.value
    first, last = base_year.start_date.year, end_year.start_date.year if year is None else year
    newest = max((each for each in years if first < each <= last), default=None)
    return _status(target, base, base_value, None if newest is None else years[newest])


def base_value_at(target: Target, *, as_of: datetime | None = None) -> BaseValue | None:
    """Return the base held on to at an instant; None if the base is what its year's fact says."""
    if target.pk is None or target.rebase_threshold_share is None:
        return None
    rows = target.base_values.order_by("-recorded_at", "-pk")
    return rows.filter(recorded_at__lte=as_of).first() if as_of else rows.first()


@dataclass(frozen=True, slots=True)
class BaseCheck:
    """The base held on to beside what the base year is known as now."""

    held: BaseValue | None
    fact: Fact | None
    change_share: Decimal | None
    is_due: bool
    """Whether the rule asks for a new base: there is none yet, or the threshold is passed."""


def base_check(target: Target, *, as_of: datetime | None = None) -> BaseCheck:
    """Compare the base held on to with the base year's fact, by the target's threshold."""
    base_year, _ = target_years(target)
    fact = (
        facts_as_of(
            boundary=target.boundary,
            indicators=[target.indicator],
            nodes=[target.node],
            periods=[base_year],
            as_of=as_of,
        )
        .filter(value__isnull=False)
        .first()
    )
    held, threshold = base_value_at(target, as_of=as_of), target.rebase_threshold_share
    if fact is None or fact.value is None or threshold is None or target.base_value is not None:
        return BaseCheck(held, fact, None, is_due=False)
    if held is None or not held.value:
        return BaseCheck(held, fact, None, is_due=True)
    change = fact.value / held.value - 1
    return BaseCheck(held, fact, change, is_due=abs(change) > threshold)


def _status(
    target: Target, base: Fact | None, base_value: Decimal | None, newest: Fact | None
) -> TargetStatus:
    base_year, end_year = (span.start_date.year for span in target_years(target))
    path: Sequence[Milestone] = ()
    if base_value is not None:
        changes = {int(each): Decimal(share) for each, share in target.milestones.items()}
        path = bent_path(
            base_value, changes={**changes, end_year: target.change_share}, base_year=base_year
        )
    asked = {milestone.year: milestone.value for milestone in path}
    actual, year = (newest.value, newest.start_date.year) if newest else (None, None)
    share = None
    if actual is not None and base_value:
        share = actual / base_value - 1
    status = Status.NO_DATA
    if newest is not None and asked:
        status = _compare(target, newest, asked[newest.start_date.year], asked[end_year])
    shown = newest or base
    return TargetStatus(
        target=target,
        status=status,
        base_value=base_value,
        end_value=asked.get(end_year),
        path=tuple(path),
        actual=actual,
        actual_year=year,
        path_value=asked.get(year) if year else None,
        change_share=share,
        unit=shown.unit if shown else "",
        decimals=shown.decimals if shown else 0,
        fact_ids=tuple(fact.pk for fact in (base, newest) if fact is not None),
    )


def lower_is_better(target: Target) -> bool:
    """Return whether less is better: as the catalogue says, else as the target asks for less.

    So a total that may grow by 4 % is kept by growing less.
    """
    entry = catalogue().indicators.get(target.indicator)
    if entry is None or entry.better == "neither":
        return target.change_share < 0
    return entry.better == "lower"


def _compare(target: Target, newest: Fact, asked: Decimal, end: Decimal) -> Status:
    direction = -1 if lower_is_better(target) else 1
    tolerance = Decimal("0.5").scaleb(-newest.decimals)
    value = newest.value or Decimal(0)  # the caller took facts with a value

    def reaches(wanted: Decimal) -> bool:
        return direction * (value - wanted) + tolerance >= 0

    # A limit to growth is kept in the end, not met on the way there.
    is_limit = (direction < 0) == (target.change_share > 0)
    if reaches(end) and not (is_limit and str(newest.start_date.year) != target.target_period):
        return Status.MET
    return Status.ON_TRACK if reaches(asked) else Status.BEHIND

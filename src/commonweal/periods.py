"""Periods: half-open spans of business days, from a month to a five-year plan.

The business calendar is Asia/Shanghai; storage is UTC. A period is written the same way
everywhere: ``2024-03`` month, ``2024-Q1`` quarter, ``2024-H1`` half-year, ``2024`` year,
``FYP14`` five-year plan (2021 to 2025), ``2024-01..2024-06`` cumulative, ``2024-12-31`` point.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from commonweal.errors import InputError

BUSINESS_ZONE: Final = ZoneInfo("Asia/Shanghai")
_FIRST_PLAN_YEAR: Final = 1953  # the first plan; the sixth and later plans follow every five years
_FIRST_REGULAR_PLAN: Final = 6
_FORMS: Final = "2024-03, 2024-Q1, 2024-H1, 2024, FYP14, 2024-01..2024-06 or 2024-12-31"


class PeriodKind(StrEnum):
    """What a span means; decides how it is written and how stocks are read."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"
    PLAN = "plan"
    CUMULATIVE = "cumulative"
    POINT = "point"


_MONTHS: Final = {
    PeriodKind.MONTH: 1,
    PeriodKind.QUARTER: 3,
    PeriodKind.HALF_YEAR: 6,
    PeriodKind.YEAR: 12,
    PeriodKind.PLAN: 60,
}


_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2199


def month_add(first: date, months: int) -> date:
    """Return the first day of the month ``months`` later.

    >>> month_add(date(2024, 11, 1), 3)
    datetime.date(2025, 2, 1)
    """
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Business days from ``start_date`` up to, not including, ``end_date``."""

    start_date: date
    end_date: date
    kind: PeriodKind

    def __post_init__(self) -> None:
        """Refuse an empty or reversed span."""
        if self.start_date >= self.end_date:
            raise InputError(f"period {self.start_date} to {self.end_date} is empty or reversed")

    @property
    def start_at(self) -> datetime:
        """The first instant, in UTC."""
        return business_midnight(self.start_date)

    @property
    def end_at(self) -> datetime:
        """The first instant after the period, in UTC."""
        return business_midnight(self.end_date)

    @property
    def months(self) -> tuple[date, ...]:
        """First days of the months that the period covers; empty for a point."""
        if self.kind is PeriodKind.POINT:
            return ()
        first, found = self.start_date.replace(day=1), []
        while first < self.end_date:
            found.append(first)
            first = month_add(first, 1)
        return tuple(found)

    @property
    def year_before(self) -> Period:
        """The same span one year earlier."""
        months = -60 if self.kind is PeriodKind.PLAN else -12
        if self.kind is PeriodKind.POINT:
            day = self.start_date
            before = day.replace(year=day.year - 1, day=min(day.day, 28 if day.month == 2 else 31))  # noqa: PLR2004
            return Period(before, before + timedelta(days=1), self.kind)
        return Period(
            month_add(self.start_date, months), month_add(self.end_date, months), self.kind
        )

    def contains(self, other: Period) -> bool:
        """Return whether ``other`` lies wholly inside."""
        return self.start_date <= other.start_date and other.end_date <= self.end_date

    def __str__(self) -> str:  # noqa: PLR0911 - one return for each kind
        """Write the period so that ``period`` reads it back."""
        start, last = self.start_date, self.end_date - timedelta(days=1)
        match self.kind:
            case PeriodKind.MONTH:
                return f"{start:%Y-%m}"
            case PeriodKind.QUARTER:
                return f"{start.year}-Q{(start.month + 2) // 3}"
            case PeriodKind.HALF_YEAR:
                return f"{start.year}-H{(start.month + 5) // 6}"
            case PeriodKind.YEAR:
                return f"{start.year}"
            case PeriodKind.PLAN:
                return f"FYP{(start.year - _FIRST_PLAN_YEAR - 3) // 5 + 1}"
            case PeriodKind.CUMULATIVE:
                return f"{start:%Y-%m}..{last:%Y-%m}"
            case PeriodKind.POINT:
                return f"{start.isoformat()}"


def business_midnight(day: date) -> datetime:
    """Return the instant, in UTC, at which a business day begins."""
    return datetime.combine(day, time(), BUSINESS_ZONE).astimezone(UTC)


def business_date(at: datetime) -> date:
    """Return the business day of an instant; naive times are refused.

    Raises:
        InputError: ``at`` has no time zone.
    """
    if at.tzinfo is None:
        raise InputError(
            f"{at.isoformat()} has no time zone", hint="write 2024-03-01T00:00:00+08:00"
        )
    return at.astimezone(BUSINESS_ZONE).date()


def month(year: int, number: int) -> Period:
    """Return one calendar month."""
    return _span(PeriodKind.MONTH, year, number)


def year(number: int) -> Period:
    """Return one calendar year."""
    return _span(PeriodKind.YEAR, number, 1)


def plan(number: int) -> Period:
    """Return a five-year plan by number; the sixth (1981) and later ones.

    Raises:
        InputError: Earlier plans did not follow one another every five years.

    >>> str(plan(14).start_date), str(plan(14).end_date)
    ('2021-01-01', '2026-01-01')
    """
    if number < _FIRST_REGULAR_PLAN:
        raise InputError(f"plan {number} began before 1981", hint="write FYP6 or a later one")
    return _span(PeriodKind.PLAN, _FIRST_PLAN_YEAR + 3 + (number - 1) * 5, 1)


def _span(kind: PeriodKind, first_year: int, first_month: int) -> Period:
    first = date(first_year, first_month, 1)
    return Period(first, month_add(first, _MONTHS[kind]), kind)


_WRITTEN: Final = re.compile(
    r"(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|H(?P<half>[12])|(?P<month>\d\d)(?:-(?P<day>\d\d))?))?"
)


def period(text: str) -> Period:
    """Read a period as it is written everywhere in the product.

    Raises:
        InputError: The text has none of the known forms, or names no real date.

    >>> period("2024-Q1").months[-1]
    datetime.date(2024, 3, 1)
    >>> [str(period(t)) for t in ("2024-H2", "FYP14", "2024-01..2024-06", "2024-12-31")]
    ['2024-H2', 'FYP14', '2024-01..2024-06', '2024-12-31']
    """
    written = text.strip()
    try:
        found = _read(written)
    except (ValueError, OverflowError) as fault:
        raise InputError(f"{text!r} names no real date: {fault}", hint=f"write {_FORMS}") from fault
    if found is None:
        raise InputError(f"{text!r} is not a period", hint=f"write {_FORMS}")
    if found.start_date.year < _FIRST_YEAR or found.end_date.year > _LAST_YEAR + 1:
        raise InputError(f"{text!r} does not lie in the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return found


def _read(written: str) -> Period | None:  # noqa: PLR0911 - one return for each form
    if plan_number := re.fullmatch(r"FYP(\d+)", written):
        return plan(int(plan_number[1]))
    if ".." in written:
        first, _, last = written.partition("..")
        start, end = _read(first), _read(last)
        if start is None or end is None or PeriodKind.CUMULATIVE in {start.kind, end.kind}:
            return None
        return Period(start.start_date, end.end_date, PeriodKind.CUMULATIVE)
    form = _WRITTEN.fullmatch(written)
    if form is None:
        return None
    number = int(form["year"])
    if form["quarter"]:
        return _span(PeriodKind.QUARTER, number, int(form["quarter"]) * 3 - 2)
    if form["half"]:
        return _span(PeriodKind.HALF_YEAR, number, int(form["half"]) * 6 - 5)
    if form["day"]:
        day = date(number, int(form["month"]), int(form["day"]))
        return Period(day, day + timedelta(days=1), PeriodKind.POINT)
    if form["month"]:
        return month(number, int(form["month"]))
    return year(number)


_PART_MONTHS: Final = {
    PeriodKind.MONTH: 1,
    PeriodKind.QUARTER: 3,
    PeriodKind.HALF_YEAR: 6,
    PeriodKind.YEAR: 12,
}


def with_parts(span: Period, by: PeriodKind | None) -> list[Period]:
    """Return a period and its parts of another kind: a year and its twelve months.

    Raises:
        InputError: It does not divide into such parts.
    """
    if by is None or by is span.kind:
        return [span]
    if by not in _PART_MONTHS or len(span.months) % _PART_MONTHS[by]:
        raise InputError(f"{span} does not divide into parts of kind {by.value}")
    n_months = _PART_MONTHS[by]
    starts = span.months[::n_months]
    return [span, *(Period(first, month_add(first, n_months), by) for first in starts)]

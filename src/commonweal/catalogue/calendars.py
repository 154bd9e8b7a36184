"""Working calendars as dated definitions: opening hours, holidays, exceptions, in a time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Annotated, Final, Literal
from zoneinfo import ZoneInfo

import chinese_calendar
import numpy as np
from pydantic import AfterValidator, Field

from commonweal.catalogue.reading import Identifier, Names, Strict, Texts, checked, shown, toml_read
from commonweal.engines.clocks import WorkingTime
from commonweal.errors import DefinitionError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

_WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = timedelta(days=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FORM: Final = r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$"


def _ordered(hours: tuple[str, ...]) -> tuple[str, ...]:
    edges = [edge for span in hours for edge in span.split("-")]
    opens, closes = edges[::2], edges[1::2]
    if any(o >= c for o, c in zip(opens, closes, strict=True)) or sorted(edges) != edges:
        raise ValueError(f"hours {', '.join(hours)} are empty, overlap or are out of order")
    return hours


Hours = Annotated[
    tuple[Annotated[str, Field(pattern=_FORM)], ...], Field(strict=False), AfterValidator(_ordered)
]


class CalendarRow(Strict):
    """Opening hours from a date on, until a later row; a weekday that is not named is closed."""

    valid_from: date
    known_from: date
    weekly: dict[Weekday, Hours]
    holidays: Literal["", "CN"] = ""
    makeup: Weekday = "mon"


class CalendarException(Strict):
    """One day that differs, and why; no hours means closed."""

    day: date
    known_from: date
    hours: Hours
    reason: Names


class Calendar(Strict):
    """A working calendar. Rows are appended, never edited, so that the past stays computable."""

    id: Identifier
    name: Names
    timezone: str
    rows: Annotated[tuple[CalendarRow, ...], Field(strict=False, min_length=1)]
    exceptions: Annotated[tuple[CalendarException, ...], Field(strict=False)] = ()
    sources: Texts = ()

    def hours_on(self, day: date, *, known_at: datetime | None = None) -> tuple[str, ...]:
        """Return the opening hours of a day as known at an instant; empty is closed.

        Raises:
            DefinitionError: No row reaches the day, or its year's holidays are not published.
        """
        known_date = self._known_date(known_at)
        special = [e for e in self.exceptions if e.day == day and e.known_from <= known_date]
        if special:
            return max(special, key=lambda e: e.known_from).hours
        rows = [r for r in self.rows if r.valid_from <= day and r.known_from <= known_date]
        if not rows:
            raise DefinitionError(
                f"calendar {self.id!r} has no opening hours for {day} known at {known_date}",
                hint="add a row with an earlier valid_from",
            )
        row = max(rows, key=lambda r: (r.valid_from, r.known_from))
        weekday = _WEEKDAYS[day.weekday()]
        if row.holidays == "CN":
            if not _is_cn_workday(day):
                return ()
            weekday = row.makeup if weekday in {"sat", "sun"} else weekday
        return row.weekly.get(weekday, ())

    def working_time(
        self, first_date: date, last_date: date, *, known_at: datetime | None = None
    ) -> WorkingTime:
        """Return the open intervals from ``first_date`` to the end of ``last_date``; cached.

        Raises:
            InputError: The dates are reversed.
            DefinitionError: As ``hours_on``.
        """
        if first_date > last_date:
            raise InputError(f"calendar from {first_date} to {last_date} is reversed")
        return _working_time(
            self.model_dump_json(), first_date, last_date, self._known_date(known_at)
        )

    def _known_date(self, known_at: datetime | None) -> date:
        return known_at.astimezone(ZoneInfo(self.timezone)).date() if known_at else date.max


@cache
def _working_time(written: str, first: date, last: date, known_date: date) -> WorkingTime:
    calendar = Calendar.model_validate_json(written)
    zone = ZoneInfo(calendar.timezone)
    known_at = (
        None if known_date == date.max else datetime.combine(known_date, time(12), tzinfo=zone)
    )
    opens, closes = [], []
    day = first
    while day <= last:
        for span in calendar.hours_on(day, known_at=known_at):
            opened, closed = (_instant(day, edge, zone) for edge in span.split("-"))
            if opened < closed:  # hours that a clock change skips do not exist
                opens.append(opened)
                closes.append(closed)
        day += _DAY
    return WorkingTime(
        np.array(opens, np.int64),
        np.array(closes, np.int64),
        _instant(first, "00:00", zone),
        _instant(last, "24:00", zone),
    )


def _instant(day: date, edge: str, zone: ZoneInfo) -> int:
    if edge == "24:00":
        day, edge = day + _DAY, "00:00"
    at = datetime.combine(day, time.fromisoformat(edge), tzinfo=zone).astimezone(UTC)
    return (at - _EPOCH) // timedelta(microseconds=1)


def _is_cn_workday(day: date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError as fault:
        raise DefinitionError(
            f"the Chinese holidays of {day.year} are not known, needed for {day}",
            hint="update chinese-calendar once the year's holidays are published",
        ) from fault


def days_after(
    start_date: date, n_days: int, calendar: Calendar, *, known_at: datetime | None = None
) -> date:
    """Return the ``n_days``-th open day of the calendar after a date; the date itself is day 0.

    Raises:
        InputError: ``n_days`` is negative.
        DefinitionError: A year on the way has no known holidays.
    """
    if n_days < 0:
        raise InputError(f"{n_days} days after {start_date} lies before it")
    day, left = start_date, n_days
    while left:
        day += _DAY
        left -= bool(calendar.hours_on(day, known_at=known_at))
    return day


def calendars_read(folder: Path) -> Mapping[str, Calendar]:
    """Return the calendars of a folder by id.

    Raises:
        DefinitionError: A file is wrong, names no known zone, or its id is not its name.
    """
    return {calendar.id: calendar for calendar in _calendars(folder)}


def _calendars(folder: Path) -> Iterator[Calendar]:
    for path in sorted(folder.glob("*.toml")):
        calendar = checked(Calendar, toml_read(path), shown(path))
        if calendar.id != path.stem:
            raise DefinitionError(f"{shown(path)}: id {calendar.id!r} is not the file's name")
        try:
            ZoneInfo(calendar.timezone)
        except (KeyError, ValueError) as fault:
            raise DefinitionError(
                f"{shown(path)}: timezone {calendar.timezone!r} is not known"
            ) from fault
        yield calendar

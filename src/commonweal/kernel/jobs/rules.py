"""When a schedule is due: a small language, read in the business calendar.

    every 15 minutes        daily 02:30         weekly mon 06:00
    monthly 5 06:00         monthly workday 3 06:00

``monthly 31`` is the last day of a shorter month. The third working day is that of the calendar's
holidays and of the weekends that are worked.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from commonweal.errors import InputError
from commonweal.periods import business_date, business_midnight

if TYPE_CHECKING:
    from collections.abc import Callable

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HINT: Final = (
    "write `every 15 minutes`, `daily 02:30`, `weekly mon 06:00`, `monthly 5 06:00` or "
    "`monthly workday 3 06:00`"
)
_RULE: Final = re.compile(
    r"every (?P<minutes>\d{1,4}) minutes?"
    rf"|(?:daily|weekly (?P<weekday>{'|'.join(_DAYS)})|monthly (?P<workday>workday )?"
    r"(?P<day>\d{1,2})) (?P<hour>\d{2}):(?P<minute>\d{2})"
)
_MOST_MINUTES: Final = 1440
_MOST_WORKDAY: Final = 15  # there are fifteen in every month, whatever the holidays
_AHEAD_DAYS: Final = 70  # the day after the next one of any rule lies nearer


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as read."""

    text: str
    minutes: int = 0
    at: time = time(0)
    weekday: int | None = None
    day: int | None = None
    workday: int | None = None

    def next_after(self, at: datetime, *, is_workday: Callable[[date], bool]) -> datetime:
        """Return the first instant of the rule after ``at``, in UTC.

        Args:
            at: Timezone-aware.
            is_workday: The working calendar.
        """
        if self.minutes:
            step = timedelta(minutes=self.minutes)
            first = business_midnight(business_date(at))
            due = first + ((at - first) // step + 1) * step
            return min(due, business_midnight(business_date(at) + timedelta(days=1))).astimezone(
                UTC
            )
        clock_time = timedelta(hours=self.at.hour, minutes=self.at.minute)
        today = business_date(at)
        for ahead in range(_AHEAD_DAYS):
            day = today + timedelta(days=ahead)
            due = business_midnight(day) + clock_time
            if due > at and self._is_on(day, is_workday):
                return due.astimezone(UTC)
        raise InputError(f"{self.text!r} has no day within {_AHEAD_DAYS} days", hint=_HINT)

    def _is_on(self, day: date, is_workday: Callable[[date], bool]) -> bool:
        if self.weekday is not None:
            return day.weekday() == self.weekday
        if self.day is not None:
            return day.day == min(self.day, calendar.monthrange(day.year, day.month)[1])
        if self.workday is not None:
            return is_workday(day) and self.workday == sum(
                is_workday(day.replace(day=number)) for number in range(1, day.day + 1)
            )
        return True


def rule_read(text: str) -> Rule:
    """Read a rule as written.

    Raises:
        InputError: It is none.
    """
    written = " ".join(text.lower().split())
    found = _RULE.fullmatch(written)
    if found is None:
        raise InputError(f"{text!r} is no rule of a schedule", hint=_HINT)
    if minutes := found["minutes"]:
        if not 1 <= int(minutes) <= _MOST_MINUTES:
            raise InputError(f"{text!r}: 1 to {_MOST_MINUTES} minutes", hint=_HINT)
        return Rule(written, minutes=int(minutes))
    try:
        at = time(int(found["hour"]), int(found["minute"]))
    except ValueError as fault:
        raise InputError(f"{text!r}: there is no such time of day", hint=_HINT) from fault
    number = int(found["day"]) if found["day"] else None
    most = _MOST_WORKDAY if found["workday"] else 31
    if number is not None and not 1 <= number <= most:
        raise InputError(f"{text!r}: day {number} is not of 1 to {most}", hint=_HINT)
    return Rule(
        written,
        at=at,
        weekday=_DAYS.index(found["weekday"]) if found["weekday"] else None,
        day=None if found["workday"] else number,
        workday=number if found["workday"] else None,
    )

"""When a period began and how long it was, from ``duration`` and ``endTime``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from commonweal.domains.radio.network.pm.counters import Settings

_DURATION: Final = re.compile(
    r"P(?:(?P<d>\d{1,3})D)?(?:T(?:(?P<h>\d{1,4})H)?(?:(?P<m>\d{1,5})M)?(?:(?P<s>\d{1,6})S)?)?"
)
_DAY_S: Final = 86_400
_YEARS: Final = (1990, 2200)
FUTURE_HINT: Final = "set the element's clock right and send the period again"


@dataclass(frozen=True, slots=True)
class Period:
    """A period, or why there is none: then ``rule`` is not empty."""

    start_us: int = 0
    """Microseconds since 1970 in UTC."""
    duration_s: int = 0
    moved_s: float = 0.0
    """By how much its end was put right."""
    rule: str = ""
    sentence: str = ""
    hint: str = ""


def period_of(duration: str | None, ends: str | None, settings: Settings, now: datetime) -> Period:
    """Return the period that lasts so long and ends there, put on its grid.

    Ends lie on multiples of the duration since midnight. An end that is off by no more than the
    tolerance is moved there; anything else is refused, because the clock may be wrong by any time.
    So is a period that ends more than a day after ``now``: nobody has counted it yet.

    >>> from datetime import UTC
    >>> from commonweal.domains.radio.network.pm.counters import Settings
    >>> now = datetime(2026, 3, 2, tzinfo=UTC)
    >>> period_of("PT15M", "2026-03-01T10:15:03+08:00", Settings(), now)
    Period(start_us=1772330400000000, duration_s=900, moved_s=-3.0, rule='', sentence='', hint='')
    """
    if not duration or not ends:
        return _refused("no_period", "a measInfo has no granPeriod with duration and endTime")
    length_s = duration_s(duration)
    if not 0 < length_s <= _DAY_S:
        return _refused("duration", f"{duration!r} is no period from a second to a day")
    at = _instant(ends)
    if at is None:
        return _refused("instant", f"endTime {ends!r} is not a date and time")
    if at.tzinfo is None:
        if not settings.timezone:
            return _refused("naive_instant", f"endTime {ends!r} names no offset from UTC")
        at = at.replace(tzinfo=ZoneInfo(settings.timezone))
    return _on_grid(at, ends, length_s, tolerance_s=settings.tolerance_s, now=now)


def _on_grid(
    at: datetime, written: str, length_s: int, *, tolerance_s: int, now: datetime
) -> Period:
    offset_s = (at.utcoffset() or timedelta()).total_seconds()
    local_s = at.timestamp() + offset_s
    end_s = round(local_s / length_s) * length_s
    moved_s = end_s - local_s
    if abs(moved_s) > tolerance_s:
        return _refused(
            "off_grid", f"endTime {written!r} is {abs(moved_s):g} s off periods of {length_s} s"
        )
    if end_s - offset_s > latest_end_s(now):
        return _refused("future", f"endTime {written!r} {later_than(now)}")
    return Period(round((end_s - offset_s - length_s) * 1_000_000), length_s, moved_s)


def latest_end_s(now: datetime) -> float:
    """Return the last instant at which a period may end, in seconds since 1970."""
    return now.timestamp() + _DAY_S


def later_than(now: datetime) -> str:
    """Return the words for what ends after that."""
    return f"is more than a day after {now.isoformat(timespec='seconds')}, when it was read"


_HINTS: Final = {
    "no_period": "ask its sender for files of TS 32.435",
    "duration": "write PT900S or PT15M",
    "instant": "write 2026-03-01T10:15:00+08:00",
    "naive_instant": "give timezone in [settings] of counters.toml",
    "future": FUTURE_HINT,
    "off_grid": "set the element's clock right; tolerance_s in counters.toml is what is allowed",
}


def _refused(rule: str, sentence: str) -> Period:
    return Period(rule=rule, sentence=sentence, hint=_HINTS[rule])


def duration_s(written: str) -> int:
    """Return a duration of ISO 8601 in seconds; 0 where it is none.

    >>> duration_s("PT15M"), duration_s("PT900S"), duration_s("PT1H"), duration_s("soon")
    (900, 900, 3600, 0)
    """
    found = _DURATION.fullmatch(written.strip())
    if found is None:
        return 0
    d, h, m, s = (int(found[unit] or 0) for unit in "dhms")
    return ((d * 24 + h) * 60 + m) * 60 + s


def _instant(written: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(written.strip())
    except ValueError:
        return None
    return at if _YEARS[0] <= at.year < _YEARS[1] else None


def instant_us(written: str, settings: Settings) -> int | None:
    """Return an instant in microseconds since 1970; None where it is none, or has no offset."""
    at = _instant(written) if written else None
    if at is None or (at.tzinfo is None and not settings.timezone):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(settings.timezone))
    return round(at.timestamp() * 1_000_000)

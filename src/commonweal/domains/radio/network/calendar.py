"""What kind of day it is, and what the operator expects of one: holidays, and events of one's own.

Events lie in ``<home>/radio/events.csv``: ``from until node site place level_factor reason``, by
the business clock (``2024-12-31T18:00``). An event is everywhere, or at one node with all below
it, at one site, in one place. Its factor multiplies the forecast of the slots that it touches;
afterwards these slots teach nothing of ordinary days.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np
from django.conf import settings
from pydantic import BeforeValidator, Field

from commonweal.catalogue import catalogue
from commonweal.catalogue.reading import Strict, checked, csv_read
from commonweal.engines.radio.forecast_walk import HOLIDAY, WORKED
from commonweal.errors import DefinitionError
from commonweal.kernel.org.selectors import subtree_ids
from commonweal.periods import BUSINESS_ZONE, business_midnight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from commonweal.domains.radio.network.grid import Grid
    from commonweal.engines.radio.sectors import Bools, Floats

CALENDAR: Final = "office"
"""The calendar of the catalogue that says which days are worked."""
_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


def day_kinds(first_date: date, n_days: int, *, calendar: str = CALENDAR) -> NDArray[np.int64]:
    """Return the kind of each day, as ``engines.radio.forecast`` names them. Shape (day,).

    A holiday that falls on a weekend is a weekend day: both are free.

    Raises:
        DefinitionError: The holidays of a year are not published.
    """
    hours = catalogue().calendars[calendar]
    days = [first_date + n * _DAY for n in range(n_days)]
    return np.array([_kind(day, is_worked=bool(hours.hours_on(day))) for day in days], np.int64)


def _kind(day: date, *, is_worked: bool) -> int:
    weekday = day.weekday()
    if weekday < _SATURDAY:
        return weekday if is_worked else HOLIDAY
    return WORKED if is_worked else weekday


def _instant(written: object) -> datetime:
    at = datetime.fromisoformat(str(written))
    return at.replace(tzinfo=BUSINESS_ZONE) if at.tzinfo is None else at


Instant = Annotated[datetime, BeforeValidator(_instant)]


class Event(Strict):
    """Something that users of some sectors are expected to do otherwise."""

    from_at: Annotated[Instant, Field(alias="from")]
    until_at: Annotated[Instant, Field(alias="until")]
    level_factor: Annotated[float, Field(strict=False, ge=0, le=100)]
    node: str = ""
    site: str = ""
    place: str = ""
    reason: str = ""

    def slots(self, day: date, slots_a_day: int) -> Bools:
        """Return the slots of a business day that it touches. Shape (slot,)."""
        begin, length = business_midnight(day), _DAY / slots_a_day
        start = np.array([begin + n * length for n in range(slots_a_day)])
        return np.asarray((start < self.until_at) & (start + length > self.from_at))


@dataclass(frozen=True, slots=True)
class Events:
    """The operator's events, and the digest of the file that tells them."""

    rows: tuple[Event, ...]
    sha256: str

    def factor(self, network: Grid, day: date, slots_a_day: int) -> Floats | None:
        """Return what a day is multiplied by, None if by nothing. Shape (sector, slot)."""
        found: Floats | None = None
        for each in self.rows:
            slots = each.slots(day, slots_a_day)
            if not slots.any():
                continue
            if found is None:
                found = np.ones((network.n_sectors, slots_a_day), np.float32)
            found[np.ix_(_touched(each, network, day), slots)] *= np.float32(each.level_factor)
        return found

    def untypical(self, network: Grid, days: Sequence[date], slots_a_day: int) -> Bools | None:
        """Return what past slots teach nothing, None if all do. Shape (sector, day, slot)."""
        factors = {n: self.factor(network, day, slots_a_day) for n, day in enumerate(days)}
        if not any(factor is not None for factor in factors.values()):
            return None
        found = np.zeros((network.n_sectors, len(days), slots_a_day), np.bool_)
        for n, factor in factors.items():
            found[:, n] = False if factor is None else factor != 1
        return found


def _touched(event: Event, network: Grid, day: date) -> Bools:
    """Return the sectors that an event touches. Shape (sector,)."""
    touched = np.ones(network.n_sectors, np.bool_)
    if event.site:
        touched &= network.site_code == event.site
    if event.place:
        places = network.text("place").astype(str)
        touched &= (places == event.place) | np.char.startswith(places, f"{event.place}-")
    if event.node:
        ids = subtree_ids(event.node, day)
        touched &= np.isin(network.sectors["node_id"].to_numpy(), ids)
    return touched


def events_path() -> Path:
    """Return where the operator's events lie."""
    return Path(settings.HOME) / "radio" / "events.csv"


def events_read(path: Path | None = None) -> Events:
    """Return the operator's events; none if there is no file.

    Raises:
        DefinitionError: A row is wrong, or ends before it begins.
    """
    path = path or events_path()
    if not path.exists():
        return Events((), "")
    rows = tuple(_event(where, row) for where, row in csv_read(path))
    return Events(rows, hashlib.sha256(path.read_bytes()).hexdigest())


def _event(where: str, row: dict[str, Any]) -> Event:
    event = checked(Event, row, where)
    if event.from_at >= event.until_at:
        raise DefinitionError(
            f"{where}: the event from {event.from_at} to {event.until_at} is empty",
            hint="until is the first instant after it",
        )
    return event

"""What groups drew, carried and slept, hour by hour, as the lake tells it.

An hour of a group is measured if each of its elements told the whole of it, and carried is known if
each of its cells did, or slept: by its own counters, or by the plan where a sleeper sends nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from importlib import resources
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.lake.query import query
from commonweal.lake.views import read
from commonweal.periods import business_midnight

if TYPE_CHECKING:
    from datetime import date, datetime

    import pyarrow as pa
    from numpy.typing import NDArray

    from commonweal.domains.radio.energy_saving.verifying.groups import Groups
    from commonweal.engines.radio.sectors import Bools, Doubles

    Ints = NDArray[np.int64]

_QUERIES: Final = resources.files("commonweal.domains.radio.energy_saving.verifying") / "queries"
_HOUR_S: Final = 3600
HOURS: Final = 24
N_KINDS: Final = 2 * HOURS
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Measured:
    """Groups over whole business days; arrays of shape (group, hour), NaN where not told.

    ``slept_s`` adds up all cells. ``day`` numbers each hour's day from 0; ``sha256s`` are the
    files of the lake that were read, by dataset.
    """

    energy_kwh: Doubles
    traffic_mbit: Doubles
    slept_s: Doubles
    day: Ints
    sha256s: dict[str, tuple[str, ...]]


def hour_kinds(first_date: date, n_days: int) -> Ints:
    """Return the kind of each hour: its hour on a working day, or from 24 on at a weekend."""
    weekday = (first_date.weekday() + np.arange(n_days)) % 7
    return (np.arange(HOURS) + np.where(weekday >= _SATURDAY, HOURS, 0)[:, None]).ravel()


def measured(
    groups: Groups,
    first_date: date,
    last_date: date,
    *,
    as_of: datetime | None,
    planned_asleep: Bools | None = None,
) -> Measured:
    """Return what groups did on some days.

    Args:
        groups: The groups.
        first_date: The first business day.
        last_date: The last, included.
        as_of: What was known then; None is now.
        planned_asleep: Cells that the plan lets sleep the whole hour. Shape (cell, hour).
    """
    span = _Span(first_date, (last_date - first_date).days + 1, as_of)
    energy, power_sha256s = _energy(groups, span)
    traffic, slept, counter_sha256s = _traffic(groups, span, planned_asleep)
    day = np.repeat(np.arange(span.n_days), HOURS)
    sha256s = {"element_power": power_sha256s, "cell_counters": counter_sha256s}
    return Measured(energy, traffic, slept, day, sha256s)


@dataclass(frozen=True, slots=True)
class _Span:
    """Business days, and what was known of them when."""

    first_date: date
    n_days: int
    as_of: datetime | None

    @property
    def begins_at(self) -> datetime:
        """The instant, UTC without a zone as the lake keeps it."""
        return business_midnight(self.first_date).replace(tzinfo=None)

    @property
    def n_hours(self) -> int:
        """How many hours there are."""
        return self.n_days * HOURS

    def rows(
        self, name: str, dataset: str, asked: pa.Table
    ) -> tuple[pa.Table, Ints, tuple[str, ...]]:
        """Return rows of a query, each one's hour, and the files read."""
        ends_at = self.begins_at + timedelta(days=self.n_days)
        sql = (_QUERIES / f"{name}.sql").read_text("utf-8")
        days = [self.begins_at.date(), ends_at.date()]
        relation = read(dataset, months=_months(*days), as_of=self.as_of)
        rows = query(
            sql.format(begins=self.begins_at.isoformat(" "), ends=ends_at.isoformat(" ")),
            {dataset: relation, "asked": asked},
        )
        since = rows["hour_at"].to_numpy() - np.datetime64(self.begins_at)
        return rows, since // np.timedelta64(1, "h"), relation.sha256s


def _months(first: date, last: date) -> list[date]:
    """Return the months that may hold rows of these days, whichever zone they are kept in."""
    months = {(first - timedelta(days=1)).replace(day=1), (last + timedelta(days=1)).replace(day=1)}
    month = min(months)
    while month < max(months):
        months.add(month)
        month = (month + timedelta(days=31)).replace(day=1)
    return sorted(months)


def _energy(groups: Groups, span: _Span) -> tuple[Doubles, tuple[str, ...]]:
    asked = groups.elements.select(["element_dn", "element"])
    rows, hour, sha256s = span.rows("element_hours", "element_power", asked)
    whole = rows["told_s"].to_numpy() == _HOUR_S
    element = rows["element"].to_numpy()[whole]
    group = groups.element_group[element]
    kwh = rows["energy_kwh"].to_numpy()[whole]
    summed, n_told = _scattered(groups, span, group, hour[whole], kwh)
    n_elements = np.bincount(groups.element_group, minlength=len(groups.names))
    return np.where(n_told == n_elements[:, None], summed, np.nan), sha256s


def _traffic(
    groups: Groups, span: _Span, planned_asleep: Bools | None
) -> tuple[Doubles, Doubles, tuple[str, ...]]:
    asked = groups.cells.select(["element_dn", "cell_dn", "cell"])
    rows, hour, sha256s = span.rows("cell_hours", "cell_counters", asked)
    cell = rows["cell"].to_numpy()
    told = np.zeros((groups.cells.num_rows, span.n_hours), np.bool_)
    whole = rows["told_s"].to_numpy() == _HOUR_S
    told[cell[whole], hour[whole]] = True
    if planned_asleep is not None:
        silent = np.ones_like(told)
        silent[cell, hour] = False  # who sent a row speaks for itself
        told |= silent & planned_asleep
    volume, _ = _scattered(
        groups, span, groups.cell_group[cell], hour, rows["volume_mbit"].to_numpy()
    )
    slept, _ = _scattered(groups, span, groups.cell_group[cell], hour, rows["slept_s"].to_numpy())
    n_told = np.zeros((len(groups.names), span.n_hours), np.int64)
    np.add.at(n_told, groups.cell_group, told)
    n_cells = np.bincount(groups.cell_group, minlength=len(groups.names))
    return np.where(n_told == n_cells[:, None], volume, np.nan), slept, sha256s


def _scattered(
    groups: Groups, span: _Span, group: Ints, hour: Ints, values: Doubles
) -> tuple[Doubles, Ints]:
    """Return sums and counts by group and hour."""
    shape = (len(groups.names), span.n_hours)
    place = group * span.n_hours + hour
    summed, count = np.zeros(shape), np.zeros(shape, np.int64)
    np.add.at(summed.reshape(-1), place, values)
    np.add.at(count.reshape(-1), place, 1)
    return summed, count

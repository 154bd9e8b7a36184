"""Service clocks of records, from the event log: recomputed whenever they are asked for.

A clock runs in some states, pauses in others and is stopped by entering yet others. Nothing of it
is stored: who changes its calendar or budget changes all of its history.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import CharField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from commonweal.catalogue import catalogue
from commonweal.engines.clocks import clock_totals, running
from commonweal.errors import DefinitionError
from commonweal.kernel.programmes.columns import instants
from commonweal.kernel.records.models import Event
from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from commonweal.engines.clocks import ClockTotals, Intervals, WorkingTime
    from commonweal.kernel.programmes.asof import Head
    from commonweal.kernel.programmes.definitions import ClockSpec
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_HOUR_US: Final = 3_600_000_000
_NEVER: Final = -(2**62)
_AHEAD: Final = timedelta(days=400)
"""How far a calendar is read ahead of now to say when a running clock's budget ends."""


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One clock of one record; a clock that never started has no row."""

    record_id: str
    """32 hexadecimal digits."""
    clock: str
    started_at: datetime
    stopped_at: datetime | None
    elapsed: timedelta
    """Time of the clock's calendar, without pauses."""
    budget: timedelta
    due_at: datetime | None
    """When the budget is or was used up; None if the clock is not running and had not used it up,
    or if its calendar is not known so far ahead."""
    is_running: bool

    @property
    def is_late(self) -> bool:
        """Whether more time passed than the budget allows."""
        return self.elapsed > self.budget


@dataclass(frozen=True, eq=False, slots=True)
class _Changes:
    """Changes of state in the order of the log; ``record`` is an index into ``ids``."""

    ids: pa.Array
    record: Ints
    at: Ints
    state: Ints


@dataclass(frozen=True, eq=False, slots=True)
class _Clock:
    """A clock of many records: arrays of shape (record,)."""

    spec: ClockSpec
    intervals: Intervals
    totals: ClockTotals
    working: WorkingTime
    started: Ints
    stopped: Ints
    """``_NEVER`` where it has not stopped."""

    @property
    def elapsed(self) -> Ints:
        """Working time in microseconds."""
        return self.totals.first_stop_us if self.spec.ends == "first" else self.totals.total_us

    @property
    def budget_us(self) -> int:
        """Working time that it may take."""
        return round(self.spec.budget_h * _HOUR_US)

    @property
    def is_running(self) -> Flags:
        """Whether it runs now; once stopped for good it does not, whatever the state."""
        return np.asarray(self.totals.is_running & (self.stopped == _NEVER))


def record_clocks(
    kind: RecordType, records: Collection[Record], *, now: datetime
) -> Sequence[ClockRow]:
    """Return the clocks of some records, in the order of the records and the definition.

    Raises:
        DefinitionError: A calendar does not reach as far back as the records.
    """
    if not kind.spec.clocks or not records:
        return ()
    changes = _changes(kind, keys=[str(each.pk) for each in records])
    found = {
        (row.record_id, name): row
        for name, spec in kind.spec.clocks.items()
        for row in _rows(name, _clock(kind, spec, changes, _us(now)), changes)
    }
    keys = [(each.pk.hex, name) for each in records for name in kind.spec.clocks]
    return tuple(found[key] for key in keys if key in found)


def clock_outcomes(
    kind: RecordType, clock: str, *, head: Head, known_at: datetime | None = None
) -> tuple[pa.Array, pa.Array]:
    """Return ids of records whose clock has stopped, and ``within`` or ``late`` for each.

    Args:
        kind: The type of record.
        clock: Name of the clock.
        head: The last event that counts.
        known_at: The calendar as known at this instant; now by default.
    """
    changes = _changes(kind, head=head)
    if not len(changes.at):
        return pa.array([], pa.string()), pa.array([], pa.string())
    now_us = int(changes.at.max())
    held = _clock(kind, kind.spec.clocks[clock], changes, now_us, known_at=known_at)
    stopped = held.stopped != _NEVER
    outcome = np.where(held.elapsed <= held.budget_us, "within", "late")[stopped]
    return changes.ids.filter(pa.array(stopped)), pa.array(outcome.tolist(), pa.string())


def _changes(
    kind: RecordType, *, keys: Collection[str] | None = None, head: Head | None = None
) -> _Changes:
    """Read the states entered: by opening, at the instant it truly was, and by actions."""
    events = Event.objects.filter(record_type=kind.id).order_by("sequence")
    records = kind.model._default_manager.order_by()  # noqa: SLF001 - public _meta
    if keys is not None:
        events, records = events.filter(record_key__in=keys), records.filter(pk__in=keys)
    if head is not None:
        events = events.filter(sequence__lte=head.sequence)
    entered, left = (
        Coalesce(KeyTextTransform("to", "content"), KeyTextTransform("state", "content")),
        KeyTextTransform("from", "content"),
    )
    rows = events.values_list(
        "record_key", Cast("happened_at", CharField()), "action", entered, left
    ).iterator(chunk_size=10_000)
    told = [row for row in rows if row[3] is not None and row[3] != row[4]]
    columns = list(zip(*told, strict=True)) or [(), (), (), ()]
    ids = pc.replace_substring(pa.array(columns[0], pa.string()), "-", "").dictionary_encode()
    states = pa.array([each.id for each in kind.spec.states] + ["merged"])
    at = instants(columns[1])
    opened = dict(
        records.values_list(Cast("id", CharField()), Cast("opened_at", CharField())).iterator()
    )
    first = np.flatnonzero(np.array(columns[2]) == "open")
    keys_of = [each.replace("-", "") for each in opened]
    truly = dict(zip(keys_of, instants(tuple(opened.values())).tolist(), strict=True))
    index = np.asarray(ids.indices, dtype=np.int64)
    names = ids.dictionary.to_pylist()
    for i in first.tolist():
        at[i] = min(at[i], truly.get(names[index[i]], at[i]))
    state = pc.index_in(pa.array(columns[3], pa.string()), states).fill_null(len(states) - 1)
    return _Changes(ids.dictionary, index, at, np.asarray(state, dtype=np.int64))


def _clock(
    kind: RecordType,
    spec: ClockSpec,
    changes: _Changes,
    now_us: int,
    *,
    known_at: datetime | None = None,
) -> _Clock:
    names = [*(each.id for each in kind.spec.states), "merged"]
    runs, stops = (np.array([n in which for n in names]) for which in (spec.runs_in, spec.ends_in))
    last_us = max(now_us, int(changes.at.max(initial=now_us)))
    working = _working(spec, int(changes.at.min(initial=now_us)), last_us, known_at)
    intervals = running(
        changes.record, changes.at, changes.state, runs, is_stop=stops, now_at=now_us
    )
    n = len(changes.ids)
    started = np.full(n, _NEVER)
    started[intervals.record_index[::-1]] = intervals.starts_at[::-1]  # the first one wins
    return _Clock(
        spec,
        intervals,
        clock_totals(intervals, working, n_records=n),
        working,
        started,
        _stopped(spec, changes, runs, stops),
    )


def _stopped(spec: ClockSpec, changes: _Changes, runs: Flags, stops: Flags) -> Ints:
    """Return when each record's clock stopped.

    That is the first stop after it began to run; or, where the last one counts, the first after it
    ran for the last time, so that closing what is solved does not solve it again.
    """
    found = np.full(len(changes.ids), _NEVER)
    order = np.argsort(changes.record, kind="stable")
    record, at, state = changes.record[order], changes.at[order], changes.state[order]
    place, ran = np.arange(len(record)), runs[state]
    since = np.full(len(found), len(record))
    if spec.ends == "first":
        since[record[ran][::-1]] = place[ran][::-1]  # of equal indices the last one written wins
    else:
        since[record[ran]] = place[ran]
    is_stop = np.flatnonzero(stops[state] & (place > since[record]))[::-1]
    found[record[is_stop]] = at[is_stop]
    return found


def _before_group(flags: Ints, record: Ints) -> tuple[Ints, Ints]:
    """Return the running count before each group of equal records, and the groups' sizes."""
    heads = np.flatnonzero(np.append(True, record[1:] != record[:-1])) if len(record) else record
    counted = np.concatenate([[0], np.cumsum(flags)])
    return counted[heads], np.diff(np.append(heads, len(record)))


def _working(spec: ClockSpec, first: int, last: int, known_at: datetime | None) -> WorkingTime:
    calendar = catalogue().calendars[spec.calendar]
    from_day, to_day = business_date(_at(first)), business_date(_at(last))
    ahead = to_day + _AHEAD
    for end in (ahead, date(to_day.year, 12, 31)):
        try:
            return calendar.working_time(from_day - timedelta(days=1), end, known_at=known_at)
        except DefinitionError:
            if end != ahead:
                raise
    raise AssertionError(spec.calendar)  # pragma: no cover - the loop returns or raises


def _rows(name: str, clock: _Clock, changes: _Changes) -> Iterator[ClockRow]:
    due = _due(clock)
    ids = changes.ids.to_pylist()
    for i in np.flatnonzero(clock.totals.has_started).tolist():
        yield ClockRow(
            record_id=ids[i],
            clock=name,
            started_at=_at(clock.started[i]),
            stopped_at=_at(clock.stopped[i]) if clock.stopped[i] != _NEVER else None,
            elapsed=timedelta(microseconds=int(clock.elapsed[i])),
            budget=timedelta(microseconds=clock.budget_us),
            due_at=_at(due[i]) if due[i] != _NEVER else None,
            is_running=bool(clock.is_running[i]),
        )


def _due(clock: _Clock) -> Ints:
    """Return when the budget was or will be used up: within an interval, or in the open one."""
    spans, working = clock.intervals, clock.working
    found = np.full(len(clock.started), _NEVER)
    counts = spans.n_stops_before == 0 if clock.spec.ends == "first" else np.True_
    spent = np.where(counts, working.elapsed(spans.starts_at, spans.ends_at), 0)
    before = np.cumsum(spent) - spent
    base, sizes = _before_group(spent, spans.record_index)
    left = clock.budget_us - (before - np.repeat(base, sizes))
    is_open = spans.is_open & counts
    at_end = working.cumulative(np.array([working.last_at]))[0]
    ahead = at_end - working.cumulative(spans.starts_at)
    hit = counts & (left >= 0) & (left <= ahead) & ((left <= spent) | is_open)
    where = np.flatnonzero(hit)[::-1]  # the first interval that uses the budget up wins
    found[spans.record_index[where]] = working.due(spans.starts_at[where], left[where])
    return found


def _us(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _at(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=int(us))

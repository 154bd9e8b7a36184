"""Running intervals of a clock from state changes, and their totals by record.

Rows are state changes, all records together; those of one record stand in the order of their event
sequence. A wall clock set back makes an interval negative: it counts 0 and is reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonweal.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.engines.clocks.working import WorkingTime

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Intervals:
    """Running intervals; every array has shape interval.

    ``is_open`` is true where the clock still runs: ``ends_at`` is then the ``now`` of the call.
    ``is_reversed`` is true where the end preceded the start; it was moved to the start.
    ``n_stops_before`` counts the stops of the record before the interval: 0 is until the first.
    """

    record_index: Ints
    starts_at: Ints
    ends_at: Ints
    is_open: Flags
    is_reversed: Flags
    n_stops_before: Ints


@dataclass(frozen=True, eq=False)
class ClockTotals:
    """Totals by record; where ``has_started`` is false there is no time at all, not 0.

    ``total_us`` is the time up to the last stop (or now), ``first_stop_us`` up to the first stop.
    ``stopped`` is true where the clock has started and does not run now; a pause is such a stop.
    """

    has_started: Flags
    is_running: Flags
    total_us: Ints
    first_stop_us: Ints
    n_reversed: Ints

    @property
    def stopped(self) -> Flags:
        """Started, and not running now."""
        return self.has_started & ~self.is_running


def running(
    record_index: Ints,
    at: Ints,
    state_code: Ints,
    is_running: Flags,
    *,
    is_stop: Flags,
    now_at: int,
) -> Intervals:
    """Return the intervals in which the clock of each record runs.

    Args:
        record_index: Which record; shape change.
        at: When the change happened, microseconds UTC; shape change.
        state_code: The state entered; shape change.
        is_running: Whether the clock runs in a state; shape state.
        is_stop: Whether a state stops the clock, rather than pausing it; shape state.
        now_at: Where the last interval of a running clock ends.

    Raises:
        InputError: A state is not in the table.
    """
    if np.any((state_code < 0) | (state_code >= is_running.size)):
        raise InputError(f"a state code lies outside the {is_running.size} states of the clock")
    order = np.argsort(record_index, kind="stable")  # the order within a record is kept
    records, starts, states = record_index[order], at[order], state_code[order]
    if not records.size:
        nothing, never = np.zeros(0, np.int64), np.zeros(0, np.bool_)
        return Intervals(nothing, nothing, nothing, never, never, nothing)
    runs, heads = is_running[states], np.searchsorted(records, records)
    has_run = _before(runs, heads) > 0  # a state before the clock started is no stop
    n_stops = _before(is_stop[states] & has_run, heads)
    is_last = np.append(records[1:] != records[:-1], np.True_)
    ends = np.where(is_last, now_at, np.append(starts[1:], now_at))
    begun, ended = starts[runs], ends[runs]
    return Intervals(
        records[runs], begun, np.maximum(begun, ended), is_last[runs], ended < begun, n_stops[runs]
    )


def _before(flags: Flags, heads: Ints) -> Ints:
    """Return how many flags of the same record stand before each row."""
    counted: Ints = np.cumsum(flags, dtype=np.int64) - flags
    return counted - counted[heads]


def clock_totals(intervals: Intervals, working: WorkingTime, *, n_records: int) -> ClockTotals:
    """Return the working time of each record's clock; totals have shape record."""
    records, spent = intervals.record_index, working.elapsed(intervals.starts_at, intervals.ends_at)
    total, first = np.zeros(n_records, np.int64), np.zeros(n_records, np.int64)
    np.add.at(total, records, spent)
    until_first = intervals.n_stops_before == 0
    np.add.at(first, records[until_first], spent[until_first])
    return ClockTotals(
        np.bincount(records, minlength=n_records) > 0,
        np.bincount(records[intervals.is_open], minlength=n_records) > 0,
        total,
        first,
        np.bincount(records[intervals.is_reversed], minlength=n_records).astype(np.int64),
    )

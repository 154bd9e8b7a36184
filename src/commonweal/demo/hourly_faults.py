"""What is planted in the hourly readings: gaps, rows sent twice, spikes; and where registers roll.

Axis of the arrays: fault. Meters are named by their place in the sample, hours from the demo's
first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.demo.faults import Fault
from commonweal.demo.streams import FIRST_MONTH, N_HOURS, START_HOUR, Options, stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.demo.world import World

# Meters of the sample, in 100, with each fault; at least one. No meter has two kinds.
_GAPS: Final = 20
_REPEATS: Final = 10
_SPIKES: Final = 4
_ROWS_REPEATED: Final = 3
_GAP_HOURS: Final = (48, 240)  # shorter ones are no matter: a register bridges them


@dataclass(frozen=True, slots=True)
class Quarter:
    """Hours from ``begin`` up to, not including, ``end`` of the sampled meters."""

    world: World
    meters: NDArray[np.int64]
    begin: int
    end: int

    def has(self, hour: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which hours lie in the quarter."""
        return np.asarray((hour >= self.begin) & (hour < self.end))


@dataclass(frozen=True, slots=True)
class HourlyFaults:
    """Gaps, repeated rows and spikes."""

    gap_meter: NDArray[np.int64]
    gap_hour: NDArray[np.int64]
    gap_hours: NDArray[np.int64]
    repeat_meter: NDArray[np.int64]
    repeat_hour: NDArray[np.int64]
    spike_meter: NDArray[np.int64]
    spike_hour: NDArray[np.int64]


def hourly_faults(options: Options, n_meters: int) -> HourlyFaults:
    """Choose the faults of a sample."""
    rng = stream(options.seed, "hourly faults")
    order = rng.permutation(n_meters)
    n_gaps, n_repeats, n_spikes = (
        max(1, n_meters * per_hundred // 100) for per_hundred in (_GAPS, _REPEATS, _SPIKES)
    )
    gap_hours = rng.integers(*_GAP_HOURS, n_gaps)
    repeat_meter = np.repeat(order[n_gaps : n_gaps + n_repeats], _ROWS_REPEATED)
    third = N_HOURS // _ROWS_REPEATED  # one row from each third, so that no two are the same
    repeat_third = np.arange(repeat_meter.size) % _ROWS_REPEATED
    spike_meter = order[n_gaps + n_repeats : n_gaps + n_repeats + n_spikes]
    return HourlyFaults(
        gap_meter=order[:n_gaps],
        gap_hour=1 + (rng.random(n_gaps) * (N_HOURS - 1 - gap_hours)).astype(np.int64),
        gap_hours=gap_hours,
        repeat_meter=repeat_meter,
        repeat_hour=rng.integers(0, third, repeat_meter.size) + repeat_third * third,
        spike_meter=spike_meter,
        spike_hour=rng.integers(1, N_HOURS - 1, spike_meter.size),
    )


def is_kept(faults: HourlyFaults, quarter: Quarter) -> NDArray[np.bool_]:
    """Return which readings of a quarter were not lost in a gap; meter × hour."""
    kept = np.ones((quarter.meters.size, quarter.end - quarter.begin), dtype=bool)
    for meter, hour, hours in _gaps(faults):
        kept[meter, max(hour - quarter.begin, 0) : max(hour + hours - quarter.begin, 0)] = False
    return kept


def listed(faults: HourlyFaults, quarter: Quarter, file: str, n_rows: int) -> list[Fault]:
    """List the faults of a quarter; repeated rows follow its first ``n_rows`` rows."""

    def fault(kind: str, position: int, hour: int, row: int | None = None, note: str = "") -> Fault:
        code = quarter.world.meter_codes[quarter.meters[position]]
        return Fault(kind, "meter_readings", file, code, _month_of(hour), row, note)

    found = []
    for position, hour, hours in _gaps(faults):
        first, last = max(hour, quarter.begin), min(hour + hours, quarter.end)
        months = (start for start in START_HOUR if first < start < last)  # those it runs into
        found += [
            fault("gap", position, begun, note=f"{hours} h")
            for begun in (first, *months)
            if begun < last
        ]
    for position, hour in zip(faults.spike_meter.tolist(), faults.spike_hour.tolist(), strict=True):
        if quarter.begin <= hour < quarter.end:
            found.append(fault("spike", position, hour))
    inside = quarter.has(faults.repeat_hour)
    repeated = faults.repeat_meter[inside].tolist(), faults.repeat_hour[inside].tolist()
    for row, (position, hour) in enumerate(zip(*repeated, strict=True), start=n_rows + 1):
        found.append(fault("duplicate_row", position, hour, row=row))
    start = quarter.world.registers.start[quarter.meters]
    for position, month in np.argwhere(start[:, 1:] < start[:, :-1]).tolist():
        if quarter.begin <= START_HOUR[month] < quarter.end:
            found.append(fault("rollover", position, START_HOUR[month]))
    return found


def _gaps(faults: HourlyFaults) -> list[tuple[int, int, int]]:
    columns = (faults.gap_meter.tolist(), faults.gap_hour.tolist(), faults.gap_hours.tolist())
    return list(zip(*columns, strict=True))


def _month_of(hour: int) -> str:
    return f"{datetime.combine(FIRST_MONTH, time()) + timedelta(hours=hour):%Y-%m}"

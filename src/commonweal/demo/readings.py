"""Hourly register readings of a sample of meters: one Parquet file a quarter.

The registers are those of the bills, so that the hourly sample and the bills of one meter agree
to the last digit; within a month the use follows the hours of the day. Hours count from the
demo's first; the reading at ``N_HOURS`` ends the last day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from commonweal.demo.hourly_faults import Quarter, hourly_faults, is_kept, listed
from commonweal.demo.load import ROLLOVER
from commonweal.demo.organisation import SITE_TYPES
from commonweal.demo.streams import DAYS, FIRST_HOUR_UTC, N_MONTHS, START_HOUR, stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.demo.faults import Fault
    from commonweal.demo.world import World

_HOUR_US: Final = 3_600_000_000
_SPIKE: Final = ROLLOVER // 3  # what a spike adds to the register

# Weight of each hour of the day, midnight first: flat for machines, peaked where people work.
# fmt: off
_DAY: Final = {
    "macro": (
        84, 78, 74, 72, 72, 76, 84, 94, 102, 106, 108, 110,
        112, 110, 108, 108, 110, 114, 118, 120, 120, 116, 106, 94,
    ),
    "room": (
        96, 95, 94, 94, 94, 95, 97, 99, 101, 102, 103, 104,
        105, 105, 105, 104, 103, 103, 103, 102, 102, 101, 99, 97,
    ),
    "office": (
        44, 42, 40, 40, 42, 50, 72, 110, 158, 170, 172, 164,
        150, 162, 168, 166, 160, 140, 108, 84, 68, 58, 52, 46,
    ),
}
# fmt: on
_DAY_OF: Final = {"indoor": "macro", "data_centre": "room", "hall": "office"}


def sample(world: World) -> NDArray[np.int64]:
    """Return the meters that are read every hour, some that roll over among them; sorted."""
    n_meters = world.options.hourly_meters
    rolling = world.registers.rolling[: min(n_meters, max(1, n_meters // 60))]
    rest = np.setdiff1d(np.arange(len(world.meter_codes)), rolling)
    order = stream(world.options.seed, "sample").permutation(rest)
    return np.sort(np.concatenate([rolling, order[: n_meters - rolling.size]]))


def hourly(world: World, first: int, file: str) -> tuple[pa.Table, list[Fault]]:
    """Return a quarter of the sample's readings from month ``first``, and the planted faults.

    Rows are sorted by meter, then time; repeated rows stand at the end, as if a collector had
    sent them again.
    """
    meters = sample(world)
    faults = hourly_faults(world.options, meters.size)
    is_last = first + 3 == N_MONTHS
    quarter = Quarter(world, meters, START_HOUR[first], START_HOUR[first + 3] + is_last)
    months = [_registers(world, meters, month) for month in range(first, first + 3)]
    if is_last:
        months.append(world.registers.start[meters, -1:])
    register = np.concatenate(months, axis=1)
    spikes = quarter.has(faults.spike_hour)
    at = faults.spike_meter[spikes], faults.spike_hour[spikes] - quarter.begin
    register[at] = (register[at] + _SPIKE) % ROLLOVER
    position, hour = np.nonzero(is_kept(faults, quarter))
    n_rows = position.size
    repeats = quarter.has(faults.repeat_hour)
    position = np.concatenate([position, faults.repeat_meter[repeats]])
    hour = np.concatenate([hour, faults.repeat_hour[repeats] - quarter.begin])
    table = pa.table(
        {
            "meter_id": _codes(quarter, position),
            "read_at": pa.array(
                (FIRST_HOUR_UTC + quarter.begin + hour) * _HOUR_US, pa.timestamp("us", "UTC")
            ),
            "register": register[position, hour] / 100.0,
        }
    )
    return table, listed(faults, quarter, file, n_rows)


def _codes(quarter: Quarter, position: NDArray[np.int64]) -> pa.Array:
    codes = pa.array([quarter.world.meter_codes[meter] for meter in quarter.meters.tolist()])
    return pa.DictionaryArray.from_arrays(position.astype(np.int32), codes).cast(pa.string())


def _registers(world: World, meters: NDArray[np.int64], month: int) -> NDArray[np.int64]:
    """Return the register at every full hour of a month; meter × hour."""
    weights = np.array([_DAY[_DAY_OF.get(t.kind, t.kind)] for t in SITE_TYPES], dtype=np.int64)
    hours = np.tile(weights, DAYS[month])
    passed = np.cumsum(hours, axis=1)
    before = (passed - hours)[world.operator.meter_kind[meters]]
    whole = passed[world.operator.meter_kind[meters], -1:]
    use = world.registers.use[meters, month][:, None] * before // whole
    return np.asarray((world.registers.start[meters, month][:, None] + use) % ROLLOVER)

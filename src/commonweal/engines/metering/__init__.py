"""From cumulative registers to consumption by meter and month.

A register only rises, so the sum of its steps telescopes: last minus first. Two steps exploit it.
``screen`` looks at the groups' first, last, smallest and largest register, which one pass of
aggregation gives for any number of readings, and undoes plain rollovers. Only meters that fail are
read again and walked step by step by ``walk.unwrap``, which resolves spikes and resets too.
``consumption`` then cuts the registers at the months' boundaries, interpolating over gaps and
saying how much of the result rests on that.

Instants are microseconds since 1970 in UTC; months are counted, January of year 0 being 0.

Source: telescoping sums; the rollover, spike and gap rules are formulated here.
"""

from commonweal.engines.metering.blocks import (
    MonthStarts,
    block_use,
    blocks,
    of_blocks,
    walked_too,
)
from commonweal.engines.metering.keys import MONTHS_PER_KEY, is_member, looked_up, meter_month_key
from commonweal.engines.metering.months import Consumption, consumption
from commonweal.engines.metering.registers import (
    Groups,
    MeterRules,
    Quality,
    Rises,
    group_readings,
    mended,
    screen,
)
from commonweal.engines.metering.runs import group_runs, groups_joined

__all__ = [
    "MONTHS_PER_KEY",
    "Consumption",
    "Groups",
    "MeterRules",
    "MonthStarts",
    "Quality",
    "Rises",
    "block_use",
    "blocks",
    "consumption",
    "group_readings",
    "group_runs",
    "groups_joined",
    "is_member",
    "looked_up",
    "mended",
    "meter_month_key",
    "of_blocks",
    "screen",
    "walked_too",
]

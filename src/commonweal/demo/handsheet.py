"""A reading sheet kept by hand: registers on the first of each month of 2024, as text.

People write times without a zone, days that do not exist and meters that nobody knows; the sheet
has all of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from commonweal.demo.faults import Fault
from commonweal.demo.readings import sample
from commonweal.demo.streams import MONTHS, N_MONTHS, stream
from commonweal.periods import month_add

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.demo.world import World

_SITES_PER_METER: Final = 500  # one meter in so many sites is read by hand
_FIRST_MONTH: Final = 12
_FIRST_ROW: Final = 2
_KINDS: Final = (
    "naive_timestamp",
    "no_such_day",
    "negative_value",
    "unknown_meter",
    "duplicate_row",
)
Row = tuple[str, str, str]


def handsheet(world: World, file: str) -> tuple[pa.Table, list[Fault]]:
    """Return the sheet and the faults in it; a wrong row stands beside the right one."""
    rows, faults = [], []
    for index, (row, month) in enumerate(_true_rows(world)):
        rows.append(row)
        kind = _KINDS[index // 7 % len(_KINDS)] if index % 7 == 0 else ""
        if kind:
            rows.append(_spoilt(kind, row, month))
            line = len(rows) - 1 + _FIRST_ROW
            code = rows[-1][0]
            faults.append(Fault(kind, "meter_readings", file, code, month, line))
    codes, read_at, register = (list(column) for column in zip(*rows, strict=True))
    return pa.table({"meter_id": codes, "read_at": read_at, "register": register}), faults


def _true_rows(world: World) -> Iterator[tuple[Row, str]]:
    others = np.setdiff1d(np.arange(len(world.meter_codes)), sample(world))
    n_meters = min(others.size, max(6, world.options.sites // _SITES_PER_METER))
    chosen = stream(world.options.seed, "handsheet").permutation(others)[:n_meters]
    for meter in np.sort(chosen).tolist():
        for month in range(_FIRST_MONTH, N_MONTHS + 1):
            day = month_add(MONTHS[0], month)
            register = int(world.registers.start[meter, month])
            written = f"{register // 100}.{register % 100:02}"
            code = world.meter_codes[meter]
            yield (code, f"{day.isoformat()}T00:00:00+08:00", written), f"{day:%Y-%m}"


def _spoilt(kind: str, row: Row, month: str) -> Row:
    code, read_at, register = row
    match kind:
        case "naive_timestamp":
            return code, f"{month}-02 08:00", register
        case "no_such_day":
            return code, "2024-02-31T00:00:00+08:00", register
        case "negative_value":
            return code, f"{month}-03T08:00:00+08:00", f"-{register}"
        case "unknown_meter":
            return code.replace("M-", "X-", 1), read_at, register
        case _:
            return row

"""What cells would carry with every resource block in use, told by their own counters.

Volume over blocks in use is the rate of a full cell, at the radio conditions of its users. Quiet
hours tell little of it: signalling fills blocks too.
"""

from __future__ import annotations

from datetime import timedelta
from importlib import resources
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.lake.query import query
from commonweal.lake.views import read
from commonweal.periods import business_midnight, month_add

if TYPE_CHECKING:
    from datetime import date, datetime

    from commonweal.domains.radio.network.grid import Grid
    from commonweal.engines.radio.sectors import Floats

_SQL: Final = resources.files("commonweal.domains.radio.network") / "queries" / "measured.sql"
_LEAST_SHARE: Final = 0.1
_LEAST_S: Final = 24 * 3600


def measured_mbit_s(
    grid: Grid, *, until_date: date, n_days: int, as_of: datetime | None = None
) -> Floats | None:
    """Return what layers carry at full load where the inventory does not say.

    Args:
        grid: The sectors.
        until_date: The first day that is not looked at.
        n_days: How many days before it are.
        as_of: What was known then; None is now.

    Returns:
        NaN where the inventory says it, or fewer than 24 busy hours do. Shape (sector, layer).
        None where the inventory says all.
    """
    silent = pc.is_null(grid.cells["spectral_efficiency_bit_s_hz"]).to_numpy()
    if not silent.any():
        return None
    first_date = until_date - timedelta(n_days)
    months = [first_date.replace(day=1)]
    while (month := month_add(months[-1], 1)) < until_date:
        months.append(month)
    cells = grid.cells.select(["element_dn", "cell_dn"]).append_column(
        "cell", pa.array(np.arange(len(silent), dtype=np.int32))
    )
    span = {"begin": business_midnight(first_date), "end": business_midnight(until_date)}
    sql = _SQL.read_text("utf-8").format(
        least_share=_LEAST_SHARE,
        **{name: at.replace(tzinfo=None).isoformat(sep=" ") for name, at in span.items()},
    )
    relation = read("cell_counters", months=months, as_of=as_of)
    found = np.full(len(silent), np.nan, np.float32)
    if relation.n_rows:
        rows = query(sql, {"cell_counters": relation, "asked": cells.filter(pa.array(silent))})
        rows = rows.filter(pc.greater_equal(rows["told_s"], _LEAST_S))
        found[rows["cell"].to_numpy()] = pc.divide(rows["volume_mbit"], rows["used_s"]).to_numpy()
    return grid.grid(found, np.nan)

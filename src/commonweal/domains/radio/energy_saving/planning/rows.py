"""Plans of a block's days as rows of the store: sector by sector, day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from commonweal.domains.radio.energy_saving.planning.lending import help_columns
from commonweal.domains.radio.energy_saving.planning.store import FIGURES, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from commonweal.domains.radio.energy_saving.planning.block import DayPlan
    from commonweal.domains.radio.energy_saving.planning.lending import Help
    from commonweal.domains.radio.network.grid import Grid
    from commonweal.engines.radio.sectors import Bools


def rows_of_day(
    grid: Grid,
    day: date,
    plan: DayPlan,
    *,
    is_holdout: Bools,
    kept_awake: NDArray[np.object_],
    help_: Help | None = None,
) -> pa.Table:
    """Return the rows of one day, a row for each sector."""
    starts = np.searchsorted(grid.cell_sector, np.arange(grid.n_sectors + 1)).astype(np.int32)
    modes = np.ascontiguousarray(plan.mode[grid.present]).ravel()
    cell_ids = grid.cells["cell_id"].combine_chunks()
    n_slots = plan.mode.shape[2]
    columns = {
        "day": pa.array(np.full(grid.n_sectors, np.datetime64(day, "D"))),
        **{name: grid.sectors[name] for name in ("site_id", "site_code", "sector", "node_id")},
        "cell_ids": pa.ListArray.from_arrays(pa.array(starts), cell_ids),
        "modes": pa.ListArray.from_arrays(pa.array(starts * n_slots), pa.array(modes)),
        **{name: pa.array(getattr(plan, name), from_pandas=True) for name in FIGURES},
        "changes": pa.array(plan.changes),
        "is_holdout": pa.array(is_holdout),
        "kept_awake": pa.array(kept_awake, pa.string()),
        **help_columns(help_, grid.n_sectors),
    }
    return pa.table({name: columns[name] for name in SCHEMA.names}, schema=SCHEMA)


def rows_by_sector(days: Sequence[pa.Table]) -> pa.Table:
    """Return the rows of some days, all days of a sector together."""
    n = days[0].num_rows
    order = np.arange(len(days))[None, :] * n + np.arange(n)[:, None]
    return pa.concat_tables(days).take(pa.array(order.ravel()))

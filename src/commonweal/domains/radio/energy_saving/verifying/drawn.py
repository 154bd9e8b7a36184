"""What a plan meant for groups, by day: who was to sleep, who was left alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from commonweal.domains.radio.energy_saving.verifying.measured import HOURS
from commonweal.engines.radio.sectors import Mode

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from commonweal.domains.radio.energy_saving.planning.store import StoredPlan
    from commonweal.domains.radio.energy_saving.verifying.groups import Groups
    from commonweal.engines.radio.sectors import Bools, Doubles

    Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A plan's intentions for groups on some days.

    Attributes:
        acting: Something is to sleep. Shape (group, day).
        holdout: Left alone by the draw. Shape (group, day).
        asleep: A cell is to sleep the whole hour. Shape (cell, hour).
        saving_wh: What a cell's sleep is worth by the power model, to split savings among cells.
            Shape (cell, day).
        expected_kwh: The saving that the plan expects, in acting groups. Shape (group, day).
        n_sectors: Sectors in which something is to sleep.
        n_holdout: Sector-days left alone.
    """

    acting: Bools
    holdout: Bools
    asleep: Bools
    saving_wh: Doubles
    expected_kwh: Doubles
    n_sectors: int
    n_holdout: int


def drawn(stored: StoredPlan, groups: Groups, days: tuple[date, ...], drop_w: Doubles) -> Drawn:
    """Return what a plan meant for groups on some of its days.

    Args:
        stored: The plan.
        groups: The groups looked at; other sites of the plan are passed over.
        days: Consecutive days of the plan.
        drop_w: What each cell draws less in each mode than when it is on. Shape (cell, mode).
    """
    columns = ["day", "site_code", "sector", "cell_ids", "modes", "expected_wh", "is_holdout"]
    rows = stored.sectors(columns=columns)
    is_asked = np.isin(rows["site_code"].to_numpy(), list(groups.of_site))
    day = (rows["day"].to_numpy().astype("datetime64[D]") - np.datetime64(days[0])).astype(np.int64)
    keep = is_asked & (day >= 0) & (day < len(days))
    rows, day = rows.filter(keep).combine_chunks(), day[keep]
    group = np.array([groups.of_site[code] for code in rows["site_code"].to_pylist()], np.int64)
    layers = rows["cell_ids"].combine_chunks()
    row = np.repeat(np.arange(rows.num_rows), pc.list_value_length(layers).to_numpy())
    cell = pc.index_in(layers.flatten(), groups.cells["cell_id"].combine_chunks())
    cell = pc.fill_null(cell, -1).to_numpy().astype(np.int64)
    mode = rows["modes"].combine_chunks().flatten().to_numpy().reshape(-1, stored.slots_a_day)
    known = cell >= 0  # a cell that left the inventory since is nobody's any more
    row, cell, mode = row[known], cell[known], mode[known]
    asleep, saving_wh = _cells(groups, days, day[row], cell, mode, drop_w)
    acts = np.zeros(rows.num_rows, np.bool_)
    np.logical_or.at(acts, row, (mode != Mode.ON).any(axis=1))
    held = rows["is_holdout"].to_numpy()
    shape = (len(groups.names), len(days))
    acting, holdout = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    holdout[group[held], day[held]] = True
    acting[group[acts], day[acts]] = True
    acting &= ~holdout  # sites that share a meter are out together
    expected = np.zeros(shape)
    wh = pc.fill_null(rows["expected_wh"], 0.0).to_numpy()
    np.add.at(expected, (group, day), wh / 1000)
    named = pc.binary_join_element_wise(rows["site_code"], rows["sector"], "/")
    return Drawn(
        acting,
        holdout,
        asleep,
        saving_wh,
        np.where(acting, expected, 0.0),
        len(pc.unique(named.filter(acts))),
        int(held.sum()),
    )


def _cells(  # noqa: PLR0917 - columns of one table
    groups: Groups, days: tuple[date, ...], day: Ints, cell: Ints, mode: Ints, drop_w: Doubles
) -> tuple[Bools, Doubles]:
    """Return which cells sleep through which hours, and what their sleep is worth by day."""
    n_cells = groups.cells.num_rows
    by_hour = (mode >= Mode.CARRIER_OFF).reshape(len(mode), HOURS, -1).all(axis=2)
    asleep = np.zeros((n_cells, len(days), HOURS), np.bool_)
    asleep[cell, day] = by_hour
    worth = np.zeros((n_cells, len(days)))
    slot_h = HOURS / mode.shape[1]
    worth[cell, day] = np.take_along_axis(drop_w[cell], mode.astype(np.int64), axis=1).sum(1)
    return asleep.reshape(n_cells, -1), worth * slot_h

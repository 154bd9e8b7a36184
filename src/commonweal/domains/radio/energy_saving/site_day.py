"""One site on one day of a plan: forecast, modes, power, and what its meters said afterwards.

Everything is made again from what the plan was made from, as it was known then, by the same
functions: a figure here is the plan's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from django.utils.translation import gettext as _

from commonweal.domains.radio.energy_saving.planning.block import without
from commonweal.domains.radio.energy_saving.planning.inputs import explain_inputs
from commonweal.engines.radio.carrying import carry
from commonweal.engines.radio.sectors import Demand
from commonweal.errors import InputError
from commonweal.lake.query import query
from commonweal.lake.views import read
from commonweal.periods import business_midnight

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from commonweal.domains.radio.energy_saving.planning.block import Asked
    from commonweal.domains.radio.energy_saving.planning.store import StoredPlan
    from commonweal.domains.radio.network.grid import Grid
    from commonweal.engines.radio.sectors import Bools, Doubles, Floats, Layers, Modes, Rules

_METERED: Final = files("commonweal.domains.radio.energy_saving") / "queries" / "metered.sql"


@dataclass(frozen=True, slots=True)
class SiteDay:
    """A site's day, in slots; sums over its sectors. NaN is not known.

    Attributes:
        site: Its code.
        day: The business day.
        slot_s: Length of a slot.
        cells: ``sector``, ``cell_id``, ``band`` and ``rat`` of each cell, sector by sector.
        mode: What each cell does. Shape (cell, slot).
        kept_awake: Why each sector stays awake, None where it does not.
        covered: Sectors without a coverage layer: ``sector``, ``by`` which neighbour, and the
            ``mbit_s`` set aside.
        expected_wh: The saving that the plan expects on the day.
        all_on_wh: What all layers on would draw.
        n_unforecast: Sectors without a forecast; they are in no sum but the meters'.
        mean_mbit_s: Demand expected. Shape (slot,), as the rest.
        planned_mbit_s: Demand that capacity is kept for, each sector's own quantile.
        awake_mbit_s: Capacity awake, to the highest load allowed.
        planned_w: What the layers draw under the plan, at the mean.
        all_on_w: The same with every layer on.
        metered_w: What the elements' meters said, with all that hangs on them.
    """

    site: str
    day: date
    slot_s: int
    cells: Sequence[Mapping[str, Any]]
    mode: Modes
    kept_awake: Sequence[str | None]
    covered: Sequence[Mapping[str, Any]]
    expected_wh: float
    all_on_wh: float
    n_unforecast: int
    mean_mbit_s: Doubles
    planned_mbit_s: Doubles
    awake_mbit_s: Doubles
    planned_w: Doubles
    all_on_w: Doubles
    metered_w: Doubles

    @property
    def saving_share(self) -> float | None:
        """The saving as a share of what all layers on would draw."""
        return self.expected_wh / self.all_on_wh if self.all_on_wh else None


def site_day(
    stored: StoredPlan, code: str, day: date, *, nodes: Collection[int] | None = None
) -> SiteDay:
    """Return one site's day.

    Args:
        stored: The plan.
        code: The site.
        day: A day of the plan.
        nodes: Whose sites may be told, None for all.

    Raises:
        InputError: The plan does not hold the site, or holds it for others.
    """
    rows = _rows(stored, code, day)
    theirs = nodes is not None and not {row["node_id"] for row in rows.values()} <= set(nodes)
    if not rows or theirs:
        raise InputError(
            _("plan %(plan)s has no site %(site)s") % {"plan": stored.code, "site": code}
        )
    inputs = explain_inputs(stored, [code], day)
    grid, layers, asked = inputs.network, inputs.layers, inputs.asked
    mode = _modes(stored, grid, rows)
    before = _modes(stored, grid, _rows(stored, code, day - timedelta(days=1)))[..., -1]
    part = without(asked.reason)  # sectors with a forecast
    drawn_w, all_on_w = (
        _power(layers[part], _mean(asked, part), each[part], first[part], inputs.policy.rules)
        for each, first in ((mode, before), (np.zeros_like(mode), np.zeros_like(before)))
    )
    return SiteDay(
        site=code,
        day=day,
        slot_s=stored.slot_s,
        cells=_cells(grid),
        mode=mode[grid.cell_sector, grid.cell_layer],
        kept_awake=[row["kept_awake"] for row in rows.values()],
        covered=[
            {"sector": row["sector"], "by": row["helped_by"], "mbit_s": row["helped_mbit_s"]}
            for row in rows.values()
            if row.get("helped_by")
        ],
        expected_wh=sum(row["expected_wh"] or 0.0 for row in rows.values()),
        all_on_wh=sum(row["all_on_wh"] or 0.0 for row in rows.values()),
        n_unforecast=int((~part).sum()),
        mean_mbit_s=_sum(asked.mean, part),
        planned_mbit_s=_sum(asked.planned, part),
        awake_mbit_s=_awake(layers, mode)[part].sum(axis=0),
        planned_w=drawn_w,
        all_on_w=all_on_w,
        metered_w=_metered(grid, stored, day),
    )


def _rows(stored: StoredPlan, code: str, day: date) -> dict[str, Mapping[str, Any]]:
    """Return the plan's rows of a site on a day by sector; none beside the plan's days."""
    if day not in stored.dates:
        return {}
    rows = stored.sectors(site=code, day=day).to_pylist()
    return {row["sector"]: row for row in rows}


def _modes(stored: StoredPlan, grid: Grid, rows: Mapping[str, Mapping[str, Any]]) -> Modes:
    """Return what each layer does, by its cell's id: sector × layer × slot; on if not planned."""
    found = {
        cell_id: of_cell
        for row in rows.values()
        for cell_id, of_cell in zip(row["cell_ids"], stored.modes_of(row), strict=True)
    }
    mode = np.zeros((*grid.present.shape, stored.slots_a_day), np.int8)
    for at, cell_id in np.ndenumerate(grid.cell_id):
        if cell_id in found:
            mode[at] = found[cell_id]
    return mode


def _power(layers: Layers, demand: Demand, mode: Modes, first: Modes, rules: Rules) -> Doubles:
    """Return the power of sectors together, by slot."""
    energy_wh = carry(layers, demand, mode, rules, first_mode=first).energy_wh
    return np.asarray(energy_wh.sum(axis=0), np.float64) / rules.slot_h


def _mean(asked: Asked, part: Bools) -> Demand:
    return Demand(asked.mean[0][part], asked.mean[1][part])


def _sum(classes: Floats, part: Bools) -> Doubles:
    """Return demand of both classes and of all sectors with a forecast, by slot."""
    return np.asarray(classes[:, part].sum(axis=(0, 1)), np.float64)


def _awake(layers: Layers, mode: Modes) -> Doubles:
    """Return capacity awake: sector × slot."""
    of_mode = np.take_along_axis(layers.capacity_mbit_s, mode.astype(np.int64), axis=2)
    return np.asarray(of_mode.sum(axis=1), np.float64)


def _cells(grid: Grid) -> Sequence[Mapping[str, Any]]:
    sectors = grid.text("sector")
    names = grid.cells.select(["cell_id", "band", "rat"]).to_pylist()
    return [
        {**cell, "sector": sectors[at]}
        for cell, at in zip(names, grid.cell_sector.tolist(), strict=True)
    ]


def _metered(grid: Grid, stored: StoredPlan, day: date) -> Doubles:
    """Return the power of the site's elements by slot, NaN where not all of them reported."""
    begin = business_midnight(day).replace(tzinfo=None)  # queries speak of UTC
    relation = read("element_power", months=[day.replace(day=1)])
    found = np.full(stored.slots_a_day, np.nan)
    if not relation.files:
        return found
    names = sorted(set(grid.cells["element_dn"].to_pylist()))
    sql = _METERED.read_text("utf-8").format(
        begin=begin.isoformat(), end=(begin + timedelta(days=1)).isoformat()
    )
    rows = query(sql, {"element_power": relation, "asked": pa.table({"element_dn": names})})
    kwh, seconds = np.zeros(stored.slots_a_day), np.zeros(stored.slots_a_day)
    for row in rows.to_pylist():
        slot = (row["start_at"] - begin) // timedelta(seconds=stored.slot_s)
        kwh[slot] += row["energy_kwh"]
        seconds[slot] += row["duration_s"]
    whole = seconds >= stored.slot_s * len(names)
    found[whole] = kwh[whole] * 3.6e6 / stored.slot_s
    return found

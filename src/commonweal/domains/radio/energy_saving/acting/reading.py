"""The schedule of an approved plan, as it lies in the store and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.domains.radio.energy_saving.acting.adapter import Cell
from commonweal.domains.radio.energy_saving.acting.schedule import schedule_of
from commonweal.domains.radio.energy_saving.planning.store import plan_read
from commonweal.domains.radio.network.inventory import network
from commonweal.errors import StateError
from commonweal.lake.query import query
from commonweal.lake.views import read

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from commonweal.domains.radio.energy_saving.acting.schedule import Schedule
    from commonweal.domains.radio.energy_saving.models import Plan
    from commonweal.domains.radio.energy_saving.planning.store import StoredPlan

_NEIGHBOURS: Final = """
SELECT neighbour_id, cell_id
FROM (
    SELECT cell_neighbours.*,
           row_number() OVER (PARTITION BY cell_id, neighbour_id ORDER BY from_date DESC) AS place
    FROM cell_neighbours
    WHERE from_date <= CAST('{day}' AS DATE)
) AS ranked
WHERE place = 1 AND covered_share > 0
"""


def stored_plan(plan: Plan) -> StoredPlan:
    """Return what was planned, if it is what people approved.

    Raises:
        StateError: The files were changed since.
    """
    stored = plan_read(plan.folder)
    stored.check()
    if stored.sha256 != plan.plan_sha256:
        raise StateError(
            f"plan {plan.code} was approved with digest {plan.plan_sha256[:12]}…, the store has "
            f"{stored.sha256[:12]}…",
            hint="make a new plan, and have it approved",
        )
    return stored


def schedule_read(plan: Plan, *, as_of: datetime | None = None) -> Schedule:
    """Return the schedule of a plan.

    Args:
        plan: Its record.
        as_of: The inventory as it was known then; None is now.

    Raises:
        StateError: The files were changed, or a cell of the plan is not in the inventory any more.
    """
    stored = stored_plan(plan)
    spans = list(stored.spans(stored.sectors()))
    cells, sectors, nodes, modes = [], [], [], []
    known = _cells({row["site_id"] for row, _ in spans}, stored, as_of)
    for number, (row, mode) in enumerate(spans):
        for cell_id, of_cell in zip(row["cell_ids"], mode, strict=False):
            if cell_id not in known:
                raise StateError(
                    f"cell {cell_id} of plan {plan.code} is not in the inventory any more",
                    hint="make a new plan",
                )
            cells.append(known[cell_id])
            sectors.append(number)
            nodes.append(row["node_id"])
            modes.append(of_cell)
    n_slots = stored.days * stored.slots_a_day
    return schedule_of(
        plan=plan.code,
        start_at=stored.start_at,
        slot_s=stored.slot_s,
        cells=cells,
        sector=np.array(sectors, np.int64),
        node_id=np.array(nodes, np.int64),
        mode=np.array(modes, np.int8).reshape(-1, n_slots),
        more_links=_neighbours(stored),
    )


def _cells(site_ids: Iterable[int], stored: StoredPlan, as_of: datetime | None) -> dict[str, Cell]:
    names = ["cell_id", "element_dn", "cell_dn", "rat"]
    held = network(at_date=stored.first_date, as_of=as_of, site_ids=set(site_ids))
    rows = held.cells.select(names).to_pylist()
    return {
        row["cell_id"]: Cell(row["cell_id"], row["element_dn"], row["cell_dn"], row["rat"] == "nr")
        for row in rows
    }


def _neighbours(stored: StoredPlan) -> list[tuple[str, str]]:
    relation = read("cell_neighbours")
    if not relation.files:
        return []
    rows = query(_NEIGHBOURS.format(day=stored.first_date), {"cell_neighbours": relation})
    return list(zip(rows["neighbour_id"].to_pylist(), rows["cell_id"].to_pylist(), strict=True))

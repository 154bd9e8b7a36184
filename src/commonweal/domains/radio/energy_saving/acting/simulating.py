"""The simulator for a plan of generated cells."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.domains.radio.energy_saving.acting.simulator import Faults, Simulator
from commonweal.domains.radio.network import synthetic
from commonweal.domains.radio.network.inventory import network
from commonweal.domains.radio.network.synthetic.cells import products
from commonweal.engines.radio.sectors import Demand, Rules
from commonweal.errors import StateError
from commonweal.kernel.org.selectors import subtree_ids

if TYPE_CHECKING:
    from datetime import date

    from commonweal.domains.radio.energy_saving.acting.schedule import Schedule
    from commonweal.domains.radio.energy_saving.models import Plan

_DAY_S: Final = 86_400


def simulator_of(
    plan: Plan,
    schedule: Schedule,
    *,
    seed: int,
    first_date: date | None = None,
    faults: Faults | None = None,
) -> Simulator:
    """Return the simulator of a generated network on the days of a plan.

    Args:
        plan: The plan's record.
        schedule: Its schedule.
        seed: Of the generated network, the same as its cells and history were made with.
        first_date: The day on which its history begins; the plan's first if None.
        faults: What goes wrong.

    Raises:
        StateError: Some cells have a radio unit that the generated network does not know.
    """
    table = _table(plan)
    known = {row["ru_model"] for row in products().to_pylist()}
    if strange := set(table["ru_model"].to_pylist()) - known:
        raise StateError(
            f"the simulator does not know the radio unit {min(strange)!r}",
            hint="it simulates generated networks alone; act with `--adapter files`",
        )
    begin = first_date or plan.plan_date
    slots_a_day = _DAY_S // schedule.slot_s
    before = (plan.plan_date - begin) // timedelta(days=1)
    keys = list(zip(table["site_id"].to_pylist(), table["sector"].to_pylist(), strict=True))
    lte, nr = synthetic.demand(
        len(dict.fromkeys(keys)),
        before + plan.days,
        slots_a_day,
        seed=seed,
        first_weekday=begin.weekday(),
    )
    parts = (np.ascontiguousarray(each[:, before:].reshape(len(each), -1)) for each in (lte, nr))
    rules = Rules(slot_h=schedule.slot_s / 3600)
    return Simulator(schedule, table, Demand(*parts), seed, faults or Faults(), rules)


def _table(plan: Plan) -> pa.Table:
    """Return the plan's cells as the generated network lays them out: by site, sector, band."""
    below = network(at_date=plan.plan_date, node_ids=subtree_ids(plan.node.code, plan.plan_date))
    cells = below.cells
    order = [row["ru_model"] for row in products().to_pylist()]
    models = cells["ru_model"].cast(pa.string())
    rank = pc.fill_null(pc.index_in(models, value_set=pa.array(order)), len(order))
    sectors = below.sectors["site_code"].cast(pa.string()).take(pa.array(below.cell_sector))
    keyed = cells.append_column("rank", rank).append_column("site_code", sectors)
    keys = [(name, "ascending") for name in ("site_code", "sector", "rank")]
    found = keyed.take(pc.sort_indices(keyed, sort_keys=keys))
    plain = {
        name: found[name].cast(pa.string())
        if pa.types.is_dictionary(found[name].type)
        else found[name]
        for name in found.column_names
    }
    return pa.table(plain)

"""A plan in the register and in the store, approved by other people than who made it."""

from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa

from commonweal.domains.radio.energy_saving.planning.policy import policy_read
from commonweal.domains.radio.energy_saving.planning.store import (
    MANIFEST,
    SCHEMA,
    file_sha256,
    plan_digest,
    plan_read,
    plans_folder,
)
from commonweal.domains.radio.energy_saving.planning.writing import ProvinceWriter, manifest_write
from commonweal.domains.radio.network.inventory import network
from commonweal.engines.radio.sectors import Mode
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.accounts.scopes import Principal, Scope
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_open
from tests.domains.radio import world
from tests.domains.radio.acting.world import N_SLOTS, NIGHT

DAY = date(2024, 12, 10)


def scope(name):
    return Scope(f"test:{name}", (Principal(None, name, dict.fromkeys(Role.values)),))


LIN, WANG, CHEN = map(scope, ("lin", "wang", "chen"))


def store(code="p1", *, days=1, mode=Mode.DEEP_SLEEP, kept=None):
    """Store a plan in which all that may sleep sleeps at night; return it."""
    grid = network(at_date=DAY)
    cells = grid.cells.to_pylist()
    rows = []
    for at, sector in enumerate(grid.sectors.to_pylist()):
        mine = [cells[i] for i in np.flatnonzero(grid.cell_sector == at)]
        for day in range(days):
            modes = np.zeros((len(mine), N_SLOTS), np.int8)
            for layer, cell in enumerate(mine):
                free = cell["role"] == "booster" and cell["protected"] == "no"
                if free and cell["partner_sleep"] != "vetoed" and not kept:
                    modes[layer, NIGHT] = mode
            rows.append(
                {
                    "day": date.fromordinal(DAY.toordinal() + day),
                    "site_id": sector["site_id"],
                    "site_code": sector["site_code"],
                    "sector": sector["sector"],
                    "node_id": sector["node_id"],
                    "cell_ids": [cell["cell_id"] for cell in mine],
                    "modes": modes.ravel().tolist(),
                    "expected_wh": 100.0,
                    "is_holdout": kept == "holdout",
                    "kept_awake": kept,
                    "changes": 2,
                }
            )
    folder = plans_folder() / code
    with ProvinceWriter(folder / "GD.parquet", inputs_sha256="x") as writer:
        writer.add(pa.Table.from_pylist(rows, schema=SCHEMA))
    part = {"code": "GD", "inputs_sha256": "x", "file_sha256": file_sha256(folder / "GD.parquet")}
    document = {
        "plan_date": DAY.isoformat(),
        "days": days,
        "slots_a_day": N_SLOTS,
        "node": "all",
        "policy": policy_read(slots_a_day=24).model_dump(mode="json", by_alias=True),
        "as_of": world.NOW.isoformat(),
        "provinces": [part],
        "totals": {"n_sites": 2, "n_sectors": grid.n_sectors},
    }
    manifest_write(folder, document | {"sha256": plan_digest(document)})
    assert (folder / MANIFEST).exists()
    return plan_read(code)


def opened(stored):
    """Open the plan's record as a draft."""
    values = {
        "plan_date": stored.first_date,
        "days": stored.days,
        "quantile": Decimal("0.95"),
        "n_sites": 2,
        "n_sectors": 6,
        "expected_kwh": Decimal(1),
        "all_on_kwh": Decimal(10),
        "gap_share": Decimal(0),
        "unserved_share": Decimal(0),
        "folder": stored.code,
        "plan_sha256": stored.sha256,
    }
    kind = record_type("energy_saving.plan")
    return record_open(kind, node="all", values=values, scope=LIN, now=world.NOW)


def act(record, action, by, comment=""):
    return record_act(record, action, scope=by, now=world.NOW, comment=comment).record


def active(stored):
    """Have the plan proposed, approved and activated by three people."""
    plan = act(act(opened(stored), "propose", LIN), "approve", WANG)
    return act(plan, "activate_unmetered", CHEN, comment="a test without meters")

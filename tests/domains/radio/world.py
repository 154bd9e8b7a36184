"""A small operator with a radio network: two provinces, generated cells, reports in the lake."""

from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonweal.domains.radio.network import synthetic
from commonweal.engines.radio.sectors import Demand, Rules
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.accounts.scopes import Principal, Scope
from commonweal.kernel.org.services.nodes import node_create
from commonweal.kernel.org.services.sites import site_create
from commonweal.kernel.records.intake import source_ingest
from commonweal.periods import business_midnight

NOW = datetime(2024, 12, 9, 20, 0, tzinfo=UTC)
BEGAN = date(2024, 1, 1)
SEED = 5
_SPANS = {"actor": "test", "now": NOW, "from_date": BEGAN}


def scope(name="planner"):
    """Somebody with every role everywhere."""
    return Scope(f"test:{name}", (Principal(None, name, dict.fromkeys(Role.values)),))


def organisation(**sites_by_province):
    """Create a group, its provinces, and sites of each; return their codes in order."""
    codes = []
    names = dict.fromkeys(("zh-hant", "zh-hans", "en"), "x")
    node_create(code="all", kind="group", place="CN", names=names, **_SPANS)
    for province, n_sites in sorted(sites_by_province.items()):
        place = f"CN-{province}"
        spans = _SPANS | {"parent": "all"}
        node_create(code=province, kind="province", place=place, names=names, **spans)
        for number in range(1, n_sites + 1):
            code = f"S-{province}-{number:06d}"
            site_create(code=code, kind="macro", node=province, place=place, **_SPANS)
            codes.append(code)
    return codes


def take(dataset, rows, folder, *, now=NOW):
    """Ingest rows; every one of them has to be accepted."""
    rows = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows)
    path = folder / f"{dataset}-{rows.num_rows}-{abs(hash(str(rows.slice(0, 1))))}.parquet"
    pq.write_table(rows, path)
    done = source_ingest(dataset, path, actor="test", now=now)
    assert (done.n_accepted, done.n_rejected) == (rows.num_rows, 0)


def cells(codes, folder, **changes):
    """Generate cells of these sites and take them; ``changes`` are columns by cell id."""
    made = synthetic.cells(codes, seed=SEED, from_date=BEGAN).to_pylist()
    rows = pa.Table.from_pylist([row | changes.get(row["cell_id"], {}) for row in made])
    take("radio_cells", rows, folder)
    return rows


def report(rows, folder, *, first_date, n_days, slots_a_day=24, missing=(), modes=None):
    """Generate what these cells count with every layer on, and take it; return true demand.

    ``missing`` are cells that report nothing.
    """
    layers = synthetic.true_layers(rows, seed=SEED)
    demand = Demand(
        *(
            each.reshape(layers.n_sectors, -1)
            for each in synthetic.demand(
                layers.n_sectors,
                n_days,
                slots_a_day,
                seed=SEED,
                first_weekday=first_date.weekday(),
            )
        )
    )
    if modes is None:
        modes = np.zeros((*layers.present.shape, n_days * slots_a_day), np.int8)
    counters, power = synthetic.reports(
        synthetic.sectors(rows),
        layers,
        demand,
        modes,
        Rules(slot_h=24 / slots_a_day),
        start_at=business_midnight(first_date),
        seed=SEED,
    )
    silent = rows.filter(pc.is_in(rows["cell_id"], pa.array(missing, pa.string())))
    names = pc.binary_join_element_wise(silent["element_dn"], silent["cell_dn"], "|")
    counted = pc.binary_join_element_wise(counters["element_dn"], counters["cell_dn"], "|")
    counters = counters.filter(pc.invert(pc.is_in(counted, names)))
    take("cell_counters", counters, folder)
    take("element_power", power, folder)
    return layers, demand

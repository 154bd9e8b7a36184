"""A small operator with a radio network: two provinces, generated cells, reports in the lake."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq

from commonweal.domains.radio.network.synthetic.cells import cells as cells_made
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.accounts.scopes import Principal, Scope
from commonweal.kernel.org.services.nodes import node_create
from commonweal.kernel.org.services.sites import site_create
from commonweal.kernel.records.intake import source_ingest

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


def take(dataset, rows, folder):
    """Ingest rows; every one of them has to be accepted."""
    rows = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows)
    path = folder / f"{dataset}-{rows.num_rows}-{abs(hash(str(rows.slice(0, 1))))}.parquet"
    pq.write_table(rows, path)
    done = source_ingest(dataset, path, actor="test", now=NOW)
    assert (done.n_accepted, done.n_rejected) == (rows.num_rows, 0)


def cells(codes, folder, **changes):
    """Generate cells of these sites and take them; ``changes`` are columns by cell id."""
    made = cells_made(codes, seed=SEED, from_date=BEGAN).to_pylist()
    rows = pa.Table.from_pylist([row | changes.get(row["cell_id"], {}) for row in made])
    take("radio_cells", rows, folder)
    return rows

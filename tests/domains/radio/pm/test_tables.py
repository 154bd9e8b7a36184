"""NetData, exported tables, and the inventory by its template."""

from datetime import UTC, datetime, timedelta

import pytest

from commonweal.domains.radio.network.pm.counters import counter_mapping
from commonweal.domains.radio.network.pm.ingesting import pm_files, pm_ingest
from commonweal.domains.radio.network.pm.tabular import tabular_ingest
from commonweal.errors import InputError
from commonweal.kernel.records.intake import source_ingest
from commonweal.lake.models import Source
from commonweal.lake.query import query
from commonweal.lake.rejects import rejects_read
from commonweal.lake.templates import template_write
from commonweal.lake.views import read
from tests.domains.radio import world

pytestmark = pytest.mark.django_db

NETDATA = """\
B1,C1,2022-05-18 00:00:00,12.5,1000,3,100,200,0,1800000,0
B1,C2,2022-05-18 00:00:00,2.5,500,1,100,150,0,0,0
B1,C1,2022/05/18 00:30,,,,,,,,
B2,C9,2022-05-18 00:30,102,500,1,50,150,0,0,-1
B2,,2022-05-18 00:30,2,500,1,50,150,0,0,0
B2,C9,soon,2,500,1,50,150,0,0,0
"""


def rows(dataset):
    found = query("SELECT * FROM t ORDER BY ALL", {"t": read(dataset)}).to_pylist()
    return [{name: value for name, value in row.items() if value is not None} for row in found]


@pytest.mark.parametrize("header", ["", "bs,cell,time,prb,traffic,users,bbu,rru,ch,ca,ds\n"])
def test_netdata_gives_counters_of_cells_and_energy_of_stations(header, tmp_path, now):
    path = tmp_path / "4g.csv"
    path.write_text(header + NETDATA)
    told = pm_ingest(
        pm_files([tmp_path], kind="netdata"),
        mapping=counter_mapping(),
        actor="test",
        now=now,
        kind="netdata",
    )
    first, silent, second, other = rows("cell_counters")
    assert first["start_at"] == datetime(2022, 5, 17, 16)  # noqa: DTZ001 - as stored
    assert (first["prb_dl_share"], first["volume_dl_mbit"], first["carrier_off_s"]) == (
        0.125,
        8,
        1800,
    )
    assert (second["cell_dn"], second["users_mean"]) == ("C2", 1.0)
    assert "prb_dl_share" not in silent
    assert "prb_dl_share" not in other
    energy = {(row["element_dn"], row["energy_kwh"]) for row in rows("element_power")}
    assert energy == {("B1", 0.45), ("B2", 0.2)}  # the baseband unit once
    assert told.by_rule == {"instant": 2, "maximum": 1, "minimum": 1}
    assert first["source_row"] == (2 if header else 1)


def test_a_half_hour_of_netdata_that_is_more_than_a_day_ahead_is_refused(tmp_path):
    path = tmp_path / "4g.csv"
    path.write_text(
        "B1,C1,2022-05-18 00:00,1,1,1,1,1,0,0,0\n"
        "B1,C1,2022-05-18 00:30,1,1,1,1,1,0,0,0\n"
        "B1,C1,2122-05-18 00:00,1,1,1,1,1,0,0,0\n"
    )
    now = datetime(2022, 5, 16, 16, 30, tzinfo=UTC)  # half past midnight of the day before
    told = pm_ingest([path], mapping=counter_mapping(), actor="t", now=now, kind="netdata")
    assert [row["source_row"] for row in rows("cell_counters")] == [1]
    assert len(rows("element_power")) == 1
    assert told.by_rule == {"future": 2}
    reject = rejects_read(Source.objects.get(dataset="cell_counters")).to_pylist()[1]
    assert reject["sentence"].endswith(
        "the end of the half hour from '2122-05-18 00:00' is more than a day after"
        " 2022-05-16T16:30:00+00:00, when it was read"
    )


def test_a_table_that_is_no_netdata_is_refused(tmp_path, now):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    told = pm_ingest([path], mapping=counter_mapping(), actor="t", now=now, kind="netdata")
    assert told.by_rule == {"not_netdata": 1}
    (reject,) = rejects_read(Source.objects.get(dataset="cell_counters")).to_pylist()
    assert "no table of 11 columns" in reject["sentence"]


def test_one_export_fills_both_datasets_by_two_mappings(tmp_path, now):
    export = tmp_path / "export.csv"
    export.write_text("网元,小区,时间,流量,电量\nE1,C1,2024-11-01 10:00,52000,0.7\n")
    cells, power = tmp_path / "cells.toml", tmp_path / "power.toml"
    common = 'timezone = "Asia/Shanghai"\nconstants = { duration_s = 3600, suspect = "no" }\n'
    of_element = 'element_dn = "网元"\nstart_at = "时间"\n'
    cells.write_text(
        f'dataset = "cell_counters"\n{common}[columns]\n{of_element}'
        'cell_dn = "小区"\nvolume_dl_mbit = "流量"\n'
    )
    power.write_text(
        f'dataset = "element_power"\n{common}[columns]\n{of_element}energy_kwh = "电量"\n'
    )
    seen = tabular_ingest([export], mappings=[cells, power], actor="t", now=now, dry_run=True)
    assert not Source.objects.exists()
    told = tabular_ingest([export], mappings=[cells, power], actor="t", now=now)
    assert [each.document() for each in seen] == [each.document() for each in told]
    assert rows("cell_counters")[0]["volume_dl_mbit"] == 52000
    assert rows("element_power")[0]["energy_kwh"] == 0.7
    cells.write_text(common)
    with pytest.raises(InputError, match="names no dataset"):
        tabular_ingest([export], mappings=[cells], actor="t", now=now)


def test_the_inventory_s_template_is_read_back(tmp_path):
    world.organisation(GD=1)
    path = template_write("radio_cells", tmp_path / "cells.csv")
    header, example = path.read_text("utf-8-sig").splitlines()[:2]
    cells = example.split(",", 1)[1]
    path.write_text(f"{header}\nS-GD-000001,{cells}\n", "utf-8")
    done = source_ingest("radio_cells", path, actor="t", now=world.NOW)
    assert (done.n_accepted, done.n_rejected) == (1, 0)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"partner": None}, "partner_named"),
        ({"role": "coverage", "partner_sleep": "allowed"}, None),
        ({"partner": None, "partner_share": None, "partner_sleep": None}, None),
        ({"element_dn": "E", "cell_dn": "C"}, None),
    ],
)
def test_what_is_said_of_a_partner_belongs_together(change, rule, tmp_path):
    import pyarrow as pa  # noqa: PLC0415 - with its rows
    import pyarrow.parquet as pq  # noqa: PLC0415

    codes = world.organisation(GD=1)
    row = world.cells(codes, tmp_path).to_pylist()[0]
    shared = {"partner": "China Telecom", "partner_share": 0.5, "partner_sleep": "allowed"}
    path = tmp_path / "one.parquet"
    schema = pa.Table.from_pylist([row | shared]).schema
    pq.write_table(pa.Table.from_pylist([row | shared | change], schema), path)
    done = source_ingest("radio_cells", path, actor="t", now=world.NOW + timedelta(1))
    assert done.n_rejected == (rule is not None)
    if rule:
        assert rejects_read(done.source).to_pylist()[0]["rule"] == rule


def test_a_cell_is_no_neighbour_of_itself(tmp_path):
    path = tmp_path / "n.csv"
    path.write_text(
        "cell_id,neighbour_id,from_date,covered_share\nA,A,2024-01-01,1\nA,B,2024-01-01,1\n"
    )
    done = source_ingest("cell_neighbours", path, actor="t", now=datetime(2024, 1, 1, tzinfo=UTC))
    assert (done.n_accepted, done.n_rejected) == (1, 1)

"""Performance files into the lake: each once, a bad one not in the way, every row with its file."""

import gzip
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest
from django.db import connection

from commonweal.domains.radio.models import PerformanceFile
from commonweal.domains.radio.network.pm import ingesting
from commonweal.domains.radio.network.pm.counters import counter_mapping
from commonweal.domains.radio.network.pm.ingesting import file_of, pm_files, pm_ingest
from commonweal.errors import DefinitionError, InputError
from commonweal.kernel.records.models import Event
from commonweal.lake.models import Segment, Source
from commonweal.lake.query import query
from commonweal.lake.rejects import rejects_read
from commonweal.lake.views import read
from tests.domains.radio.pm.writing import Info, Row, pm_file

pytestmark = pytest.mark.django_db
ELEMENT = "ManagedElement=gnb-001"
CELL = "GNBDUFunction=1,NRCellDU=1"
AT = datetime(2026, 3, 1, 2, 0)  # noqa: DTZ001 - UTC as the lake stores it


@pytest.fixture
def now():
    """An hour after the files were written."""
    return datetime(2026, 3, 1, 3, 15, tzinfo=UTC)


def prb(value, *, element=ELEMENT, cell=CELL, **info):
    return Info(element, [Row(cell, {"RRU.PrbTotDl": value})], **info)


def put(tmp_path, name, infos, form=None):
    path = tmp_path / name
    path.write_bytes(infos if isinstance(infos, bytes) else pm_file(infos, form))
    return path


def take(paths, now, **options):
    options.setdefault("mapping", counter_mapping())
    return pm_ingest(list(paths), actor="test", now=now, **options)


def rows(dataset="cell_counters"):
    found = query("SELECT * FROM t ORDER BY ALL", {"t": read(dataset)}).to_pylist()
    return [{name: value for name, value in row.items() if value is not None} for row in found]


def values(dataset="cell_counters"):
    """Rows without where they came from."""
    lineage = {"month", "source_key", "source_row"}
    return [{k: v for k, v in row.items() if k not in lineage} for row in rows(dataset)]


def test_counters_become_columns_with_their_units(tmp_path, now):
    cell = {
        "RRU.PrbDl": "23",  # its name since Release 19
        "RRU.PrbTotUl": "7.5",
        "DRB.PdcpSduVolumeDL": "52000",
        "RRC.ConnMean": "14.2",
        "RRC.ConnEstabAtt.mo-Data": "3",
        "RRC.ConnEstabAtt.mt-Access": "4",
        "VS.Temperature": "55",
    }
    power = {"PEE.Energy": "0.2031", "PEE.AvgPower": "812.4", "PEE.Voltage": "53.5"}
    infos = [Info(ELEMENT, [Row(CELL, cell)]), Info(ELEMENT, [Row(ELEMENT, power)])]
    told = take([put(tmp_path, "a.xml", infos)], now)
    begin = {"element_dn": ELEMENT, "start_at": AT, "duration_s": 900, "suspect": "no"}
    assert values() == [
        {
            **begin,
            "cell_dn": CELL,
            "prb_dl_share": 0.23,
            "prb_ul_share": 0.075,
            "volume_dl_mbit": 52000.0,
            "users_mean": 14.2,
            "rrc_attempts": 7.0,
        }
    ]
    power = {"energy_kwh": 0.2031, "mean_power_w": 812.4, "voltage_v": 53.5}
    assert values("element_power") == [begin | power]
    assert told.n_values == 10
    assert told.unknown == {"VS.Temperature": 1}


def test_a_total_counts_before_its_parts(tmp_path, now):
    cell = {"RRC.ConnEstabAtt.a": "3", "RRC.ConnEstabAtt.Sum": "9", "RRC.ConnEstabAtt.b": "4"}
    take([put(tmp_path, "a.xml", [Info(ELEMENT, [Row(CELL, cell)])])], now)
    assert values()[0]["rrc_attempts"] == 9.0


def test_relations_of_a_cell_add_up(tmp_path, now):
    relations = [
        Row(f"GNBCUCPFunction=1,NRCellCU=1,NRCellRelation={n}", {"MM.HoExeInterReq": str(n)})
        for n in (2, 5)
    ]
    take([put(tmp_path, "a.xml", [Info(ELEMENT, relations)])], now)
    (row,) = values()
    assert (row["cell_dn"], row["handover_attempts"]) == ("GNBCUCPFunction=1,NRCellCU=1", 7.0)


def test_infos_of_one_object_and_period_become_one_row(tmp_path, now):
    more = Info(ELEMENT, [Row(CELL, {"RRC.ConnMean": "3"}, suspect=True)])
    told = take([put(tmp_path, "a.xml", [prb("23"), more])], now)
    (row,) = values()
    assert (row["prb_dl_share"], row["users_mean"], row["suspect"]) == (0.23, 3.0, "yes")
    assert (told.n_rows["cell_counters"], told.n_merged) == (1, 1)


def test_missing_is_not_zero(tmp_path, now):
    silent = Row("NRCellDU=2", {"RRU.PrbTotDl": None})
    take([put(tmp_path, "a.xml", [Info(ELEMENT, [silent]), prb("0")])], now)
    assert [row.get("prb_dl_share") for row in values()] == [0.0, None]


def test_energy_is_of_the_element_and_follows_from_power_where_it_is_not_said(tmp_path, now):
    infos = [
        Info(ELEMENT, [Row("", {"PEE.AvgPower": "800"})]),
        Info("ManagedElement=2", [Row("EquipmentFunction=1,Board=3", {"PEE.Energy": "1"})]),
        Info("ManagedElement=3", [Row("ManagedElement=3", {"PEE.Voltage": "53"})]),
    ]
    told = take([put(tmp_path, "a.xml", infos)], now)
    assert [row["energy_kwh"] for row in values("element_power")] == [0.2]
    assert told.by_rule == {"pee_scope": 1, "no_energy": 1}


def test_a_running_register_is_told_from_energy_of_a_period(tmp_path, now, settings):
    infos = [Info(ELEMENT, [Row(ELEMENT, {"PEE.Energy": "51234.5", "PEE.AvgPower": "800"})])]
    path = put(tmp_path, "a.xml", infos)
    told = take([path], now)
    assert told.by_rule == {"register": 1}
    settings.HOME = tmp_path
    (tmp_path / "radio").mkdir()
    (tmp_path / "radio" / "counters.toml").write_text('[settings]\nenergy = "cumulative"\n')
    told = take([path], now + timedelta(1))
    assert told.by_rule == {}
    assert [row["energy_kwh"] for row in values("element_power")] == [0.2]


def test_ends_a_few_seconds_off_are_put_on_the_grid_and_others_refused(tmp_path, now):
    infos = [
        prb("1", ends="2026-03-01T10:15:04+08:00"),
        prb("2", cell="NRCellDU=2", ends="2026-03-01T02:29:58Z"),
        prb("3", cell="NRCellDU=3", ends="2026-03-01T10:20:00+08:00"),
        prb("4", cell="NRCellDU=4", ends="2026-03-01T10:15:00"),
        prb("5", cell="NRCellDU=5", ends="soon"),
        prb("6", cell="NRCellDU=6", duration_s=0),
    ]
    told = take([put(tmp_path, "a.xml", infos)], now)
    assert [row["start_at"] for row in values()] == [AT, AT + timedelta(minutes=15)]
    assert told.n_snapped == 2
    assert told.by_rule == {"off_grid": 1, "naive_instant": 1, "instant": 1, "duration": 1}
    rejects = rejects_read(Source.objects.get(dataset="cell_counters")).to_pylist()
    assert [row["source_row"] for row in rejects] == [3, 4, 5, 6]
    assert rejects[0]["sentence"] == (
        f"a.xml, {ELEMENT}, 1: endTime '2026-03-01T10:20:00+08:00' is 300 s off periods of 900 s"
    )


def test_a_period_that_ends_more_than_a_day_ahead_is_refused_and_the_others_are_taken(
    tmp_path, now
):
    infos = [
        prb("1"),
        prb("2", cell="NRCellDU=2", ends="2026-03-02T11:15:00+08:00"),  # a day ahead, and no more
        prb("3", cell="NRCellDU=3", ends="2026-03-02T11:30:00+08:00"),
        prb("4", cell="NRCellDU=4", ends="2126-03-01T10:15:00+08:00"),
    ]
    told = take([put(tmp_path, "a.xml", infos)], now)
    assert [row["start_at"] for row in values()] == [AT, AT + timedelta(days=1, hours=1)]
    assert told.by_rule == {"future": 2}
    rejects = rejects_read(Source.objects.get(dataset="cell_counters")).to_pylist()
    assert [row["source_row"] for row in rejects] == [3, 4]
    assert rejects[1]["value"] == "2126-03-01T10:15:00+08:00"
    assert rejects[1]["sentence"] == (
        f"a.xml, {ELEMENT}, 1: endTime '2126-03-01T10:15:00+08:00' is more than a day after"
        " 2026-03-01T03:15:00+00:00, when it was read"
    )
    assert rejects[1]["hint"] == "set the element's clock right and send the period again"


def test_an_element_whose_clock_is_hours_off_is_told(tmp_path, now):
    infos = [prb("1"), prb("2", element="ManagedElement=2", ends="2026-03-01T15:15:00+08:00")]
    told = take([put(tmp_path, "a.xml", infos)], now)
    assert told.shifted == {"ManagedElement=2": 5.0}


def test_values_beyond_their_limits_are_refused_and_the_row_stands(tmp_path, now):
    cell = {"RRU.PrbTotDl": "100.5", "RRC.ConnMean": "3,4", "RRU.PrbTotUl": "12"}
    told = take([put(tmp_path, "a.xml", [Info(ELEMENT, [Row(CELL, cell)])])], now)
    (row,) = values()
    assert (row["prb_ul_share"], "prb_dl_share" in row, "users_mean" in row) == (0.12, False, False)
    assert told.by_rule == {"maximum": 1, "number": 1}
    (source,) = Source.objects.filter(dataset="cell_counters")
    number, beyond = rejects_read(source).to_pylist()
    assert (number["column"], number["value"]) == ("users_mean", "3,4")
    assert json.loads(number["raw"]) == {
        "file": "a.xml",
        "element": ELEMENT,
        "object": CELL,
        "counter": "RRC.ConnMean",
        "value": "3,4",
    }
    assert beyond["sentence"].endswith("1.005 is above 1")


def test_a_later_file_corrects_an_earlier_one_in_one_call_or_two(tmp_path, now):
    first = put(tmp_path, "1.xml", [prb("10"), prb("11", cell="NRCellDU=2")])
    second = put(tmp_path, "2.xml", [prb("20")])
    told = take([first, second], now)
    assert told.n_merged == 1
    assert [row["prb_dl_share"] for row in values()] == [0.2, 0.11]
    take([put(tmp_path, "3.xml", [prb("30")])], now + timedelta(1))
    assert [row["prb_dl_share"] for row in values()] == [0.3, 0.11]


def test_of_two_lengths_that_begin_together_the_shorter_counts(tmp_path, now):
    hour = prb("50", duration_s=3600, ends="2026-03-01T11:00:00+08:00")
    told = take([put(tmp_path, "a.xml", [hour, prb("10"), prb("12", cell="NRCellDU=2")])], now)
    assert [(row["prb_dl_share"], row["duration_s"]) for row in values()] == [
        (0.1, 900),
        (0.12, 900),
    ]
    assert told.by_rule == {"longer_period": 1}


def test_the_same_bytes_are_read_once_under_any_name(tmp_path, now):
    path = put(tmp_path, "a.xml", [prb("10")])
    take([path], now)
    again = put(tmp_path, "b.xml", path.read_bytes())
    told = take([path, again, put(tmp_path, "c.xml", [prb("11", cell="NRCellDU=2")])], now)
    assert (told.n_files, told.n_known, told.n_values) == (3, 2, 1)
    assert len(rows()) == 2
    assert Event.objects.filter(record_type="lake.source").count() == 4  # two sources, twice


def test_a_dry_run_adds_nothing(tmp_path, now):
    told = take([put(tmp_path, "a.xml", [prb("10")])], now, dry_run=True)
    assert told.n_values == 1
    assert not Source.objects.exists()


def test_a_bad_file_is_kept_as_rejected_and_the_others_are_taken(tmp_path, now):
    good = [put(tmp_path, f"{n}.xml", [prb(str(n), cell=f"NRCellDU={n}")]) for n in (1, 3)]
    bad = put(tmp_path, "2.xml.gz", gzip.compress(pm_file([prb("2")]))[:-20])
    told = take([good[0], bad, good[1]], now)
    assert list(told.refused) == [str(bad)]
    assert len(rows()) == 2
    assert PerformanceFile.objects.exclude(refused="").get().name == "2.xml.gz"
    (reject,) = rejects_read(Source.objects.get(dataset="cell_counters")).to_pylist()
    assert reject["rule"] == "damaged"
    assert take([bad], now + timedelta(1)).n_known == 1


def test_a_row_leads_to_its_file(tmp_path, now):
    paths = [
        put(tmp_path, f"{n}.xml", [prb("1", cell=f"NRCellDU={n}"), prb("2", cell=f"NRCellDU=1{n}")])
        for n in range(4)
    ]
    power = put(tmp_path, "p.xml", [Info(ELEMENT, [Row("", {"PEE.Energy": "1"})])])
    take([*paths, power], now)
    found = {row["cell_dn"]: file_of(row["source_key"], row["source_row"]).name for row in rows()}
    assert {(dn[-1], name) for dn, name in found.items()} == {
        (str(n), f"{n}.xml") for n in range(4)
    }
    (row,) = rows("element_power")
    assert file_of(row["source_key"], row["source_row"]).name == "p.xml"
    assert file_of(7, 1) is None


def test_batches_and_jobs_change_nothing(tmp_path, now, monkeypatch):
    paths = [
        put(tmp_path, f"{n:02}.xml", [prb(str(n), cell=f"NRCellDU={n % 5}")]) for n in range(20)
    ]
    take(paths, now, n_jobs=1)
    told = values()
    assert [row["prb_dl_share"] for row in told] == [0.15, 0.16, 0.17, 0.18, 0.19]
    for model in (Segment, Source, PerformanceFile):
        model.objects.all().delete()
    assert values() == []
    monkeypatch.setattr(ingesting, "_BATCH_FILES", 3)
    take(paths, now, n_jobs=4)
    assert values() == told


def test_folders_are_read_in_the_order_of_names(tmp_path):
    (tmp_path / "b").mkdir()
    for name in ("b/2.xml", "b/1.xml.gz", "a.XML", "note.txt"):
        put(tmp_path, name, b"")
    assert [path.name for path in pm_files([tmp_path])] == ["a.XML", "1.xml.gz", "2.xml"]
    with pytest.raises(InputError, match="does not exist"):
        pm_files([tmp_path / "nowhere"])
    with pytest.raises(InputError, match="there are no performance files"):
        pm_files([tmp_path / "b" / ".."][:0])


def test_an_operator_s_counters_go_before_ours(tmp_path, now):
    (tmp_path / "radio").mkdir()
    own = """
        [[counters]]
        column = "carrier_off_s"
        names = ["VS.CarrierShutdown.Ms"]
        unit = "ms"
        [[counters]]
        column = "prb_dl_share"
        names = ["VS.Prb"]
        unit = "dimensionless"
        [[objects]]
        pattern = 'cell ([0-9]+)'
        cell = 'NRCellDU=\\1'
    """
    (tmp_path / "radio" / "ours.toml").write_text(own)
    mapping = counter_mapping("ours", home=tmp_path)
    cell = {"RRU.PrbTotDl": "10", "VS.Prb": "0.2", "VS.CarrierShutdown.Ms": "900"}
    take([put(tmp_path, "a.xml", [Info(ELEMENT, [Row("cell 7", cell)])])], now, mapping=mapping)
    (row,) = values()
    assert (row["cell_dn"], row["prb_dl_share"], row["carrier_off_s"]) == ("NRCellDU=7", 0.2, 0.9)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[[counters]]\ncolumn = "x"\nnames = ["A"]\nunit = "W"', "there is no such column"),
        ('[[counters]]\ncolumn = "energy_kwh"\nnames = ["A"]\nunit = "W"', "kWh"),
        ("[[objects]]\npattern = '('\ncell = ''", "object '\\('"),
        ('[settings]\ntimezone = "Mars"', "not a time zone"),
        ("[settings]\nnetdata_energy_unit = 'kg'", "netdata_energy_unit"),
    ],
)
def test_a_wrong_mapping_names_its_place(text, sentence, tmp_path):
    (tmp_path / "radio").mkdir()
    (tmp_path / "radio" / "counters.toml").write_text(text)
    with pytest.raises(DefinitionError, match=sentence):
        counter_mapping(home=tmp_path)
    with pytest.raises(InputError, match="there is no mapping 'other'"):
        counter_mapping("other", home=tmp_path)


RUN = """
import sys
import django; django.setup()
from datetime import UTC, datetime
from pathlib import Path
from commonweal.domains.radio.network.pm import ingesting
from commonweal.domains.radio.network.pm.counters import counter_mapping
ingesting._BATCH_FILES = 4
paths = ingesting.pm_files([Path(sys.argv[1])])
ingesting.pm_ingest(paths, mapping=counter_mapping(), actor="t", now=datetime.now(UTC),
    progress=lambda n: print(n, flush=True))
"""


@pytest.mark.skipif(connection.vendor != "sqlite", reason="copies a register of SQLite")
def test_a_killed_run_goes_on_with_the_files_that_are_not_in(tmp_path):
    home, files = tmp_path / "home", tmp_path / "files"
    home.mkdir()
    files.mkdir()
    for n in range(40):
        put(files, f"{n:02}.xml", [prb(str(n), cell=f"NRCellDU={n}")])
    with closing(sqlite3.connect(home / "commonweal.sqlite3")) as register:
        for statement in tables():
            register.execute(statement)
    settings = {"COMMONWEAL_HOME": str(home), "DJANGO_SETTINGS_MODULE": "commonweal.settings"}
    command, env = [sys.executable, "-c", RUN, files], os.environ | settings
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
        for _ in range(14):
            process.stdout.readline()
        process.kill()
    n_before, n_files = in_lake(home)
    assert n_before == n_files  # each a row
    assert n_before in range(0, 40, 4)
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
    assert in_lake(home) == (40, 40)


def tables():
    """The register's tables as statements: their fifty steps would take longer than the test."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE sql > '' AND name NOT LIKE 'sqlite_%'")
        return sorted(
            (sql for (sql,) in cursor.fetchall()), key=lambda sql: "TABLE" not in sql[:12]
        )


def in_lake(home):
    """Rows that are visible, and files that are listed, as another program sees them."""
    with closing(sqlite3.connect(home / "commonweal.sqlite3")) as register:
        (n_files,) = register.execute("SELECT count(*) FROM radio_performancefile").fetchone()
        paths = register.execute("SELECT path FROM lake_segment").fetchall()
    return sum(pq.read_metadata(home / "lake" / path).num_rows for (path,) in paths), n_files

"""The upkeep commands: what they print, what they exit with, what they leave alone."""

import json

import pytest
from typer.testing import CliRunner

from commonweal.cli.lake import app
from commonweal.lake.models import Segment
from commonweal.lake.verify import verify
from tests.lake.conftest import day


def run(*words):
    return CliRunner().invoke(app, list(words))


def test_status_counts_rows_files_and_corrected_months(commit):
    commit("a.csv", (1, 0, 1.0), (1, 900, 1.0), now=day(1))
    commit("b.csv", (1, 0, 2.0), now=day(2))
    shown = json.loads(run("status", "--json").stdout)["datasets"]
    (found,) = [each for each in shown if each["dataset"] == "meter_readings"]
    assert (found["n_sources"], found["n_rows"], found["n_files"]) == (2, 3, 3)
    assert (found["first_month"], found["last_month"]) == ("2024-01-01", "2024-02-01")
    assert found["n_corrected_months"] == 1
    assert "meter_readings" in run("status").stdout


@pytest.mark.parametrize("fault", ["missing", "differs"])
def test_verify_names_each_fault_and_exits_5(commit, lake_root, fault):
    commit("a.csv", (1, 0, 1.0), now=day(1))
    commit("b.csv", (2, 0, 1.0), now=day(1))
    sound = run("verify")
    assert sound.exit_code == 0
    assert "all as listed" in sound.stdout
    victim = Segment.objects.get(source__name="b.csv").path
    if fault == "missing":
        (lake_root / victim).unlink()
    else:
        content = bytearray((lake_root / victim).read_bytes())
        content[100] ^= 1
        (lake_root / victim).write_bytes(content)
    (found,) = [each for each in verify() if each.fault]
    assert found.path == victim
    assert fault in found.fault
    done = run("verify", "--json")
    assert done.exit_code == 5
    assert json.loads(done.stdout)["faults"] == [{"path": victim, "fault": found.fault}]


def test_compact_tells_what_it_did(commit):
    commit("a.csv", (1, 0, 1.0), now=day(1))
    commit("b.csv", (1, 0, 2.0), (1, 1, 2.0), (3, 0, 1.0), now=day(2))
    commit("c.csv", (2, 0, 2.0), now=day(2))
    assert "3 files to 1, 5 rows to 4" in run("compact", "meter_readings").stdout
    assert "nothing to do" in run("compact").stdout
    assert run("compact", "meters").exit_code == 3


def test_sweep_and_vacuum_only_show_unless_told_to_delete(commit, lake_root):
    commit("a.csv", (1, 0, 1.0), now=day(1))
    commit("b.csv", (2, 0, 2.0), now=day(2))
    orphan = lake_root / "meter_readings" / "2024-01" / "orphan.parquet"
    orphan.write_bytes(b"left behind")
    run("compact")
    n_files = len(list(lake_root.rglob("*.parquet")))
    for command in (("sweep", "--grace-hours", "0"), ("vacuum", "--retention-days", "0")):
        assert "nothing was deleted" in run(*command).stdout
        assert len(list(lake_root.rglob("*.parquet"))) == n_files
    swept = json.loads(run("sweep", "--grace-hours", "0", "--delete", "--json").stdout)
    assert swept["files"] == [str(orphan)]
    assert json.loads(run("sweep", "--delete", "--json").stdout)["files"] == []
    gone = json.loads(run("vacuum", "--retention-days", "0", "--delete", "--json").stdout)
    assert len(gone["files"]) == 2
    assert len(list(lake_root.rglob("*.parquet"))) == 1


def test_publish_prints_where_the_table_is(commit, tmp_path):
    commit("a.csv", (1, 0, 1.0), now=day(1))
    done = json.loads(run("publish", "meter_readings", str(tmp_path / "ice"), "--json").stdout)
    assert done["table"] == "commonweal.meter_readings"
    assert done["n_rows"] == 1
    commit("b.csv", (1, 0, 2.0), now=day(2))
    refused = run("publish", "meter_readings", str(tmp_path / "ice"))
    assert refused.exit_code == 5

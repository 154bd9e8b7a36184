"""``commonweal radio forecast``: a day ahead of a site or of all, and how past forecasts fared."""

import json
from datetime import date

import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from commonweal.cli.radio.forecast import app
from commonweal.domains.radio.network.inventory import network
from tests.domains.radio import world
from tests.domains.radio.traffic.reporting import reported

pytestmark = pytest.mark.django_db
DAY = date(2024, 12, 10)


def run(*arguments, code=0):
    done = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    assert done.exit_code == code, done.output
    return json.loads(done.stdout) if "--json" in arguments else done.output


@pytest.fixture
def net(tmp_path):
    codes = world.organisation(GD=2, GX=1)
    world.cells(codes, tmp_path)
    return network(at_date=DAY)


def test_a_day_is_told_by_hour_by_sector_and_in_a_file(net, tmp_path):
    lte, nr = reported(net, tmp_path, 28, until_date=DAY)
    found = run("--date", "2024-12-10", "--json")
    assert (found["n_sectors"], found["n_cold"]) == (net.n_sectors, 0)
    truth = (lte + nr)[:, -1].sum()
    assert sum(found["mean_mbit_s"]) == pytest.approx(truth, rel=0.3)
    assert all(np.array(found["kept_mbit_s"]) > np.array(found["mean_mbit_s"]))
    assert found["volume_tb"] == pytest.approx(sum(found["mean_mbit_s"]) * 3600 / 8e6)

    one = run("--date", "2024-12-10", "--site", "S-GX-000001", "--json")
    assert [each["sector"] for each in one["sectors"]] == [f"S-GX-000001/{n}" for n in (1, 2, 3)]
    by_hand = sum(np.sum(each["lte_mbit_s"]) + np.sum(each["nr_mbit_s"]) for each in one["sectors"])
    assert sum(one["mean_mbit_s"]) == pytest.approx(by_hand, rel=1e-5)
    province = run("--date", "2024-12-10", "--node", "GX", "--json")
    assert province["mean_mbit_s"] == one["mean_mbit_s"]

    said = run("--date", "2024-12-10", "--site", "S-GX-000001", "--slots", "96")
    assert "23:45" in said
    assert "S-GX-000001/3: " in said

    out = tmp_path / "day.parquet"
    run("--date", "2024-12-10", "--quantile", "0.9", "--out", str(out))
    rows = pq.read_table(out)
    assert rows.num_rows == net.n_sectors
    listed = np.array(rows["lte_expected_mbit_s"].to_pylist()) + np.array(
        rows["nr_expected_mbit_s"].to_pylist()
    )
    assert listed.sum() == pytest.approx(sum(found["mean_mbit_s"]), rel=1e-5)
    assert not list(tmp_path.glob("*.part"))


def test_past_forecasts_are_judged_by_class_from_what_was_known_before(net, tmp_path):
    reported(net, tmp_path, 31, until_date=DAY)
    found = run("--date", "2024-12-10", "--check", "3", "--json")["scores"]
    whole = found.pop("all")
    assert set(found) <= {"sparse", "medium", "dense"}
    assert sum(each["n_judged"] for each in found.values()) == whole["n_judged"]
    assert whole["n_judged"] == net.n_sectors * 3 * 24
    assert whole["error_share"] < 0.4
    assert "below 95%" in run("--date", "2024-12-10", "--check", "3")


def test_what_is_not_there_is_said(net):
    assert run("--date", "2024-12-10", "--json")["n_cold"] == net.n_sectors
    assert "too few reports" in run("--date", "2024-12-10", "--site", "S-GD-000001")
    said = run("--date", "2024-12-10", "--site", "S-XX-1", code=3)
    assert "no cell stands at S-XX-1 on 2024-12-10" in said
    assert "'tomorrow' is not a day" in run("--date", "tomorrow", code=3)
    assert "--quantile 95.0 is no share" in run("--date", "2024-12-10", "--quantile", "95", code=3)
    assert "could have missed" in run("--date", "2024-12-10", "--check", "3", code=3)

"""Planning from the lake to the store."""

from datetime import timedelta
from fcntl import LOCK_EX, flock
from itertools import chain

import numpy as np
import pytest

from commonweal.domains.radio.energy_saving.planning.auditing import audit_read, plan_audit
from commonweal.domains.radio.energy_saving.planning.inputs import explain_inputs
from commonweal.domains.radio.energy_saving.planning.recording import plan_open
from commonweal.domains.radio.energy_saving.planning.store import (
    plan_read,
    plans_folder,
    plans_stored,
)
from commonweal.errors import InputError, StateError
from tests.domains.radio import world
from tests.domains.radio.planning.conftest import DAY

pytestmark = pytest.mark.django_db


class Interrupted(BaseException):
    """The machine goes down."""


class Told:
    """Remembers what a run tells; goes down when a province begins."""

    def __init__(self, down_at=""):
        self.provinces, self.n_sectors, self.down_at = [], 0, down_at

    def begin(self, province, n_sectors):
        if province == self.down_at:
            raise Interrupted
        self.provinces.append((province, n_sectors))

    def advance(self, n_sectors):
        self.n_sectors += n_sectors


def test_a_night_is_planned_from_the_lake_and_saves_energy(build, run):
    codes, rows, _, _ = build()
    told = Told()
    stored = run(progress=told)
    totals = stored.document["totals"]
    assert (totals["n_sites"], totals["n_sectors"]) == (3, 9)
    assert 0.1 < totals["saving_share"] < 0.7
    assert 0 <= totals["gap_share"] < 0.05
    assert totals["unserved_share"] == pytest.approx(totals["unserved_anyway_share"], abs=1e-6)
    assert [row["quantile"] for row in totals["safety"]] == [0.5, 0.9, 0.95, 0.99]
    assert (told.provinces, told.n_sectors) == ([("GD", 6), ("GX", 3)], 9)
    found = stored.sectors()
    assert found.num_rows == 9
    assert sorted(chain(*found["cell_ids"].to_pylist())) == sorted(rows["cell_id"].to_pylist())
    assert set(stored.sectors("GX")["site_code"].to_pylist()) == {codes[2]}
    stored.check()
    assert plan_read(stored.code).sha256 == stored.sha256
    row = found.to_pylist()[0]
    assert stored.modes_of(row).shape == (len(row["cell_ids"]), 24)


def test_equal_inputs_give_equal_bytes_and_the_plan_that_is_there_already(build, run):
    build()
    first = run()
    again = run(now=world.NOW + timedelta(hours=5))
    assert (again.code, again.sha256) == (first.code, first.sha256)
    assert [each.code for each in plans_stored()] == [first.code]
    files = {path: path.read_bytes() for path in first.folder.glob("*.parquet")}
    for path in first.folder.iterdir():
        path.unlink()
    assert run().sha256 == first.sha256
    assert {path: path.read_bytes() for path in files} == files


def test_a_run_that_was_cut_off_keeps_the_provinces_it_finished(build, run):
    build()
    with pytest.raises(Interrupted):
        run(progress=Told(down_at="GX"))
    assert plans_stored() == ()
    (folder,) = plans_folder().iterdir()
    kept = folder / "GD.parquet"
    folder.joinpath("GX.partial").write_bytes(b"PAR1 half of a file")
    before = kept.stat().st_mtime_ns
    told = Told()
    stored = run(progress=told, now=world.NOW + timedelta(minutes=10))
    assert told.provinces == [("GD", 0), ("GX", 3)]
    assert kept.stat().st_mtime_ns == before
    assert sorted(path.name for path in stored.folder.iterdir()) == [
        "GD.parquet",
        "GX.parquet",
        "plan.json",
    ]
    assert stored.document["as_of"] == world.NOW.isoformat()
    stored.check()


def test_a_run_goes_on_with_what_was_known_when_it_began_but_not_the_next_day(build, run, tmp_path):
    build()
    with pytest.raises(Interrupted):
        run(progress=Told(down_at="GX"))
    late = world.NOW + timedelta(minutes=5)
    period = {"start_at": world.NOW - timedelta(days=3), "duration_s": 3600, "suspect": "no"}
    names = {"element_dn": "ManagedElement=late", "cell_dn": "GNBDUFunction=1,NRCellDU=1"}
    world.take("cell_counters", [names | period | {"volume_dl_mbit": 1.0}], tmp_path, now=late)
    for now, n_sectors in ((late + timedelta(minutes=5), 0), (late + timedelta(days=1), 6)):
        told = Told(down_at="GX")
        with pytest.raises(Interrupted):
            run(progress=told, now=now)
        assert told.provinces == [("GD", n_sectors)]


def test_two_runs_do_not_share_a_folder(build, run):
    build()
    with pytest.raises(Interrupted):
        run(progress=Told(down_at="GX"))
    (folder,) = plans_folder().iterdir()
    with folder.joinpath("run").open() as held:
        flock(held, LOCK_EX)
        with pytest.raises(StateError, match="another run is at work on plan"):
            run()


def test_a_dry_run_tells_and_leaves_nothing(build, run, home):
    build()
    assert run(is_dry=True).document["totals"]["n_sectors"] == 9
    assert list(home.joinpath("radio").iterdir()) == []


def test_days_follow_one_another_without_a_break(build, run):
    build()
    stored = run(days=3)
    rows = stored.sectors()
    assert rows["day"].to_pylist() == [DAY + timedelta(n) for n in range(3)] * 9
    for number, (row, mode) in enumerate(stored.spans(rows)):
        assert mode.shape == (len(row["cell_ids"]), 72)
        from_on = np.concatenate([np.zeros((len(mode), 1), np.int8), mode], axis=1)
        changes = (from_on[:, 1:] != from_on[:, :-1]).any(axis=0).sum()
        assert changes == sum(rows["changes"].to_pylist()[3 * number : 3 * number + 3])
    tuesday, wednesday = (stored.sectors(day=DAY + timedelta(n)) for n in range(2))
    assert tuesday.num_rows == wednesday.num_rows == 9
    assert stored.sectors(site="S-GX-000001", day=DAY).num_rows == 3


def test_a_plan_of_one_province_holds_that_province(build, run):
    build()
    stored = run(node="GX")
    assert stored.provinces == ("GX",)
    with pytest.raises(InputError, match="has no province 'GD'"):
        stored.sectors("GD")


def test_the_record_of_a_plan_is_a_draft_with_its_totals(build, run):
    build()
    stored = run()
    plan = plan_open(stored, scope=world.scope(), now=world.NOW)
    assert (plan.state, plan.node.code, plan.folder) == ("draft", "all", stored.code)
    assert (plan.n_sectors, plan.plan_sha256) == (9, stored.sha256)
    totals = stored.document["totals"]
    assert float(plan.expected_kwh) == pytest.approx(totals["expected_kwh"], abs=1e-3)
    assert plan_open(stored, scope=world.scope(), now=world.NOW).pk == plan.pk


def test_what_a_plan_rested_on_is_found_again(build, run):
    codes, _, _, _ = build()
    stored = run()
    found = explain_inputs(stored, [codes[0]], DAY)
    rows = stored.sectors(site=codes[0])
    assert (
        found.network.cell_id[0, : len(rows["cell_ids"][0])].tolist() == rows["cell_ids"][0].as_py()
    )
    planned_mbit = found.asked.planned.sum(axis=(0, 2), dtype=float) * 3600
    assert planned_mbit == pytest.approx(rows["demand_mbit"].to_numpy())


def test_a_file_that_was_changed_is_found_out(build, run):
    build()
    stored = run()
    path = stored.folder / "GX.parquet"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(StateError, match=r"GX.parquet of plan .* is missing or was changed"):
        stored.check()


def test_a_node_that_is_not_there_or_has_no_cells_is_told(build, run):
    build(GD=1)
    with pytest.raises(InputError, match="no organisation node 'XX'"):
        run(node="XX")
    world.scope()
    with pytest.raises(InputError, match="days=0"):
        run(days=0)
    assert not plans_folder().exists() or list(plans_folder().iterdir()) == []


def test_a_plan_that_is_not_stored_is_told(home):
    for code in ("nothing", "", "../nothing"):
        with pytest.raises(InputError, match="no plan"):
            plan_read(code)


def test_a_random_sample_costs_hardly_more_than_what_the_solver_finds(build, run):
    build()
    stored = run(days=2)
    found = plan_audit(stored, n_sectors=4)
    assert found["n"] == len({(row["site_code"], row["sector"]) for row in found["sectors"]}) == 4
    assert found["greatest_gap_share"] < 0.02
    for row in found["sectors"]:
        assert row["bound_wh"] <= row["exact_wh"] * (1 + 1e-6) <= row["cost_wh"] * (1 + 3e-6)
    assert audit_read(stored) == found
    stored.check()

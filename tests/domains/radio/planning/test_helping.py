"""Sectors without a coverage layer sleep where a neighbour carries for them, and nobody loses."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from commonweal.domains.radio.energy_saving.planning.auditing import plan_audit
from commonweal.domains.radio.energy_saving.planning.inputs import explain_inputs
from commonweal.domains.radio.network import synthetic
from commonweal.engines.radio.neighbours import leaned
from commonweal.engines.radio.replay import replay
from commonweal.engines.radio.sectors import Demand, Rules
from tests.domains.radio import world
from tests.domains.radio.planning.conftest import DAY, HISTORY_DAYS

pytestmark = pytest.mark.django_db
RATE_SHARE = 1.0


@pytest.fixture
def bare(db, home, tmp_path):
    """A function: third sectors lose their coverage cell, first sectors of the site may help."""

    def make(covered_share=1.0, *, days=1, missing=(), neighbours=True, **sites):
        codes = world.organisation(**(sites or {"GD": 3}))
        rows = synthetic.cells(codes, seed=world.SEED, from_date=world.BEGAN)
        gone = {f"{code}-3-{coverage_band(rows)}" for code in codes}
        rows = pa.Table.from_pylist([r for r in rows.to_pylist() if r["cell_id"] not in gone])
        world.take("radio_cells", rows, tmp_path)
        first = DAY - timedelta(HISTORY_DAYS)
        layers, demand = world.report(
            rows, tmp_path, first_date=first, n_days=HISTORY_DAYS + days, missing=missing
        )
        if neighbours:
            world.take("cell_neighbours", links(rows, codes, covered_share), tmp_path)
        return codes, rows, layers, demand

    return make


def coverage_band(rows):
    return next(row["band"] for row in rows.to_pylist() if row["role"] == "coverage")


def links(rows, codes, covered_share):
    """Every cell of a third sector can be served by the coverage cell of the first."""
    helper = {code: f"{code}-1-{coverage_band(rows)}" for code in codes}
    return [
        {
            "cell_id": row["cell_id"],
            "neighbour_id": helper[row["site_id"]],
            "from_date": world.BEGAN,
            "covered_share": covered_share,
        }
        for row in rows.to_pylist()
        if row["sector"] == "3"
    ]


def true_day(layers, demand):
    """The true demand of the plan's first day."""
    slots = slice(HISTORY_DAYS * 24, (HISTORY_DAYS + 1) * 24)
    return Demand(
        *(np.ascontiguousarray(x[:, slots]) for x in (demand.lte_mbit_s, demand.nr_mbit_s))
    )


def modes(stored, rows, layers):
    """What the plan does, laid out as the generated network."""
    grid = synthetic.sectors(rows)
    mode = np.zeros((*layers.present.shape, 24), np.int8)
    where = {str(name): at for at, name in np.ndenumerate(grid.cell_id) if name}
    for row, of_sector in stored.spans(stored.sectors()):
        for cell_id, of_cell in zip(row["cell_ids"], of_sector, strict=True):
            mode[where[cell_id]] = of_cell[:24]
    return mode


def test_bare_sectors_sleep_while_a_neighbour_lends_and_users_lose_nothing(bare, run):
    _, rows, layers, demand = bare(GD=3)
    stored = run(neighbour_rate_share=RATE_SHARE)
    totals = stored.document["totals"]
    of_bare = [row for row in stored.sectors().to_pylist() if row["sector"] == "3"]
    helped = [row for row in of_bare if row["helped_by"]]
    assert len(helped) == totals["n_helped"] >= 1
    assert len(of_bare) - len(helped) == totals["kept_awake"].get("no_coverage_layer", 0)
    assert {row["helped_by"] for row in helped} <= {f"{row['site_code']}/1" for row in of_bare}
    assert totals["expected_kwh"] < totals["expected_at_grid_kwh"] < 1.3 * totals["expected_kwh"]
    assert totals["helped_kwh"] == pytest.approx(sum(row["expected_wh"] for row in helped) / 1000)
    mode, truth = modes(stored, rows, layers), true_day(layers, demand)
    is_bare = np.arange(9) % 3 == 2
    asleep = ((mode >= 2) | ~layers.present[..., None]).all(axis=1)
    lent = np.array([row["lent"] or [False] * 24 for row in of_bare])
    assert asleep[is_bare].any()
    assert not (asleep[is_bare] & ~lent).any()
    assert not asleep[~is_bare].any()
    rules = Rules(slot_h=1.0)
    helper = np.where(is_bare, np.arange(9) - 2, -1)
    moved = leaned(layers, truth, mode, rules, helper, rate_share=RATE_SHARE)
    with_help = replay(layers, moved, mode, rules)
    alone = mode.copy()
    alone[is_bare] = 0
    without = replay(layers, truth, alone, rules)
    assert with_help.saving_share > without.saving_share + 0.01
    assert with_help.unserved_mbit <= without.unserved_mbit + 1e-4 * without.asked_mbit


def test_without_a_neighbour_that_reaches_nearly_all_a_bare_sector_stays_awake(bare, run):
    bare(covered_share=0.9)
    totals = run().document["totals"]
    assert (totals["n_helped"], totals["helped_kwh"]) == (0, 0)
    assert totals["kept_awake"]["no_coverage_layer"] == 3
    lowered = run(neighbour_least_share=0.9, neighbour_rate_share=1.0).document["totals"]
    assert lowered["n_helped"] > 0
    assert lowered["unserved_share"] > totals["unserved_share"]


def test_days_of_help_follow_one_another_and_are_audited_and_explained(bare, run):
    bare(days=2)
    stored = run(days=2, neighbour_rate_share=1.0)
    row = next(row for row in stored.sectors().to_pylist() if row["helped_by"])
    of_site = explain_inputs(stored, [row["site_code"]], row["day"])
    at = of_site.network.text("sector").tolist().index(row["sector"])
    assert of_site.layers.allowed[at, :, 2:].any()
    found = plan_audit(stored, n_sectors=9)
    assert row["site_code"] in {
        each["site_code"] for each in found["sectors"] if each["sector"] == "3"
    }
    assert found["greatest_gap_share"] < 0.02
    for each in found["sectors"]:
        assert each["bound_wh"] <= each["exact_wh"] * (1 + 1e-6) <= each["cost_wh"] * (1 + 3e-6)


def test_more_is_known_of_neighbours_and_the_plan_is_made_anew(bare, run, tmp_path):
    codes, rows, _, _ = bare(neighbours=False)
    before = run(neighbour_rate_share=1.0)
    assert before.document["totals"]["n_helped"] == 0
    world.take("cell_neighbours", links(rows, codes, 1.0), tmp_path)
    later = world.NOW + timedelta(minutes=5)
    after = run(neighbour_rate_share=1.0, now=later)
    assert after.sha256 != before.sha256
    assert run(neighbour_rate_share=1.0, now=later).sha256 == after.sha256
    assert after.document["totals"]["n_helped"] > 0

"""Who never sleeps, whatever demand says: read from the stored files."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from commonweal.engines.radio.sectors import Mode
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_open
from commonweal.periods import business_midnight
from tests.domains.radio import world
from tests.domains.radio.planning.conftest import DAY

pytestmark = pytest.mark.django_db
SITE = "S-GD-000001"


def modes_by_cell(stored, **which):
    """What every cell of a plan does: cell id to modes by slot."""
    found = {}
    for row in stored.sectors(**which).to_pylist():
        found |= dict(zip(row["cell_ids"], stored.modes_of(row), strict=True))
    return found


def hold(node, cell_id="", *, from_at, until_at):
    values = {
        "cell_id": cell_id,
        "kind": "manual",
        "reason": "A fair",
        "from_at": from_at,
        "until_at": until_at,
    }
    kind = record_type("energy_saving.hold")
    return record_open(kind, node=node, values=values, scope=world.scope(), now=world.NOW)


def sleeps(modes):
    return bool((modes >= Mode.CARRIER_OFF).any())


def test_coverage_protected_and_vetoed_cells_never_sleep(build, run):
    protected, vetoed, free = f"{SITE}-1-n78", f"{SITE}-2-n78", f"{SITE}-3-n78"
    build(
        GD=1,
        changes={
            protected: {"protected": "yes"},
            vetoed: {"protected": "no", "partner": "P", "partner_sleep": "vetoed"},
            free: {
                "protected": "no",
                "partner": None,
                "partner_share": None,
                "partner_sleep": None,
            },
        },
    )
    found = modes_by_cell(run())
    assert found[free].any()
    for cell, modes in found.items():
        if cell.endswith("-b8") or cell in {protected, vetoed}:
            assert not modes.any(), cell


def test_a_sector_without_coverage_stays_awake_with_the_reason(build, run):
    build(GD=1, changes={f"{SITE}-1-b8": {"role": "booster"}})
    stored = run()
    reasons = {row["sector"]: row["kept_awake"] for row in stored.sectors().to_pylist()}
    assert reasons["1"] == "no_coverage_layer"
    assert not any(modes.any() for cell, modes in modes_by_cell(stored).items() if "-1-" in cell)
    assert stored.document["totals"]["findings"] == {"no_coverage_layer": 1}


def test_a_radio_unit_that_nobody_described_stays_on_and_is_told(build, run, tmp_path):
    _, rows, _, _ = build(GD=1)
    later = {"from_date": DAY, "ru_model": "mystery"}
    new = [row | later for row in rows.to_pylist() if row["band"] == "n78"]
    world.take("radio_cells", new, tmp_path)
    stored = run()
    found = modes_by_cell(stored)
    assert not any(modes.any() for cell, modes in found.items() if cell.endswith("-n78"))
    assert stored.document["totals"]["findings"] == {"unknown_ru_model": 1}
    (told,) = stored.document["provinces"][0]["summary"]["findings_first"]
    assert told[1:] == [
        "mystery",
        "radio unit mystery is in no ru_models.csv: its layers stay on, and their power is a guess",
    ]


def test_a_held_cell_is_awake_while_the_hold_lasts_and_a_lifted_hold_is_over(build, run):
    build(GD=1)
    cell = f"{SITE}-1-n78"
    free = modes_by_cell(run())[cell]
    asleep = np.flatnonzero(free >= Mode.CARRIER_OFF)
    assert len(asleep) > 2
    first = business_midnight(DAY) + timedelta(hours=int(asleep[0]))
    held = hold("GD", cell, from_at=first, until_at=first + timedelta(minutes=90))
    modes = modes_by_cell(run())[cell]
    assert not modes[asleep[0] : asleep[0] + 2].any()
    assert sleeps(modes)
    record_act(held, "lift", scope=world.scope(), now=world.NOW, comment="over")
    assert (modes_by_cell(run())[cell] == free).all()


def test_a_region_held_for_the_day_stays_awake_with_the_reason(build, run):
    build(GD=1, GX=1)
    begin = datetime(2024, 12, 9, 16, 0, tzinfo=UTC)  # midnight in the business calendar
    hold("GX", from_at=begin, until_at=begin + timedelta(days=1))
    stored = run()
    assert not any(modes.any() for modes in modes_by_cell(stored, province="GX").values())
    assert set(stored.sectors("GX")["kept_awake"].to_pylist()) == {"held"}
    assert set(stored.sectors("GD")["kept_awake"].to_pylist()) == {None}
    next_day = run(days=2).sectors("GX", day=DAY + timedelta(days=1))
    assert set(next_day["kept_awake"].to_pylist()) == {None}


def test_hold_outs_are_whole_sites_and_stay_awake(build, run):
    build(GD=6)
    stored = run(days=4, holdout_share=0.5)
    rows = stored.sectors().to_pylist()
    drawn = {}
    for row in rows:
        drawn.setdefault((row["site_code"], row["day"]), set()).add(row["is_holdout"])
        if row["is_holdout"]:
            assert not any(row["modes"])
            assert row["kept_awake"] == "holdout"
            assert row["expected_wh"] <= 1e-6  # it may still wake from the night before
            assert row["day"] > DAY or row["expected_wh"] == pytest.approx(0, abs=1e-6)
    assert {len(of_site) for of_site in drawn.values()} == {1}
    n_out = sum(of_site == {True} for of_site in drawn.values())
    assert 4 <= n_out <= 20
    assert any(any(row["modes"]) for row in rows)


def test_sectors_without_reports_stay_awake_and_their_figures_are_no_data(build, run):
    build(GD=2, missing=[f"{SITE}-1-n78"])
    stored = run()
    row = next(r for r in stored.sectors(site=SITE).to_pylist() if r["sector"] == "1")
    assert row["kept_awake"] == "no_reports"
    assert not any(row["modes"])
    assert row["expected_wh"] is None
    assert row["all_on_wh"] is None
    totals = stored.document["totals"]
    assert totals["kept_awake"] == {"no_reports": 1}
    known = [r["all_on_wh"] for r in stored.sectors().to_pylist() if r["all_on_wh"] is not None]
    assert len(known) == 5
    assert totals["all_on_kwh"] == pytest.approx(sum(known) / 1000)


def test_times_that_are_not_allowed_hold_by_the_business_clock_and_over_midnight(build, run, home):
    build(GD=2)
    free = np.stack(list(modes_by_cell(run()).values()))
    assert (free[:, 2] >= Mode.CARRIER_OFF).any()
    (home / "radio" / "policy.toml").write_text(
        '[[not_allowed]]\nname = "switching exercise"\nfrom = "22:30"\nuntil = "03:00"\n'
        'weekdays = [2]\nnode = "GD"\n'
    )
    stored = run(days=2)  # the first day is a Tuesday
    for row, modes in stored.spans(stored.sectors()):
        assert not modes[:, 22:27].any(), row["sector"]
    before = np.stack(list(modes_by_cell(stored, day=DAY).values()))
    assert (before[:, 2] >= Mode.CARRIER_OFF).any()  # Monday's exercise was none

"""The demo of green power, what its pages show of it, and profiles from the lake."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from commonweal.domains.carbon.green_power import demo, pages
from commonweal.domains.carbon.green_power.hourly import hourly_match
from commonweal.domains.carbon.green_power.models import Batch, Claim
from commonweal.domains.carbon.green_power.portfolio import Sums, holdings
from commonweal.domains.carbon.green_power.profiles import generation, use_shape
from commonweal.kernel.accounts.scopes import Principal, Scope
from commonweal.kernel.compute.services import compute
from commonweal.kernel.ledger.verify import ledger_verify
from commonweal.kernel.org.models import Node
from commonweal.kernel.programmes.computing import figures_of
from commonweal.kernel.programmes.pages import Asked
from commonweal.kernel.programmes.registry import programme_get
from commonweal.periods import month, month_add, year
from tests.domains.carbon.green_world import World

LATER = datetime(2025, 2, 3, 2, tzinfo=UTC)
MONTHS = [date(2024, number, 1) for number in range(1, 13)]
BEGIN = datetime(2023, 12, 31, 16, tzinfo=UTC)


@pytest.fixture
def world(operator):
    for place in ("BJ", "TJ"):
        operator.node(place, "province", f"CN-{place}", "group")
    operator.site("S-BJ", "BJ")
    return World(now=LATER)


def bills(operator, meter, kwh=20_000.0):
    for first in MONTHS:
        operator.bill(meter, first, month_add(first, 1), kwh)


def hourly_readings(operator, meter, by_hour):
    registers = np.concatenate([[0.0], np.cumsum(by_hour)])
    rows = (
        f"{meter},{(BEGIN + timedelta(hours=i)).isoformat()},{each:.3f}"
        for i, each in enumerate(registers)
        if i % 1000 != 500  # a reading is missing now and then
    )
    operator.send("meter_readings", "meter_id,read_at,register", *rows)


def asked(world):
    return Asked(world.scopes["data_owner"], year(2024), LATER)


@pytest.fixture
def built(operator, world, tmp_path):
    bills(operator, "M-BJ")
    bills(operator, "M-GD")
    folder = tmp_path / "demo"
    folder.mkdir()
    scopes = world.scopes | {"second_reviewer": world.scopes["reviewer"]}
    nodes = {each.code: each for each in Node.objects.all()}
    demo.build(scopes=scopes, nodes=nodes | {"group": nodes["group"]}, folder=folder)
    return world


def test_the_demo_enters_claims_and_hands_over_and_its_ledger_holds(built):
    states = sorted(set(Claim.objects.values_list("state", flat=True)))
    assert states == ["claimed", "proposed", "withdrawn"]
    assert Batch.objects.count() == 3 * 12
    assert ledger_verify().differences == ()


def test_the_portfolio_adds_up_and_shows_only_what_may_be_read(built):
    found = pages.portfolio(asked(built))
    assert [row["unit"] for row in found["rows"]] == ["BJ", "BJ", "GD"]
    for row in (*found["rows"], found["total"]):
        parts = (row[name] for name in ("left", "reserved", "claimed", "expired"))
        assert row["entered"] == sum(parts) > 0
    assert len(found["waiting"]) == Claim.objects.filter(state="proposed").count() > 0
    assert all(each["left"] > 0 and not each["is_over"] for each in found["expiring"])
    assert found["chart"].has_values
    nobody = Scope("test:nobody", (Principal(None, "nobody", {}),))
    found = pages.portfolio(Asked(nobody, year(2024), LATER))
    assert (found["rows"], found["waiting"], found["expiring"]) == ([], [], [])


def test_power_is_matched_by_the_hour_as_its_plant_generated_it(operator, world):
    """Use at night and by day alike, generation by day alone: half of what the year matches."""
    by_hour = np.full(366 * 24, 20.0)
    hourly_readings(operator, "M-BJ", by_hour)
    compute(
        [month(2024, each.month) for each in MONTHS],
        boundary="operational",
        actor="test",
        now=LATER,
    )
    contract = world.contract(energy_mwh=1000)
    hour = np.arange(366 * 24)
    made = np.where((hour % 24 >= 6) & (hour % 24 < 18), 40.0, 0.0)
    stamps = [(BEGIN + timedelta(hours=int(i))).isoformat() for i in hour]
    rows = [f"{contract.code},{at},{kwh}" for at, kwh in zip(stamps, made, strict=True)]
    operator.send("generation_hourly", "contract,started_at,energy_kwh", *rows)
    batch = world.batch(contract, mwh="14.88")
    claim = world.claimed(batch, "14.88")
    found = hourly_match([claim], year(2024))
    assert (found.n_meters, found.not_computed) == (1, ())
    (unit,) = found.units
    share = 31 / 366
    assert unit.used_kwh.sum() == pytest.approx(366 * 24 * 20)
    assert unit.annual_share == pytest.approx(share, rel=1e-6)
    assert unit.hourly_share == pytest.approx(share / 2, rel=1e-6)
    shown = pages.hourly(asked(world))
    assert [row["unit"] for row in shown["units"]] == ["BJ"]
    assert [chart.form for chart in shown["charts"]] == ["line", "bar"]


def test_without_hourly_meters_or_facts_nothing_is_matched(world):
    shape, n_meters = use_shape(year(2024))
    assert (shape.any(), n_meters) == (False, 0)
    assert generation(year(2024), ["GC-1"]) == {}
    world.claimed(world.batch(), 1)
    shown = pages.hourly(asked(world))
    assert (shown["units"], shown["not_computed"]) == ([], ["BJ"])


def test_drafts_are_nobodys_holdings(world):
    world.proposed_batch(world.contract())
    assert holdings(Batch.objects.all()) == []
    assert Sums() + Sums(entered_kwh=2, left_kwh=2) == Sums(2, 2)


def test_what_the_board_shows_is_brought_up_to_date_with_the_programme():
    named = figures_of(programme_get("green_power"))
    assert {"green_power_claimed", "scope2_market", "ghg_total_market"} <= set(named)

"""Claims as activity data: cut to months, as known at an instant, within what was used."""

from datetime import UTC, date, datetime, timedelta

import pytest

from commonweal.kernel.compute.activities import ActivityRequest, activities
from commonweal.kernel.compute.services import compute
from commonweal.kernel.facts.selectors import facts_as_of
from commonweal.kernel.org.models import Node
from commonweal.kernel.org.services import meter_install, meter_role_set
from commonweal.kernel.programmes.services.refusals import RefusedError
from commonweal.periods import month, year
from tests.domains.carbon.green_world import World

LATER = datetime(2025, 2, 3, 2, tzinfo=UTC)
FIRST_QUARTER = tuple(date(2024, number, 1) for number in (1, 2, 3))
BEIJING = {"node": "BJ", "use_from": "2024-01-01", "use_until": "2024-02-01"}


@pytest.fixture
def world(operator):
    operator.node("BJ", "province", "CN-BJ", "group")
    return World(now=LATER)


def claimed_kwh(source="green_power", *, months=FIRST_QUARTER, as_of=None):
    """kWh by node and month."""
    found = {}
    for part in activities(source, ActivityRequest(months, as_of)):
        for node_id, number, kwh in zip(part.subject_id, part.month, part.quantity, strict=True):
            key = Node.objects.get(pk=node_id).code, int(number) % 12 + 1
            found[key] = found.get(key, 0.0) + kwh
    return found


def test_a_claim_over_two_months_is_cut_by_days(world):
    batch = world.batch()
    world.claimed(batch, 60, node="BJ", use_from="2024-01-02", use_until="2024-03-02")
    found = claimed_kwh()
    assert found == pytest.approx({("BJ", 1): 30e3, ("BJ", 2): 29e3, ("BJ", 3): 1e3})
    assert claimed_kwh(months=FIRST_QUARTER[1:2]) == pytest.approx({("BJ", 2): 29e3})


def test_what_waits_and_what_nobody_claimed_is_no_activity(world):
    assert claimed_kwh() == {}
    world.act(world.claim(world.batch(), 60, **BEIJING), "propose")
    assert claimed_kwh() == {}


def test_a_withdrawal_changes_what_is_known_from_then_on(world):
    claim = world.claimed(world.batch(), 60, **BEIJING)
    before = world.now
    world.now += timedelta(days=1)
    world.act(claim, "withdraw", comment="the meter was wrong")
    assert claimed_kwh() == {}
    assert claimed_kwh(as_of=before) == {("BJ", 1): 60_000}


def test_beijing_counts_what_was_bought_on_the_market_and_others_do_not(world):
    batch = world.batch()
    world.handed(batch, 20, to="GD")
    world.claimed(batch, 60, **BEIJING)
    world.claimed(batch, 20, **BEIJING | {"node": "GD"})
    assert claimed_kwh() == {("BJ", 1): 60_000, ("GD", 1): 20_000}
    assert claimed_kwh("green_power_beijing") == {("BJ", 1): 60_000}


def computed(operator, *periods, now):
    operator.told["now"] = now
    compute(periods, boundary="operational", actor="test", now=now)
    found = facts_as_of(boundary="operational", periods=periods)
    return {(fact.indicator, fact.node): float(fact.value) for fact in found}


def test_the_published_claim_of_beijing_is_computed_with_its_factor(operator, world):
    contract = world.contract(energy_mwh=52_000)
    for number in range(12):
        first, after = (
            date(2024, number + 1, 1),
            date(2024 + number // 11, (number + 1) % 12 + 1, 1),
        )
        mwh = 4_300 + (400 if number == 11 else 0)
        batch = world.batch(contract, mwh=mwh, month=str(first))
        world.claimed(batch, mwh, use_from=str(first), use_until=str(after), scheme="ets")
    found = computed(operator, year(2024), now=LATER + timedelta(days=1))
    names = ("beijing_green_power", "beijing_green_power_carbon", "beijing_green_power_factor")
    assert [found[name, "BJ"] for name in names] == [52e6, 31_408.0, 0.0]
    assert found["beijing_green_power", "group"] == found["green_power_claimed", "group"] == 52e6
    assert ("beijing_green_power", "GD") not in found
    fact = facts_as_of(boundary="operational", indicators=[names[1]], nodes=["BJ"]).get()
    assert "grid_beijing_ets/electricity/CN-BJ/2023" in str(fact.lineage)


def test_no_unit_claims_more_than_it_and_those_above_it_used(operator, world):
    operator.bill("M-GD", "2024-03-01", "2024-04-01", 30_000.0)
    computed(operator, month(2024, 3), year(2024), now=LATER)
    batch = world.batch()
    world.handed(batch, 100, to="GD-1")
    world.claimed(batch, 20, node="GD-1")
    more = world.claim(batch, 11, node="GD-1")
    said = r"GD-1 used 30\.000 MWh in 2024-03, claims would be 31\.000"
    with pytest.raises(RefusedError, match=said):
        world.act(more, "propose")
    second = world.batch(month="2024-04-01")
    world.handed(second, 11, to="GD")
    with pytest.raises(RefusedError, match=r"GD used 30\.000 MWh in 2024-03"):
        world.act(world.claim(second, 11, node="GD"), "propose")
    world.claimed(batch, 10, node="GD-1")


def test_power_of_an_own_plant_is_claimed_but_covers_nothing_from_the_grid(operator, world):
    operator.bill("M-GD", "2024-03-01", "2024-04-01", 30_000.0)
    own = world.batch(world.contract(kind="own", place="CN-GD"))
    world.handed(own, 10, to="GD-1")
    world.claimed(own, 10, node="GD-1")
    found = computed(operator, month(2024, 3), now=LATER + timedelta(hours=1))
    assert found["green_power_claimed", "GD-1"] == 10_000
    assert found["scope2_market", "GD-1"] == found["scope2_residual_electricity", "GD-1"]


def test_what_was_bought_covers_no_more_than_came_from_the_grid(operator, world):
    operator.bill("M-GD", "2024-03-01", "2024-04-01", 30_000.0)
    meter_install(
        code="PV", site="S-GD", carrier="electricity", unit="kWh", max_rate_per_h=50.0,
        installed_date=date(2024, 1, 1), **operator.told,
    )  # fmt: skip
    meter_role_set(meter="PV", role="pv", from_date=date(2024, 1, 1), **operator.told)
    operator.bill("PV", "2024-03-01", "2024-04-01", 5_000.0)
    found = computed(operator, month(2024, 3), now=LATER)
    assert (found["electricity_use", "GD-1"], found["pv_own_use", "GD-1"]) == (35_000, 5_000)
    batch = world.batch()
    own = world.batch(world.contract(kind="own", place="CN-GD"))
    for each in (batch, own):
        world.handed(each, 50, to="GD-1")
    world.claimed(own, 5, node="GD-1")
    with pytest.raises(RefusedError, match=r"GD-1 used 30\.000 MWh in 2024-03, .* 31\.000"):
        world.act(world.claim(batch, 31, node="GD-1"), "propose")
    world.claimed(batch, 30, node="GD-1")
    with pytest.raises(RefusedError, match=r"GD-1 used 35\.000 MWh in 2024-03, .* 36\.000"):
        world.act(world.claim(own, 1, node="GD-1"), "propose")

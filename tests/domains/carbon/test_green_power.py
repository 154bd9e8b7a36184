"""Green power: a MWh is entered once and claimed once, where and when the rules allow it."""

from datetime import UTC, date, datetime

import pytest

from commonweal.domains.carbon.green_power.terms import (
    market_of,
    terms,
    valid_until,
    vintage_window,
)
from commonweal.errors import DefinitionError
from commonweal.kernel.ledger.verify import ledger_verify
from commonweal.kernel.programmes.services.refusals import RefusedError
from commonweal.kernel.programmes.values import ValuesError
from tests.domains.carbon.green_world import World, node, sums_kwh

CERTIFIED = {"serial_prefix": "GEC-", "serial_first": 1, "serial_last": 100}


@pytest.fixture
def world(db):
    for code, place in (("BJ", "CN-BJ"), ("GD", "CN-GD"), ("HK", "CN-HK")):
        node(code, place)
    return World()


def test_a_claim_reserves_then_spends_and_a_withdrawal_gives_back(world):
    batch = world.batch()
    claim = world.act(world.claim(batch, 60), "propose")
    assert sums_kwh(batch) == told(held=40_000, reserved=60_000)
    world.act(claim, "approve")
    assert sums_kwh(batch) == told(held=40_000, claimed=60_000)
    world.act(claim, "withdraw", comment="the meter was wrong")
    assert sums_kwh(batch) == told(held=100_000)
    assert ledger_verify().differences == ()


def test_a_returned_claim_frees_what_it_reserved_and_may_come_again(world):
    batch = world.batch()
    claim = world.act(world.claim(batch, 60), "propose")
    world.act(claim, "return", comment="which month?")
    assert sums_kwh(batch) == told(held=100_000)
    world.act(world.act(claim, "propose"), "approve")
    assert sums_kwh(batch) == told(held=40_000, claimed=60_000)


def test_a_second_claim_on_the_same_power_is_refused_and_told_who_has_it(world):
    batch = world.batch()
    first = world.claimed(batch, 80)
    second = world.claim(batch, 30, use_from="2024-05-01", use_until="2024-06-01")
    said = rf"BJ has 20 MWh left of {batch.code}, not 30: {first.code} claims 80 MWh for BJ in 2024"
    with pytest.raises(RefusedError, match=said):
        world.act(second, "propose")


def test_power_is_claimed_by_the_unit_that_has_it(world):
    batch = world.batch()
    claim = world.claim(batch, 10, node="GD")
    with pytest.raises(RefusedError, match=r"GD has 0 MWh left .* nothing of it was handed"):
        world.act(claim, "propose")
    world.handed(batch, 25, to="GD")
    world.act(claim, "propose")
    assert sums_kwh(batch) == told(held=90_000, reserved=10_000)


def test_more_than_a_unit_has_is_not_handed_over(world):
    with pytest.raises(RefusedError, match="not so much left"):
        world.handed(world.batch(), 101, to="GD")


def test_the_settled_power_of_a_month_and_its_certificates_are_one_batch(world):
    contract = world.contract()
    settled = world.batch(contract)
    bundled = world.proposed_batch(contract, **CERTIFIED)
    with pytest.raises(RefusedError, match=f"in 2024-03 is entered as {settled.code} already"):
        world.act(bundled, "issue")
    assert world.act(settled, "certify", **CERTIFIED).serial_last == 100
    assert sums_kwh(settled) == told(held=100_000)


def test_a_certificate_is_entered_once_whatever_contract_it_comes_by(world):
    first = world.batch(world.contract(kind="certificates"), **CERTIFIED)
    again = {"serial_prefix": "GEC-", "serial_first": 91, "serial_last": 190}
    second = world.proposed_batch(world.contract(kind="certificates", plant="other"), **again)
    said = f"certificates GEC-91 to 100 are entered as {first.code}"
    with pytest.raises(RefusedError, match=said):
        world.act(second, "issue")


def test_a_certificate_is_the_same_however_its_number_is_spelled(world):
    world.batch(world.contract(kind="certificates"), **CERTIFIED)
    spelled = CERTIFIED | {"serial_prefix": "gec\uff0d"}
    again = world.proposed_batch(world.contract(kind="certificates", plant="other"), **spelled)
    with pytest.raises(RefusedError, match="are entered as"):
        world.act(again, "issue")


@pytest.mark.parametrize("first", [{}, CERTIFIED])
def test_settled_power_and_certificates_of_one_plant_and_month_are_told_apart_first(world, first):
    entered = world.batch(world.contract(kind="ppa"), **first)
    bought = world.contract(kind="certificates", seller="exchange", plant="Wind  1")
    again = world.proposed_batch(bought, **({} if first else CERTIFIED))
    with pytest.raises(RefusedError, match=f"in 2024-03 is entered as {entered.code} already"):
        world.act(again, "issue")


def test_certificates_stand_for_a_mwh_each(world):
    with pytest.raises(ValuesError, match="99 certificates stand for 99 MWh, not 100"):
        world.batch(**CERTIFIED | {"serial_last": 99})


def test_batches_do_not_come_to_more_than_the_contract(world):
    contract = world.contract(energy_mwh=150)
    world.batch(contract)
    with pytest.raises(RefusedError, match="come to more than it supplies"):
        world.proposed_batch(contract, month="2024-04-01")
    with pytest.raises(RefusedError, match="does not supply in this month"):
        world.proposed_batch(contract, mwh=1, month="2023-12-01")


def test_power_of_the_mainland_does_not_cover_use_in_hong_kong(world):
    batch = world.batch()
    world.handed(batch, 10, to="HK")
    with pytest.raises(RefusedError, match="different markets"):
        world.act(world.claim(batch, 10, node="HK"), "propose")


def test_a_carbon_market_takes_power_of_its_own_year_only(world):
    world.now = datetime(2025, 3, 3, 2, tzinfo=UTC)
    batch = world.batch(month="2024-08-01")
    used = {"use_from": "2025-01-01", "use_until": "2025-02-01"}
    world.act(world.claim(batch, 1, **used), "propose")
    with pytest.raises(RefusedError, match="too far from the time of use"):
        world.act(world.claim(batch, 1, scheme="ets", **used), "propose")


def test_what_was_not_generated_or_used_yet_is_neither_entered_nor_claimed(world):
    with pytest.raises(RefusedError, match="2024-06-01, is not over"):
        world.batch(month="2024-06-01")
    later = world.claim(world.batch(), 1, use_until="2024-06-15")
    with pytest.raises(RefusedError, match="over on 2024-06-15 only"):
        world.act(later, "propose")


def test_a_claim_lies_within_one_calendar_year(world):
    batch = world.batch()
    with pytest.raises(ValuesError, match="within one calendar year"):
        world.claim(batch, 1, use_from="2024-12-01", use_until="2025-01-02")
    assert world.claim(batch, 1, use_from="2024-12-01", use_until="2025-01-01").pk


def test_expired_power_is_written_off_and_claimed_no_more(world):
    batch = world.batch()
    world.claimed(batch, 30)
    waiting = world.act(world.claim(batch, 20), "propose")
    late = world.claim(batch, 5)
    with pytest.raises(RefusedError, match="has not expired yet"):
        world.act(batch, "expire")
    world.now = datetime(2026, 3, 1, 2, tzinfo=UTC)
    with pytest.raises(RefusedError, match="have expired"):
        world.act(late, "propose")
    with pytest.raises(RefusedError, match="have expired"):
        world.act(waiting, "approve")
    world.act(batch, "expire")
    assert sums_kwh(batch) == told(claimed=30_000, expired=70_000)
    world.act(waiting, "return", comment="too late")
    assert sums_kwh(batch) == told(claimed=30_000, expired=70_000)


def test_what_is_withdrawn_from_an_expired_batch_expires_at_once(world):
    batch = world.batch()
    claims = [world.claimed(batch, mwh) for mwh in (30, 30, 20)]
    world.now = datetime(2026, 3, 1, 2, tzinfo=UTC)
    world.act(batch, "expire")
    for claim, left_kwh in zip(claims, (50_000, 20_000, 0), strict=True):
        world.act(claim, "withdraw", comment="counted twice")
        assert sums_kwh(batch) == told(expired=100_000 - left_kwh, claimed=left_kwh)


@pytest.mark.parametrize(
    ("kind", "unit", "year", "rule"),
    [
        ("traded", "BJ", 2024, "CN-BJ"),
        ("certificates", "BJ", 2024, ""),
        ("traded", "GD", 2024, ""),
        ("traded", "BJ", 2022, ""),
    ],
)
def test_beijing_counts_power_bought_on_the_market_as_zero_from_2023_on(
    world, kind, unit, year, rule
):
    supply = {"supply_from": f"{year}-01-01", "supply_until": f"{year + 1}-01-01"}
    batch = world.batch(world.contract(kind=kind, **supply), month=f"{year}-03-01")
    if unit != "BJ":
        world.handed(batch, 10, to=unit)
    used = {"use_from": f"{year}-03-01", "use_until": f"{year}-04-01"}
    assert world.claimed(batch, 10, node=unit, **used).regional_rule == rule


def test_rules_are_dated_and_an_unknown_one_is_not_guessed():
    assert valid_until(date(2024, 1, 1)) == date(2026, 1, 1)
    assert valid_until(date(2022, 5, 1)) == date(2026, 1, 1)
    assert vintage_window("report", 2024) == (date(2023, 7, 1), date(2025, 4, 1))
    assert market_of("CN-R-NW") == "mainland"
    with pytest.raises(DefinitionError, match="no rule says how long certificates of 2016-12"):
        valid_until(date(2016, 12, 1))
    with pytest.raises(DefinitionError, match="which generation counts for ets in 2022"):
        vintage_window("ets", 2022)


def test_every_rule_says_where_it_comes_from():
    for rules in (terms().validity, terms().vintages, terms().markets, terms().regional):
        assert all(len(each.source) > 10 and len(each.status) > 10 for each in rules)


def told(**kwh):
    return {"issued": 100_000, "held": 0, "reserved": 0, "claimed": 0, "expired": 0} | kwh

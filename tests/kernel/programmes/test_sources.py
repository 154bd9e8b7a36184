"""Indicators counted from records: what counts, when, and where there is no data."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from commonweal.kernel.compute.services import compute
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.org.services import boundary_set, boundary_share_set
from commonweal.kernel.programmes.services import record_act, record_open
from commonweal.periods import period
from tests.kernel.programmes.conftest import NOW

LATER = datetime(2025, 1, 10, tzinfo=UTC)
NAMES = {"zh-hant": "x", "zh-hans": "x", "en": "x"}


@pytest.fixture
def boundary(nodes):
    told = {"actor": "test", "now": NOW}
    boundary_set(code="operational", approach="operational_control", names=NAMES, **told)
    boundary_share_set(
        boundary="operational", node="group", share=Decimal(1), from_date=date(2020, 1, 1), **told
    )


@pytest.fixture
def gift(donation, person, boundary):
    """A function that opens a gift and brings it to a state."""
    people = {
        "owner": person("owner", data_owner="group"),
        "first": person("first", reviewer="group"),
        "second": person("second", reviewer="group"),
        "manager": person("manager", programme_manager="group"),
    }

    def make(node, amount, paid="", *, purpose="border", now=NOW):
        values = {
            "purpose": purpose,
            "recipient": "School",
            "project": "Library",
            "amount_cny": amount,
            "pledge_date": "2024-01-01",
        }
        record = record_open(donation, node=node, values=values, scope=people["owner"], now=now)
        record = record_act(record, "pledge", scope=people["owner"], now=now).record
        if paid:
            for name in ("first", "second"):
                record = record_act(record, "approve", scope=people[name], now=now).record
            record = record_act(
                record, "pay", scope=people["manager"], now=now, values={"payment_date": paid}
            ).record
        return record

    return make


def run(*periods, now=LATER, **kwargs):
    return compute(
        [period(p) for p in periods], boundary="operational", actor="test", now=now, **kwargs
    )


def value(indicator, node="group", of="2024"):
    span = period(of)
    found = Fact.objects.filter(
        indicator=indicator,
        node=node,
        start_date=span.start_date,
        end_date=span.end_date,
        superseded_at=None,
    ).first()
    return found and found.value


def test_paid_gifts_add_up_to_the_cent_in_their_month_and_over_the_tree(gift):
    for cents in range(1, 30):
        gift("north", f"0.{cents:02d}", "2024-03-05")
    gift("south", "53000.10", "2024-04-30")
    gift("south", "7.00")
    run("2024-03", "2024-04", "2024")
    assert value("donations_total", of="2024-03") == Decimal("4.35")
    assert value("donations_total", "south", "2024-04") == Decimal("53000.10")
    assert value("donations_total") == Decimal("53004.45")
    assert value("donations_count") == 30


def test_no_record_is_no_data_and_none_that_fits_is_nothing(gift):
    gift("north", "5.00", "2024-03-05", purpose="border")
    run("2024-03", "2024-04")
    assert value("donations_other", "north", "2024-03") == 0
    assert value("donations_other", "south", "2024-03") is None
    assert value("donations_total", of="2024-04") is None

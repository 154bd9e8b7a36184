"""Indicators counted from records: what counts, when, and where there is no data."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from commonweal.kernel.accounts.scopes import owner_scope
from commonweal.kernel.compute.services import compute
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.facts.services import ReasonRequiredError
from commonweal.kernel.org.services import boundary_set, boundary_share_set
from commonweal.kernel.programmes import behind
from commonweal.kernel.programmes.asof import head_at
from commonweal.kernel.programmes.behind import Sum, records_behind
from commonweal.kernel.programmes.services import record_act, record_open
from commonweal.kernel.records.services import event_append
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


def test_a_past_snapshot_counts_what_was_known_and_a_correction_restates_with_a_reason(gift):
    gift("north", "100.00", "2024-03-05")
    run("2024")
    gift("north", "50.00", "2024-03-06", now=LATER + timedelta(days=1))
    later = LATER + timedelta(days=2)
    assert run("2024", now=later, snapshot=LATER) is None  # the old report reproduces
    with pytest.raises(ReasonRequiredError):
        run("2024", now=later)
    run("2024", now=later, reason="a gift was entered late")
    assert value("donations_total") == 150
    old = Fact.objects.get(indicator="donations_total", node="group", superseded_at=later)
    assert old.value == 100


def test_the_batch_says_at_which_event_the_records_were_read(gift):
    gift("north", "100.00", "2024-03-05")
    head = head_at()
    assert run("2024").inputs["events"] == [f"{head.sequence}:{head.hash}"]


def fact_of(indicator, node="group", of="2024"):
    return Fact.objects.get(
        indicator=indicator, node=node, start_date=period(of).start_date, superseded_at=None
    )


def test_the_records_behind_a_fact_add_up_to_it(gift):
    for i in range(5):
        gift("north", f"10.0{i}", f"2024-0{i + 1}-05")
    gift("south", "3.00", "2024-12-31", now=LATER)
    gift("south", "4.00", "2025-01-01", now=LATER)
    run("2024")
    found = records_behind(fact_of("donations_total"), scope=owner_scope("test"), limit=4)
    assert [row.contribution for row in found.rows] == [
        Decimal(f"10.0{i}").normalize() for i in range(4)
    ]
    assert found.next_offset == 4
    assert found.sum == Sum(n_visible=6, n_hidden=0, total=Decimal("53.1"), agrees=True)
    south = records_behind(fact_of("donations_total", "south"), scope=owner_scope("test"))
    assert [(row.node, row.day) for row in south.rows] == [("south", date(2024, 12, 31))]


@pytest.mark.parametrize("ahead", [0, 1000], ids=["read further", "read at once"])
def test_of_very_many_records_the_first_are_read_alone(gift, person, monkeypatch, ahead):
    monkeypatch.setattr(behind, "_MANY", 3)
    monkeypatch.setattr(behind, "_AHEAD", ahead)
    for i in range(12):
        gift("south" if i % 4 else "north", f"10.{i:02d}", f"2024-03-{28 - i // 2}")
    gift("north", "99.00")
    run("2024")
    fact = fact_of("donations_total")
    gift("north", "5.00", "2024-03-01", now=LATER + timedelta(days=1))
    for scope in (owner_scope("test"), person("northern", viewer="north")):
        whole = records_behind(fact, scope=scope, summed=True)
        assert whole.sum.agrees
        seen, offset = [], 0
        while offset is not None:
            page = records_behind(fact, scope=scope, offset=offset, limit=2)
            seen += page.rows
            offset = page.next_offset
        assert tuple(seen) == whole.rows
    assert len(whole.rows) == 3
    first = records_behind(fact, scope=owner_scope("test"), limit=4)
    assert (first.sum is None, first.next_offset) == (not ahead, 4)


def test_who_may_not_see_a_record_sees_that_it_is_counted(gift, person):
    gift("north", "10.00", "2024-03-05")
    gift("south", "3.00", "2024-03-05")
    run("2024")
    southern = person("southern", viewer="south")
    found = records_behind(fact_of("donations_total"), scope=southern)
    assert [row.node for row in found.rows] == ["south"]
    assert (found.sum.n_hidden, found.sum.total) == (1, 13)


def test_what_changed_since_is_listed_as_it_was_counted(gift):
    record = gift("north", "10.00", "2024-03-05")
    run("2024")
    fact = fact_of("donations_total")
    gift("north", "99.00", "2024-03-06", now=LATER + timedelta(days=1))
    found = records_behind(fact, scope=owner_scope("test"))
    assert [row.code for row in found.rows] == [record.code]
    assert found.sum.agrees


def test_a_record_whose_day_moved_out_of_the_period_is_still_listed_for_the_old_figure(gift):
    record = gift("north", "10.00", "2024-03-05")
    run("2024-03")
    fact = fact_of("donations_total", of="2024-03")
    later = LATER + timedelta(days=1)
    record.payment_date, record.version = date(2024, 4, 1), record.version + 1
    record.save()
    event_append(
        record_type="donations.donation",
        record_key=str(record.pk),
        action="correct",
        actor="test",
        content={
            "version": record.version,
            "changes": {"payment_date": ["2024-03-05", "2024-04-01"]},
        },
        now=later,
    )
    found = records_behind(fact, scope=owner_scope("test"))
    assert ([row.code for row in found.rows], found.sum.agrees) == ([record.code], True)
    run("2024-03", "2024-04", now=later, reason="the day of payment was corrected")
    assert value("donations_total", of="2024-03") is None
    assert value("donations_total", of="2024-04") == 10

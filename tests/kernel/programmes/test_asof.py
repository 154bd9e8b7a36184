"""Records as known at a place in the log are what a reader of that time would have read."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonweal.kernel.programmes.asof import Head, head_at, known_rows
from commonweal.kernel.programmes.services import record_act, record_change, record_open
from commonweal.kernel.programmes.services.refusals import RefusedError
from tests.kernel.programmes.conftest import NOW

NAMES = (
    "id",
    "code",
    "amount_cny",
    "purpose",
    "pledge_date",
    "payment_date",
    "used_cny",
    "closed_at",
    "opened_at",
    "start_date",
)
VALUES = {
    "purpose": "border",
    "recipient": "School",
    "project": "Library",
    "amount_cny": "100.00",
    "pledge_date": "2024-01-01",
}
ASKED = {
    "pay": {"payment_date": "2024-02-01"},
    "receive": {"receipt_number": "R1"},
    "report": {"use_report": "spent", "used_cny": "99.50"},
}

steps = st.one_of(
    st.tuples(st.just("open"), st.sampled_from(["north", "south"])),
    st.tuples(
        st.just("change"),
        st.fixed_dictionaries(
            {},
            optional={
                "amount_cny": st.sampled_from(["0.01", "250.00", "99999999.99"]),
                "purpose": st.sampled_from(["border", "other"]),
                "pledge_date": st.sampled_from(["2023-12-31", "2024-01-15"]),
            },
        ),
    ),
    st.tuples(
        st.just("act"),
        st.sampled_from(["pledge", "approve", "return", "pay", "receive", "report", "withdraw"]),
    ),
)


@pytest.fixture
def people(person):
    return [
        person("owner", data_owner="group", programme_manager="group"),
        person("first", reviewer="group"),
        person("second", reviewer="group"),
        person("payer", programme_manager="group"),
    ]


def rows_of(kind, head):
    return sorted(known_rows(kind, NAMES, head).to_pylist(), key=lambda row: row["id"])


def do(kind, people, step, which, now):
    """Do one step as whoever may; refused ones change nothing."""
    what, how = step
    if what == "open":
        record_open(kind, node=how, values=VALUES, scope=people[0], now=now)
        return
    records = list(kind.model.objects.order_by("id"))
    if not records:
        return
    record = records[which % len(records)]
    for scope in people:
        try:
            with transaction.atomic():
                if what == "change":
                    told = {"version": record.version, "scope": scope, "now": now}
                    record_change(record, values=how, **told)
                else:
                    values = ASKED.get(how, {})
                    record_act(record, how, scope=scope, now=now, values=values, comment="so")
        except RefusedError:
            continue
        return


@given(
    history=st.lists(
        st.tuples(steps, st.integers(0, 3), st.integers(-30, 60)), min_size=1, max_size=14
    )
)
@settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_every_place_in_the_log_gives_what_was_read_there_however_clocks_ran(
    history, donation, people
):
    seen, now = [], datetime(2024, 3, 1, tzinfo=UTC)
    with transaction.atomic():
        for step, which, minutes in history:
            now += timedelta(minutes=minutes)
            do(donation, people, step, which, now)
            seen.append((head_at(), rows_of(donation, head_at())))
        for head, rows in seen:
            assert rows_of(donation, head) == rows
        assert rows_of(donation, Head()) == []
        transaction.set_rollback(True)


def test_an_instant_is_the_last_event_by_then(donation, people):
    record = record_open(donation, node="north", values=VALUES, scope=people[0], now=NOW)
    record_act(record, "pledge", scope=people[0], now=NOW + timedelta(hours=1))
    assert [row["state"] for row in rows_of(donation, head_at(NOW))] == ["draft"]
    assert [row["state"] for row in rows_of(donation, head_at(NOW + timedelta(days=1)))] == [
        "pledged"
    ]
    assert head_at(NOW - timedelta(seconds=1)) == Head()


def test_a_clock_set_back_does_not_reorder_what_happened(donation, people):
    record = record_open(donation, node="north", values=VALUES, scope=people[0], now=NOW)
    earlier = NOW - timedelta(hours=5)
    record_act(record, "pledge", scope=people[0], now=earlier)
    assert [row["state"] for row in rows_of(donation, head_at(NOW))] == ["pledged"]

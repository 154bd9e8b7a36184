"""The chain tells of every change to what was told."""

from datetime import datetime
from decimal import Decimal

import pytest
from django.db import connection
from tests.kernel.tampering import unguarded

from commonweal.errors import InputError
from commonweal.kernel.records.selectors import chain_verify, record_history
from commonweal.kernel.records.services import EventEntry, event_append, event_append_many

pytestmark = pytest.mark.django_db


def tell(now, key="a", action="changed", **content):
    return event_append(
        record_type="site", record_key=key, action=action, actor="ann", content=content, now=now
    )


def test_an_event_is_chained_to_the_log_and_to_its_record(now):
    first, other, second = tell(now, "a"), tell(now, "b"), tell(now, "a")

    assert [e.sequence for e in (first, other, second)] == [0, 1, 2]
    assert second.previous_hash == other.hash
    assert second.record_previous_hash == first.hash
    assert other.record_previous_hash == ""
    assert list(record_history("site", "a")) == [first, second]


def test_events_appended_together_continue_the_chain_of_their_records(now):
    entries = [
        EventEntry(record_type="site", record_key=key, action="made", content={"n": n})
        for n, key in enumerate("abacab")
    ]
    before = event_append_many(entries[:2], actor="ann", now=now)
    after = event_append_many(entries[2:], actor="ann", now=now)

    assert [e.sequence for e in (*before, *after)] == list(range(6))
    assert after[0].record_previous_hash == before[0].hash
    assert after[2].record_previous_hash == after[0].hash
    report = chain_verify()
    assert (report.holds, report.n_events, report.head) == (True, 6, after[-1].hash)


def test_content_is_kept_in_its_one_spelling(now):
    event = tell(now, share=Decimal("0.50"), at=now, whole=2.0, path=("x", "y"))
    event.refresh_from_db()

    assert event.content == {
        "share": "0.50", "at": "2025-03-18T08:00:00.000000Z", "whole": 2, "path": ["x", "y"],
    }  # fmt: skip
    assert chain_verify().holds


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE records_event SET actor = 'eve' WHERE sequence = 1", "does not have its hash"),
        ("UPDATE records_event SET content = '{\"n\": 7}' WHERE sequence = 1", "its hash"),
        ("UPDATE records_event SET hash = 'f' WHERE sequence = 1", "before it is another"),
        ("DELETE FROM records_event WHERE sequence = 1", "sequence 2 stands at place 1"),
    ],
)
def test_a_tampered_row_is_named(now, statement, said):
    for n in range(4):
        tell(now, n=n)
    with unguarded("records_event"), connection.cursor() as cursor:
        cursor.execute(statement)

    faults = chain_verify().faults

    assert any(said in fault.what for fault in faults)
    assert {fault.sequence for fault in faults} <= {1, 2, 3}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"key": ""}, "record_key '' of an event must have 1 to 128 characters"),
        ({"action": "x" * 33}, "1 to 32 characters"),
        ({"n": float("nan")}, "nan is no number"),
        ({"n": object()}, "cannot stand in a recorded document"),
    ],
)
def test_what_cannot_be_told_is_refused(now, changes, message):
    with pytest.raises(InputError, match=message):
        tell(now, **changes)


def test_a_naive_instant_is_refused():
    with pytest.raises(InputError, match="has no time zone"):
        tell(datetime(2025, 1, 1))  # noqa: DTZ001 - that is the point

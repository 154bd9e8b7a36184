"""The store appends, closes and refuses."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from tests.kernel.facts.conftest import row

from commonweal.engines.merkle import LeafTree, leaf_hash
from commonweal.errors import InputError
from commonweal.kernel.facts.log import leaves_read, log_tree
from commonweal.kernel.facts.models import Batch, Fact, LogChunk
from commonweal.kernel.facts.services import (
    ClockError,
    PeriodLockedError,
    ReasonRequiredError,
    period_lock,
    period_unlock,
)
from commonweal.kernel.records.models import Event
from commonweal.periods import period

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_a_batch_holds_its_facts_and_the_head_of_the_log(record):
    found = record(row("1", node="a"), row("2", node="b"), row(None, node="c"))

    facts = list(Fact.objects.order_by("leaf_index"))
    assert [f.value for f in facts] == [Decimal(1), Decimal(2), None]
    assert [f.leaf_index for f in facts] == [0, 1, 2]
    assert found.tree_size == 3
    assert found.root_hash == LeafTree([bytes(f.leaf_hash) for f in facts]).head(0, 3).hex()


def test_an_event_tells_of_the_batch(record, now):
    found = record(row())

    event = Event.objects.get()
    assert (event.record_type, event.record_key) == ("facts.batch", str(found.pk))
    assert (event.action, event.actor, event.happened_at) == ("recorded", "ann", now)
    assert event.content["root_hash"] == found.root_hash


@pytest.mark.parametrize(
    "again",
    [
        {},
        {"value": Decimal("5.0000000004")},
        {"lineage": {"formula": "sum", "files": ["rewritten by a compaction"]}},
    ],
)
def test_what_says_nothing_new_is_not_recorded(record, again):
    record(row("5"))

    assert record(row(**again)) is None
    assert (Fact.objects.count(), Batch.objects.count(), Event.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"value": Decimal("5.000000001")},
        {"value": None},
        {"method": "estimated"},
        {"decimals": 1},
        {"estimated_share": Decimal("0.1")},
        {"lineage": {"formula": "another"}},
    ],
)
def test_whatever_else_is_new_supersedes(record, now, change):
    record(row("5"))
    found = record(row(**change), reason="meter exchanged", at=now + DAY)

    old, new = Fact.objects.order_by("leaf_index")
    assert (old.superseded_at, new.supersedes_id) == (now + DAY, old.pk)
    assert (new.reason, new.superseded_at) == ("meter exchanged", None)
    assert found.tree_size == 2


def test_only_what_changes_is_recorded_again(record):
    record(*(row(n, node=f"n{n}") for n in range(5)))
    found = record(*(row(n if n != 3 else 9, node=f"n{n}") for n in range(5)), reason="bill")

    assert [f.node for f in found.facts.all()] == ["n3"]


def test_a_restatement_needs_a_reason(record):
    record(row("5", node="a"), row("6", node="b"))

    with pytest.raises(
        ReasonRequiredError,
        match=r"^2 recorded facts would change, the first electricity_use of a from 2024-01-01: "
        r"5\.000000000 to 7\.000000000 kWh",
    ):
        record(row("7", node="a"), row("8", node="b"))
    assert Fact.objects.count() == 2


def test_new_facts_need_no_reason_and_keep_none(record):
    record(row("5"), reason="the first run")

    assert Fact.objects.get().reason == ""


def test_thirty_digits_come_back_as_they_went_in(record):
    record(row("123456789012345678901.123456789"))

    assert Fact.objects.get().value == Decimal("123456789012345678901.123456789")
    assert Fact.objects.filter(value=Decimal("123456789012345678901.123456789")).exists()


def test_minus_nothing_is_nothing(record):
    record(row("-0.0000000001"))

    assert format(Fact.objects.get().value, "f") == "0.000000000"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"indicator": "nonsense"}, "no indicator 'nonsense' is in the catalogue"),
        ({"value": Decimal(-1)}, r"electricity_use of group in 2024-01: -1 kWh is outside the bou"),
        ({"value": Decimal("NaN")}, "NaN cannot be kept"),
        ({"value": Decimal(10) ** 21}, "cannot be kept"),
        ({"unit": "MWh"}, "is in MWh, its indicator in kWh"),
        ({"method": "guessed"}, "'guessed' is no method"),
        ({"node": ""}, "node must have 1 to 64 characters"),
        ({"decimals": 10}, "10 printed decimals"),
        ({"estimated_share": Decimal("1.1")}, "estimated share 1.1 is not 0 to 1"),
        ({"lineage": {"x": float("nan")}}, "nan is no number"),
    ],
)
def test_impossible_facts_are_refused(record, changes, message):
    with pytest.raises(InputError, match=message):
        record(row(**changes))


def test_a_batch_says_each_thing_once(record):
    with pytest.raises(InputError, match="of group in 2024-01 stands twice in one batch"):
        record(row("1"), row("2"))


def test_a_batch_names_its_engine(record):
    with pytest.raises(InputError, match="names no engine"):
        record(row(), engine="")


def test_a_naive_instant_is_refused(record):
    with pytest.raises(InputError, match="has no time zone"):
        record(row(), at=datetime(2025, 1, 1))  # noqa: DTZ001 - that is the point


def test_the_log_never_runs_backwards(record, now):
    record(row("5", node="a"))

    found = record(row("5", node="b"), at=now - timedelta(seconds=30))
    assert found.recorded_at == now
    with pytest.raises(ClockError, match="cannot be recorded at 2025-03-17T08"):
        record(row("5", node="c"), at=now - DAY)


def test_a_locked_period_takes_no_fact_until_it_is_unlocked(record, now):
    year = period("2024")
    period_lock(period=year, reason="report published", actor="bob", now=now)

    with pytest.raises(
        PeriodLockedError,
        match=r"2024-01-01 lies in 2024-01-01 to 2025-01-01, locked by bob at 2025-03-18 08:00 UTC",
    ) as refused:
        record(row())
    assert "unlock" in refused.value.hint
    record(row(when="2025-01"))
    record(row(when="2021-01..2025-12"))
    period_unlock(period=year, reason="assurance finding 3", actor="bob", now=now)
    record(row())

    actions = list(Event.objects.order_by("sequence").values_list("action", flat=True))
    assert actions == ["locked", "recorded", "recorded", "unlocked", "recorded"]


def test_what_stands_already_may_be_computed_again_in_a_locked_period(record, now):
    record(row("5"))
    period_lock(period=period("2024"), reason="report published", actor="bob", now=now)

    assert record(row("5")) is None


def test_large_batches_fill_chunks(record):
    n_facts = 4096 * 2 + 5
    record(*(row(n, node=f"n{n}") for n in range(4000)))
    found = record(*(row(n, node=f"n{n}") for n in range(4000, n_facts)))

    leaves = leaves_read(0, n_facts)
    assert found.root_hash == LeafTree(leaves).head(0, n_facts).hex()
    assert LogChunk.objects.count() == 2
    assert log_tree().head(0, n_facts).hex() == found.root_hash


def test_leaves_are_hashed_as_rfc_6962_leaves(record):
    from commonweal.kernel.facts.leaves import batch_digest, leaf_content  # noqa: PLC0415

    found = record(row())
    fact = Fact.objects.get()
    content = leaf_content(fact, batch_sha256=batch_digest(found), superseded_leaf=None)
    assert leaf_hash(content) == bytes(fact.leaf_hash)

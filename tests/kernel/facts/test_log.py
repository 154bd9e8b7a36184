"""The database refuses changes; the hashes tell of those it could not refuse."""

import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from django.db import DatabaseError, connection, transaction
from tests.kernel.facts.conftest import row
from tests.kernel.tampering import unguarded

from commonweal.errors import InputError
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.facts.proofs import proof_fault, proof_read, proof_write
from commonweal.kernel.facts.selectors import (
    checkpoint,
    consistency_proof,
    fact_get,
    inclusion_proof,
    log_verify,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(record, now):
    """Three batches of five facts; the second restates two of the first."""
    record(*(row(n, node=f"n{n}") for n in range(5)))
    changed = [row(n + (n > 2), node=f"n{n}") for n in range(8)]
    record(*changed, reason="bills came", at=now + timedelta(days=1))
    record(*(row(n, when="2024-02", node=f"n{n}") for n in range(5)), at=now + timedelta(days=2))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE facts_fact SET value = '7' WHERE leaf_index = 1",
        "UPDATE facts_fact SET superseded_at = NULL WHERE leaf_index = 3",
        "UPDATE facts_fact SET superseded_at = '2030-01-01 00:00:00' WHERE leaf_index = 3",
        "UPDATE facts_fact SET superseded_at = '2030-01-01 00:00:00', node = 'x' WHERE id > 0",
        "DELETE FROM facts_fact WHERE leaf_index = 1",
        "UPDATE facts_batch SET actor = 'eve'",
        "DELETE FROM facts_batch",
        "UPDATE records_event SET actor = 'eve'",
        "DELETE FROM records_event",
    ],
)
@pytest.mark.usefixtures("log")
def test_the_database_itself_refuses_to_change_what_was_recorded(statement):
    with (
        pytest.raises(DatabaseError, match=r"is append-only: (UPDATE|DELETE) refused"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.usefixtures("log")
def test_an_untouched_log_holds():
    report = log_verify()

    assert report.holds, report.faults
    assert (report.n_facts, report.n_batches, report.n_events) == (15, 3, 3)
    assert (report.root_hash, report.event_hash) == (
        checkpoint().root_hash,
        checkpoint().event_hash,
    )


def test_an_empty_log_holds():
    assert log_verify().holds
    assert log_verify().root_hash == checkpoint().root_hash == sha256().hexdigest()


@pytest.mark.parametrize(
    ("table", "statement", "row_named", "said"),
    [
        ("facts_fact", "SET value = '7.000000000' WHERE leaf_index = 1", "n1", "leaf hash"),
        ("facts_fact", "SET lineage = '{\"a\": 1}' WHERE leaf_index = 1", "n1", "leaf hash"),
        ("facts_fact", "SET reason = 'x' WHERE leaf_index = 5", "n3", "leaf hash"),
        ("facts_fact", "SET supersedes_id = NULL WHERE leaf_index = 5", "n3", "not superseded"),
        ("facts_fact", "SET superseded_at = NULL WHERE leaf_index = 3", "n3", "not superseded"),
        ("facts_batch", "SET parameters = '{\"a\": 1}' WHERE tree_size = 5", "n4", "leaf hash"),
        ("facts_batch", "SET root_hash = 'ff' WHERE tree_size = 10", "#", "its root is not"),
    ],
)
@pytest.mark.usefixtures("log")
def test_a_changed_row_is_named(table, statement, row_named, said):
    if "superseded_at = NULL" in statement:
        with connection.cursor() as cursor:  # two current facts of one thing: another guard
            cursor.execute("DROP INDEX facts_fact_one_current")
    with unguarded(table), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} {statement}")

    report = log_verify()

    assert any(row_named in fault.row and said in fault.what for fault in report.faults)
    assert len(report.faults) <= 5


@pytest.mark.usefixtures("log")
def test_a_row_taken_out_is_named():
    with unguarded("facts_fact"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM facts_fact WHERE leaf_index = 1")
    said = [fault.what for fault in log_verify().faults]

    assert said == [
        "before it, leaves 1 to 1 are missing",
        "its root is not the head of the facts up to here; nor are later ones",
    ]


@pytest.mark.usefixtures("log")
def test_rows_cut_off_the_end_leave_their_batch_behind():
    with unguarded("facts_fact"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM facts_fact WHERE leaf_index > 11")

    assert [fault.what for fault in log_verify().faults] == ["facts at its end are missing"]


@pytest.mark.usefixtures("log")
def test_a_row_that_was_forged_with_its_hash_shows_in_the_root():
    fact = Fact.objects.get(leaf_index=1)
    with unguarded("facts_fact"):
        forged = sha256(b"forged").digest()
        Fact.objects.filter(pk=fact.pk).update(leaf_hash=forged)

    assert {fault.table for fault in log_verify().faults} == {"facts_fact", "facts_batch"}


@pytest.mark.usefixtures("log")
def test_a_proof_is_checked_without_the_database(django_assert_num_queries):
    for fact in Fact.objects.order_by("leaf_index"):
        proof = inclusion_proof(fact_get(fact.pk))
        assert proof.root_hash == checkpoint().root_hash
        with django_assert_num_queries(0):
            assert proof_fault(proof) == ""
        assert json.loads(proof.leaf)["node"] == fact.node
        assert proof_read(json.dumps(proof_write(proof))) == proof


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"leaf": '{"value":"9"}'}, "digest"),
        ({"leaf_index": 7}, "leaf 7"),
        ({"root_hash": "00" * 32}, "does not lead"),
        ({"path": ()}, "does not lead"),
        ({"batch": '{"engine":"forged"}'}, "digest"),
    ],
)
@pytest.mark.usefixtures("log")
def test_a_forged_proof_is_refused(change, said):
    proof = inclusion_proof(Fact.objects.get(leaf_index=3))

    assert said in proof_fault(replace(proof, **change))


@pytest.mark.usefixtures("log")
def test_a_fact_is_proved_under_any_later_head():
    fact = Fact.objects.get(leaf_index=3)

    assert proof_fault(inclusion_proof(fact, tree_size=4)) == ""
    with pytest.raises(InputError, match="leaf 3 is not among the first 3 of 15"):
        inclusion_proof(fact, tree_size=3)


@pytest.mark.usefixtures("log")
def test_heads_are_tied_to_one_another():
    proof = consistency_proof(5)

    assert (proof.old_size, proof.new_size) == (5, 15)
    assert proof_fault(proof) == ""
    assert "does not extend" in proof_fault(replace(proof, old_root_hash="00" * 32))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense", "is not JSON"),
        ("[]", "is no JSON object"),
        ("{}", "is no proof in the form 'commonweal proof 1'"),
        ('{"form": "commonweal proof 1", "proof": "inclusion"}', "leaf of the proof is None"),
    ],
)
def test_what_is_no_proof_is_told(text, said):
    with pytest.raises(InputError, match=said):
        proof_read(text)

"""Receipts: who opened a record without a name follows it, and nobody learns who they are."""

import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection

from commonweal.errors import DefinitionError, InputError
from commonweal.kernel.programmes.definitions import RecordSpec
from commonweal.kernel.programmes.imports import records_import
from commonweal.kernel.programmes.models import Answer
from commonweal.kernel.programmes.receipts import (
    is_anonymous,
    receipt_act,
    receipt_actions,
    receipt_fields,
    receipt_find,
    receipt_of,
    receipt_timeline,
    record_by_receipt,
)
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import (
    personal_erase,
    record_act,
    record_change,
    record_merge,
    record_open,
)
from commonweal.kernel.programmes.services.refusals import RefusedError
from commonweal.kernel.programmes.values import ValuesError
from commonweal.kernel.records.models import Event
from tests.kernel.programmes.conftest import NOW

HEARING = {
    "theme": "Tools",
    "held_date": "2024-05-06",
    "place": "Hall 2",
    "leader": "Ms Hu",
    "n_participants": 9,
}
ASKER = "ouyang-who-asks"


@pytest.fixture
def handlers(person):
    return {role: person(role, **{role: "north"}) for role in ("data_owner", "programme_manager")}


@pytest.fixture
def asker(person):
    return person(ASKER, viewer="north")


@pytest.fixture
def ask(asker, handlers):
    """A function that raises an issue, without a name unless told otherwise."""
    kind = record_type("general_manager.hearing")
    terms = {"node": "north", "now": NOW}
    opened = record_open(kind, values=HEARING, scope=handlers["data_owner"], **terms)
    hearing = record_act(opened, "hold", scope=handlers["data_owner"], now=NOW).record

    def raised(*, request_key="", **values):
        given = {"hearing": hearing, "topic": "pay", "text": "Late again", "is_anonymous": True}
        return record_open(
            record_type("general_manager.issue"),
            values=given | values,
            scope=asker,
            request_key=request_key,
            **terms,
        )

    return raised


def solved(issue, handlers):
    terms = {"now": NOW, "scope": handlers["data_owner"]}
    return record_act(issue, "solve_on_site", values={"answer": "On Friday"}, **terms).record


def test_a_receipt_has_eighty_bits_and_is_typed_as_people_type(ask):
    issue = ask()
    receipt = receipt_of(issue)
    assert re.fullmatch(rf"{issue.code}(-[0-9a-f]{{5}}){{4}}", receipt)
    wide = receipt.translate({ord("-"): 0xFF0D, ord("0"): 0xFF10})  # as Chinese input types them
    for typed in (receipt, f" {receipt}\n", receipt.replace("-", " - "), wide):
        assert receipt_find(typed) == issue
    digits = receipt.removeprefix(issue.code)
    assert receipt_find(issue.code + digits.upper()) == issue
    assert receipt_of(ask()).removeprefix(issue.code) != digits


def test_what_is_unknown_and_what_is_malformed_sound_alike(ask):
    issue = ask()
    receipt = receipt_of(issue)
    another = receipt[:-1] + ("0" if receipt[-1] != "0" else "1")
    unknown = receipt.replace(issue.code, "GMI-2024-99999")
    said = set()
    for text in ("", "收據", "-----", issue.code, str(issue.pk), receipt[:-1], another, unknown):
        with pytest.raises(InputError) as refused:
            receipt_find(text)
        said.add((str(refused.value), refused.value.hint))
    assert len(said) == 1
    assert issue.code not in str(said)


def test_a_type_without_anonymous_records_has_no_receipts(ask, donation):
    issue = ask()
    assert record_by_receipt(donation, receipt_of(issue)) is None
    assert is_anonymous(issue)
    assert not is_anonymous(ask(is_anonymous=False))


def test_the_holder_reads_what_the_definition_shows_and_no_names(ask, handlers):
    issue = solved(ask(), handlers)
    assert receipt_fields(issue) == {
        "topic": "pay",
        "text": "Late again",
        "answer": "On Friday",
        "handler": "",
    }
    told = receipt_timeline(issue)
    assert [(each.what, each.state) for each in told] == [
        ("open", "raised"),
        ("Solve on site", "solved on site"),
    ]
    assert not {"data_owner", ASKER} & set(re.split(r"\W+", str(told)))


def test_the_holder_reopens_and_the_log_says_nobody(ask, handlers):
    issue = solved(ask(), handlers)
    assert [each.action for each in receipt_actions(issue)] == ["reopen"]
    again = {"now": NOW + timedelta(days=2), "comment": "it was not paid", "request_key": "once"}
    for _twice in range(2):
        found = receipt_act(issue, "reopen", version=issue.version, **again).record
        assert (found.state, found.n_reopened) == ("in_progress", 1)
    event = Event.objects.filter(record_key=str(issue.pk)).latest("sequence")
    assert (event.action, event.actor) == ("reopen", "anonymous")
    assert receipt_timeline(found)[-1].comment == "it was not paid"


def test_the_holder_does_nothing_else(ask, handlers):
    issue = solved(ask(), handlers)
    for action in ("close", "solve_on_site", "no_such"):
        with pytest.raises(RefusedError, match="is not for the holder of a receipt"):
            receipt_act(issue, action, now=NOW)
    with pytest.raises(RefusedError, match="starts from"):
        receipt_act(issue, "resume", now=NOW)


def test_a_receipt_ends_when_what_is_personal_is_erased(ask, handlers):
    issue = ask()
    receipt = receipt_of(issue)
    personal_erase(issue, scope=handlers["programme_manager"], now=NOW)
    with pytest.raises(InputError, match="no record has this receipt"):
        receipt_find(receipt)


@pytest.mark.parametrize("was", [True, False])
def test_whether_a_name_is_kept_is_decided_at_the_opening(ask, handlers, was):
    issue = ask(is_anonymous=was)
    terms = {"version": 1, "scope": handlers["programme_manager"], "now": NOW}
    with pytest.raises(ValuesError, match="decided when the record was opened"):
        record_change(issue, values={"is_anonymous": not was}, **terms)
    changed = record_change(issue, values={"is_anonymous": was, "topic": "other"}, **terms)
    assert (changed.is_anonymous, changed.topic) == (was, "other")


def bytes_stored():
    """Everything that the database holds: its whole file, or every row of every table."""
    if connection.vendor == "sqlite":
        return connection.connection.serialize()
    rows = (list(model.objects.values_list()) for model in apps.get_models())
    return str(list(rows)).encode()


def test_the_whole_database_does_not_know_who_asked(ask):
    ask(is_anonymous=False)
    before = bytes_stored().count(ASKER.encode())
    issue = ask(request_key="k1")
    after = bytes_stored()
    assert before > 1  # the account itself, and the issue with a name: it would be found
    assert after.count(ASKER.encode()) == before
    assert issue.code.encode() in after
    ask(request_key="k2", is_anonymous=False)
    assert bytes_stored().count(ASKER.encode()) > before


def test_what_is_kept_of_the_request_is_the_same_whoever_asks(ask, person, handlers):
    kind = record_type("general_manager.issue")
    first = ask(request_key="k1")
    values = {"hearing": first.hearing, "topic": "pay", "text": "Late again", "is_anonymous": True}
    other = person("other", viewer="north")
    record_open(kind, node="north", values=values, scope=other, now=NOW, request_key="k2")
    assert len(set(Answer.objects.values_list("request_sha256", flat=True))) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"receipt_actions": ["fly"]}, "receipt_actions names the action 'fly'"),
        ({"receipt_shows": ["salary"]}, "receipt_shows names the field 'salary'"),
        ({"receipt_actions": ["solve"]}, "'solve' of a receipt can ask for a comment alone"),
        ({"anonymous": ""}, "a receipt needs a field `anonymous`"),
    ],
)
def test_a_definition_of_receipts_that_cannot_work_is_refused(change, said):
    spec = record_type("general_manager.issue").spec
    with pytest.raises((ValueError, DefinitionError), match=said):
        RecordSpec.model_validate(spec.model_dump(by_alias=True) | change)


@pytest.mark.parametrize("was", [True, False])
def test_neither_a_file_nor_a_merge_changes_whether_a_name_is_kept(ask, handlers, tmp_path, was):
    issue, other = ask(is_anonymous=was), ask(is_anonymous=not was)
    manager = handlers["programme_manager"]
    with pytest.raises(ValuesError, match="decided when the record was opened"):
        record_merge(issue, other, take=["is_anonymous"], scope=manager, now=NOW)
    path = tmp_path / "issues.csv"
    path.write_text(f"code,is_anonymous\n{issue.code},{'no' if was else 'yes'}\n")
    asked = {"scope": manager, "now": NOW, "mode": "apply"}
    (refusal,) = records_import(record_type("general_manager.issue"), path, **asked).refused
    assert "decided when the record was opened" in refusal.sentence

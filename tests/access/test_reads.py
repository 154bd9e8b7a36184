"""Whose personal values were shown to whom: told once for each answer, kept for a time."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from tests.access.conftest import accounts_make

from commonweal.kernel.accounts.models import Read
from commonweal.kernel.accounts.reads import MOST_KEYS, reads_forget, reads_listed, reads_tell
from commonweal.kernel.accounts.scopes import owner_scope, scope_of
from commonweal.kernel.accounts.tokens import token_issue
from commonweal.kernel.programmes.reading import personal_fields
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_open

KIND = "general_manager.issue"
API = "general_manager/issue"
LIST = "/programmes/general_manager/issue/"


@pytest.fixture
def people(nodes):
    return accounts_make(nodes)


@pytest.fixture
def issue(people):
    now = timezone.now()
    session = {"theme": "Vans", "held_date": "2024-03-06", "place": "Hall", "leader": "Head"}
    by = {"node": "north", "now": now}
    chief = scope_of(people["root"], now=now)
    hearing = record_open(record_type("general_manager.hearing"), values=session, scope=chief, **by)
    values = {"hearing": hearing, "topic": "other", "text": "There is no place for my car"}
    asker = scope_of(people["inside-data_owner"], now=now)
    return record_open(record_type(KIND), values=values, scope=asker, **by)


def told():
    found = Read.objects.order_by("pk").values_list("actor", "record_type", "n_records", "fields")
    return list(found)


def test_a_record_with_personal_fields_is_told_with_who_saw_it(client, people, issue):
    client.force_login(people["inside-verifier"])
    assert client.get(f"{LIST}{issue.pk}/").status_code == 200
    fields = list(personal_fields(record_type(KIND)))
    assert fields
    assert told() == [("web:inside-verifier", KIND, 1, fields)]
    kept = Read.objects.get()
    assert kept.record_keys == [str(issue.pk)]
    assert "car" not in str(kept.__dict__)


def test_a_change_by_the_api_is_answered_with_them_and_told(people, issue):
    now = timezone.now()
    by = {"expires_at": now + timedelta(days=1), "now": now}
    _token, text = token_issue(people["inside-data_owner"], name="t", scopes=("write",), **by)
    place, body = f"/api/v1/records/{API}/{issue.pk}", {"values": {"topic": "welfare"}}
    headers = {"Authorization": f"Bearer {text}", "If-Match": '"v1"'}
    answer = Client().patch(place, body, content_type="application/json", headers=headers)
    assert b"my car" in answer.content
    assert [(actor, n) for actor, _kind, n, _fields in told()] == [("api:inside-data_owner", 1)]


def test_what_was_not_shown_is_not_told(client, people, issue):
    client.force_login(people["outside-verifier"])
    assert client.get(f"{LIST}{issue.pk}/").status_code == 404
    assert told() == []


def test_an_export_tells_one_line_for_each_node(client, people, issue):
    client.force_login(people["inside-programme_manager"])
    answer = client.get(f"{LIST}export.csv")
    assert b"".join(answer)
    assert [(actor, n) for actor, _kind, n, _fields in told()] == [
        ("web:inside-programme_manager", 1)
    ]


def test_thousands_are_one_line_with_a_hundred_keys(people, nodes):
    record = type("Shown", (), {"node_id": nodes["north"].pk})
    records = []
    for number in range(10_000):
        records.append(record())
        records[-1].pk = number
    by = {"scope": owner_scope("cli:li"), "now": timezone.now()}
    assert reads_tell(KIND, records, fields=["text"], **by) == 1
    kept = Read.objects.get()
    assert (kept.n_records, len(kept.record_keys)) == (10_000, MOST_KEYS)
    assert reads_tell(KIND, records, fields=[], **by) == 0


def test_those_who_oversee_a_node_see_what_was_read_there(client, people, nodes, issue):
    client.force_login(people["inside-verifier"])
    client.get(f"{LIST}{issue.pk}/")
    for person, seen in (("inside-verifier", 1), ("outside-verifier", 0), ("root", 1)):
        client.force_login(people[person])
        html = client.get("/account/reads/").content.decode()
        assert html.count("web:inside-verifier") == seen, person
        assert reads_listed(scope=scope_of(people[person], now=timezone.now())).count() == seen
    for person in ("inside-viewer", "inside-reviewer", "nobody"):
        client.force_login(people[person])
        assert client.get("/account/reads/").status_code == 403


def test_reads_are_forgotten_when_their_time_is_over(people, nodes, now):
    node = type("Shown", (), {"node_id": nodes["north"].pk, "pk": 1})
    for days in (10, 20):
        by = {"scope": owner_scope("cli:li"), "now": now - timedelta(days=days)}
        reads_tell(KIND, [node], fields=["text"], **by)
    assert reads_forget(now=now, kept=timedelta(days=15)) == 1
    assert Read.objects.get().happened_at == now - timedelta(days=10)

"""Records are written as in the pages: same rules, same log, once."""

import pytest
from tests.api.conftest import V1
from tests.web.working import TYPED

from commonweal.kernel.records.models import Event

LIST = "/records/donations/donation"
NEW = {
    "node": "north",
    "values": {k: v for k, v in (TYPED | {"amount_cny": "53000.00"}).items() if k != "node"},
}


def opened(program, **headers):
    return program.post(LIST, NEW, **headers)


def test_a_record_is_opened_changed_and_acted_on(programs):
    made = opened(programs["owner"])
    assert made.status_code == 201, made.content
    record = made.json()
    assert record["fields"]["amount_cny"] == "53000.00"
    place = made["Location"].removeprefix(V1)
    changed = programs["owner"].send(
        "PATCH", place, {"values": {"recipient": "Another"}}, **{"If-Match": made["ETag"]}
    )
    assert changed.json()["version"] == 2
    action = record["actions"][0]
    done = programs["owner"].post(f"{place}/actions/{action}", {})
    assert done.json()["is_done"] is True
    assert done.json()["version"] == 3
    told = programs["owner"].get(f"{place}/timeline").json()
    assert [each["action"] for each in told] == ["open", "change", action]
    assert told[1]["changes"] == [
        {"name": "recipient", "old": "Youth Foundation", "new": "Another"}
    ]
    assert {each.actor for each in Event.objects.filter(record_key=record["id"])} == {"api:owner"}


def test_the_same_request_happens_once(programs):
    key = {"Idempotency-Key": "order 1"}
    first, again = (opened(programs["owner"], **key) for _ in range(2))
    assert first.json()["id"] == again.json()["id"]
    assert (first.content, first["ETag"]) == (again.content, again["ETag"])
    assert again["Idempotency-Replayed"] == "true"
    assert programs["owner"].get(LIST).json()["n_found"] == 1


def test_a_key_is_good_for_one_request(programs):
    opened(programs["owner"], **{"Idempotency-Key": "k"})
    other = programs["owner"].post(LIST, {**NEW, "privacy": "public"}, **{"Idempotency-Key": "k"})
    assert other.status_code == 422
    assert "used for a different request" in other.json()["detail"]


def test_a_key_belongs_to_who_asks(programs, gift):
    path = f"{LIST}/{gift.pk}/comments"
    for name in ("owner", "manager"):
        said = programs[name].post(path, {"comment": "seen"}, **{"Idempotency-Key": "k"})
        assert said.status_code == 201, said.content
    said = programs["owner"].get(f"{LIST}/{gift.pk}/timeline").json()
    assert [each["who"] for each in said if each["action"] == "comment"] == ["owner", "manager"]


def test_what_was_refused_may_be_sent_again(programs):
    wrong = {**NEW, "values": {**NEW["values"], "amount_cny": "much"}}
    key = {"Idempotency-Key": "k"}
    refused = programs["owner"].post(LIST, wrong, **key)
    assert refused.status_code == 422
    assert "amount_cny" in refused.json()["fields"]
    assert opened(programs["owner"], **key).status_code == 201


def test_a_change_needs_the_version_that_was_read(programs, gift):
    place, body = f"{LIST}/{gift.pk}", {"values": {"recipient": "Another"}}
    without = programs["owner"].send("PATCH", place, body)
    assert without.status_code == 428
    first = programs["owner"].send("PATCH", place, body, **{"If-Match": '"v1"'})
    assert first.status_code == 200
    late = programs["owner"].send(
        "PATCH", place, {"values": {"recipient": "Third"}}, **{"If-Match": '"v1"'}
    )
    assert late.status_code == 412
    assert late.json()["theirs"] == ["recipient"]
    assert "is now version 2, you read version 1" in late.json()["detail"]


def test_many_records_are_acted_on_or_none(programs, gift):
    other = opened(programs["owner"]).json()
    action = other["actions"][0]
    chosen = [{"id": str(gift.pk), "version": 1}, {"id": other["id"], "version": 9}]
    late = programs["owner"].post(f"{LIST}/actions/{action}", {"records": chosen})
    assert late.status_code == 412
    states = {each["state"] for each in programs["owner"].get(LIST).json()["items"]}
    assert len(states) == 1
    chosen[1]["version"] = 1
    done = programs["owner"].post(f"{LIST}/actions/{action}", {"records": chosen})
    assert [each["is_done"] for each in done.json()] == [True, True]


def test_lists_have_the_filters_of_the_pages(programs, gift):
    owner = programs["owner"]
    assert owner.get(f"{LIST}?state=open&node=north&owner=me").json()["n_found"] == 1
    assert owner.get(f"{LIST}?node=group&q={gift.code}&purpose=border").json()["n_found"] == 1
    assert owner.get(f"{LIST}?purpose=education").json()["n_found"] == 0
    assert owner.get(f"{LIST}?period=2024-03").json()["n_found"] == 1


def test_a_list_goes_on_where_it_stopped_whatever_is_added(programs):
    made = [opened(programs["owner"]).json()["code"] for _ in range(4)]
    first = programs["owner"].get(f"{LIST}?sort=old&limit=3").json()
    opened(programs["owner"])
    rest = programs["owner"].get(f"{LIST}?sort=old&limit=3&after={first['next']}").json()
    codes = [each["code"] for each in first["items"] + rest["items"]]
    assert codes[:4] == made
    assert len(codes) == 5


@pytest.mark.parametrize("name", ["first", "stranger"])
def test_who_may_not_open_is_refused(programs, name):
    answer = opened(programs[name])
    assert answer.status_code == 403
    assert "this needs the role of data owner" in answer.json()["detail"]

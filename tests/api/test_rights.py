"""Who may ask for what: by token and by session, inside and outside of a scope."""

import re

import pytest
from django.test import Client
from django.utils import timezone
from tests.api.conftest import V1, Program

from commonweal.api.document import document
from commonweal.api.main import api
from commonweal.kernel.accounts.scopes import scope_of
from commonweal.kernel.accounts.tokens import SCOPES, token_revoke

LIST = "/records/donations/donation"
SAMPLES = {
    "dataset_id": "electricity_bills",
    "fact_id": "1",
    "form": "json",
    "indicator_id": "energy_use",
    "model": "donation",
    "programme": "donations",
    "record_id": "018f0000-0000-7000-8000-000000000000",
    "report_id": "energy_carbon",
    "source_id": "1",
    "type_id": "donations.donation",
    "action": "submit",
    "number": "1",
    "subscription_id": "1",
    "job_id": "018f0000-0000-7000-8000-000000000000",
}


def every_operation():
    found = []
    for bound in api._get_bound_routers():
        for path, view in bound.path_operations.items():
            for operation in view.operations:
                purposes = {each.purpose for each in operation.auth_callbacks}
                found += [(path, method, purposes) for method in operation.methods]
    return sorted(found, key=str)


def address(path):
    for name, value in SAMPLES.items():
        path = re.sub(rf"{{(\w+:)?{name}}}", value, path)
    assert "{" not in path, path
    return path


EVERY = every_operation()
each_operation = pytest.mark.parametrize(("path", "method", "purposes"), EVERY)


def test_every_operation_says_what_its_token_is_for():
    assert len(EVERY) >= 28
    assert [path for path, _method, purposes in EVERY if len(purposes) != 1] == []
    assert {purpose for *_rest, purposes in EVERY for purpose in purposes} <= set(SCOPES)
    writing = {purposes.copy().pop() for _p, method, purposes in EVERY if method != "GET"}
    assert "read" not in writing


@each_operation
def test_nobody_asks_without_a_name(db, path, method, purposes):
    answer = Client().generic(method, V1 + address(path), "{}", "application/json")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


@each_operation
def test_a_token_is_for_what_it_was_issued_for(people, path, method, purposes):
    others = [each for each in SCOPES if each not in purposes]
    answer = Program(people["owner"], others).send(method, address(path), {})
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:commonweal:problem:purpose"


def test_what_is_outside_of_the_scope_is_not_there(programs, gift):
    place = f"{LIST}/{gift.pk}"
    for name, status in (("owner", 200), ("first", 200), ("manager", 200), ("stranger", 404)):
        assert programs[name].get(place).status_code == status, name
        assert programs[name].get(f"{place}/timeline").status_code == status, name
    stranger = programs["stranger"]
    assert stranger.get(LIST).json()["items"] == []
    assert stranger.post(f"{place}/comments", {"comment": "hello"}).status_code == 404
    assert stranger.post(f"{place}/actions/submit", {}).status_code == 404
    body = {"values": {"recipient": "Mine"}}
    assert stranger.send("PATCH", place, body, **{"If-Match": '"v1"'}).status_code == 404
    chosen = {"records": [{"id": str(gift.pk), "version": 1}]}
    assert stranger.post(f"{LIST}/actions/submit", chosen).status_code == 404


@pytest.mark.parametrize("text", ["", "x", "cw_00000000_xxxxxxxx"])
def test_an_unknown_token_opens_nothing(db, text):
    answer = Client(headers={"Authorization": f"Bearer {text}"}).get(f"{V1}/me")
    assert answer.status_code == 401


def test_a_revoked_token_opens_nothing_more(programs):
    owner = programs["owner"]
    assert owner.get("/me").status_code == 200
    now = timezone.now()
    token_revoke(owner.token, scope=scope_of(owner.user, now=now), now=now)
    refused = owner.get("/me")
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused["WWW-Authenticate"]


def test_a_session_reads_and_writes_with_its_csrf_token(people, gift):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(people["owner"])
    assert browser.get(f"{V1}/me").json()["account"] == "owner"
    path, body = f"{V1}{LIST}/{gift.pk}/comments", '{"comment": "seen"}'
    forged = browser.post(path, body, "application/json")
    assert forged.status_code == 403
    assert forged.json()["type"] == "urn:commonweal:problem:csrf"
    browser.get("/my-work/")
    token = browser.cookies["csrftoken"].value
    said = browser.post(path, body, "application/json", headers={"X-CSRFToken": token})
    assert said.status_code == 201


def test_who_asks_too_often_is_told_to_wait(people, settings):
    settings.API_REQUESTS_PER_MINUTE = 5
    program = Program(people["owner"])
    answers = [program.get("/me") for _ in range(11)]  # at most one minute ends meanwhile
    refused = [each for each in answers if each.status_code == 429]
    assert refused
    assert 0 < int(refused[0]["Retry-After"]) <= 60
    assert refused[0]["RateLimit-Policy"] == '"default";q=5;w=60'
    assert Program(people["first"]).get("/me").status_code == 200


def test_the_description_is_for_who_is_known(people):
    assert Client().get(f"{V1}/openapi.json").status_code == 401
    told = Program(people["owner"]).get("/openapi.json").json()
    assert told == document()
    assert told["openapi"].startswith("3.1")


def test_the_page_shows_every_route_and_runs_nothing(client, people):
    assert client.get("/api/docs/").status_code == 302
    client.force_login(people["owner"])
    page = client.get("/api/docs/")
    shown = page.content.decode()
    missing = [path for path in document()["paths"] if path not in shown]
    assert missing == []
    assert "http://" not in shown.replace("http://testserver", "")

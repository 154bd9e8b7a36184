"""A receipt is shown once, read without an account, and leads nowhere but to its record."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.utils import timezone
from tests.kernel.programmes.conftest import node_make

from commonweal.domains.people.general_manager.models import Issue
from commonweal.kernel.accounts.models import Grant
from commonweal.kernel.accounts.scopes import Principal, Scope
from commonweal.kernel.programmes.receipts import receipt_of
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_open
from commonweal.kernel.records.models import Event
from commonweal.periods import business_date

NEW = "/programmes/general_manager/issue/new/"
ASKER = "ouyang-who-asks"


def handler():
    roles = dict.fromkeys(("viewer", "data_owner", "programme_manager", "reviewer"))
    return Scope("web:handler-wu", (Principal(None, "handler-wu", roles),))


@pytest.fixture
def hearing(db):
    node_make("group", "group")
    now = timezone.now()
    values = {"theme": "Tools", "held_date": business_date(now), "place": "Hall", "leader": "Ms Hu"}
    kind = record_type("general_manager.hearing")
    made = record_open(
        kind, node="group", values=values | {"n_participants": 9}, scope=handler(), now=now
    )
    return record_act(made, "hold", scope=handler(), now=now).record


@pytest.fixture
def asker(client, hearing):
    user = get_user_model().objects.create_user(ASKER)
    Grant.objects.create(user=user, role="viewer", node=hearing.node, valid_from="2020-01-01")
    client.force_login(user)
    return client


def opened(client, hearing, *, form=None, **typed):
    """Fill in the form as a browser does, and return what was sent and what was answered."""
    html = client.get(NEW).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', html))
    given = {"node": "group", "hearing": hearing.code, "topic": "pay", "text": "Late", **typed}
    sent = form or (hidden | given | {"is_anonymous": "1"})
    return sent, client.post(NEW, sent)


def receipt_in(answer):
    return re.search(r'<code id="receipt">([^<]+)</code>', answer.content.decode())[1]


@pytest.fixture
def solved(hearing):
    """An issue that nobody in particular asked, and its answer."""
    values = {"hearing": hearing, "topic": "pay", "text": "Late again", "is_anonymous": True}
    terms = {"scope": handler(), "now": timezone.now()}
    issue = record_open(record_type("general_manager.issue"), node="group", values=values, **terms)
    return record_act(issue, "solve_on_site", values={"answer": "Paid on Friday"}, **terms).record


def asked_with(client, receipt):
    return client.post("/receipts/", {"receipt": receipt})


def test_opening_without_a_name_shows_the_receipt_once(asker, hearing):
    form, answer = opened(asker, hearing)
    issue = Issue.objects.get()
    receipt = receipt_in(answer)
    assert receipt == receipt_of(issue)
    assert "nobody can give it to you again" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert receipt_in(opened(asker, hearing, form=form)[1]) == receipt  # pressed twice: one record
    assert Issue.objects.count() == 1
    for page in ("/my-work/", "/programmes/general_manager/issue/", "/receipts/", NEW):
        assert receipt not in asker.get(page).content.decode()


def test_opening_with_a_name_shows_none(asker, hearing):
    form, answer = opened(asker, hearing, text="Mine")
    del form["is_anonymous"]
    form["request_key"] = "another"
    answer = asker.post(NEW, form)
    assert answer.status_code == 302
    named = Issue.objects.get(is_anonymous=False)
    assert named.owner.username == ASKER
    assert 'id="receipt"' not in asker.get(answer.url).content.decode()


@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_neither_file_nor_session_knows_who_asked(asker, hearing):
    before = connection.connection.serialize()
    _form, answer = opened(asker, hearing)
    receipt = receipt_in(answer)
    after = connection.connection.serialize()
    assert ASKER.encode() in before
    assert after.count(ASKER.encode()) == before.count(ASKER.encode())
    assert receipt.encode() not in after
    issue = Issue.objects.get()
    held = str([each.get_decoded() for each in Session.objects.all()])
    cookies = str(asker.cookies)
    for told in (receipt, issue.code, str(issue.pk), issue.pk.hex):
        assert told not in held
        assert told not in cookies


def test_the_holder_reads_the_answer_without_an_account_and_without_names(client, solved):
    answer = asked_with(client, f" {receipt_of(solved)} ".upper())
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    for told in ("Paid on Friday", "Late again", "solved on site", "Pay and appraisal", "opened"):
        assert told in html
    assert "handler-wu" not in html
    assert "group" not in re.sub(r"<[^>]+>", " ", html)
    assert client.session.items() == {}.items()


def test_an_address_holds_no_receipt(client, solved):
    html = client.get("/receipts/", {"receipt": receipt_of(solved)}).content.decode()
    assert "Paid on Friday" not in html
    html = asked_with(client, receipt_of(solved)).content.decode()
    assert [each for each in re.findall(r'(?:href|action)="([^"]*)"', html) if "GMI" in each] == []
    assert client.get("/receipts/act/reopen/").url == "/receipts/"


def test_the_holder_reopens_what_was_not_solved(client, solved):
    html = asked_with(client, receipt_of(solved)).content.decode()
    form = dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', html))
    empty = client.post("/receipts/act/reopen/", form)
    assert empty.status_code == 422
    assert "<strong>say why</strong>" in empty.content.decode()
    for _twice in range(2):
        answer = client.post("/receipts/act/reopen/", form | {"comment": "not paid"})
        assert f"{solved.code} is now in progress" in answer.content.decode()
    solved.refresh_from_db()
    assert (solved.state, solved.n_reopened) == ("in_progress", 1)
    last = Event.objects.filter(record_key=str(solved.pk)).latest("sequence")
    assert (last.action, last.actor, last.content["comment"]) == ("reopen", "anonymous", "not paid")


@pytest.mark.parametrize("action", ["close", "escalate", "nonsense"])
def test_the_holder_may_do_nothing_else(client, solved, action):
    sent = {"receipt": receipt_of(solved), "version": solved.version, "comment": "x"}
    answer = client.post(f"/receipts/act/{action}/", sent)
    assert answer.status_code == 403
    assert "is not for the holder of a receipt" in answer.content.decode()
    solved.refresh_from_db()
    assert solved.state == "solved_on_site"


def test_a_record_that_changed_meanwhile_is_said_and_nothing_is_lost(client, solved):
    sent = {"receipt": receipt_of(solved), "version": solved.version - 1, "comment": "not paid"}
    answer = client.post("/receipts/act/reopen/", sent)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert f"{solved.code} has changed meanwhile" in html
    assert "handler-wu" not in html
    assert ">not paid</textarea>" in html


def test_wrong_receipts_sound_alike_and_are_slowed_down(client, solved, monkeypatch):
    right = receipt_of(solved)
    wrong = ("x", right[:-1], right.replace(solved.code, "GMI-2024-99999"), solved.code)
    said = {
        re.sub(r"<input[^>]*csrf[^>]*>", "", asked_with(client, w).content.decode()) for w in wrong
    }
    assert len(said) == 1
    assert "no record has this receipt" in said.pop()
    for _more in range(6):
        assert asked_with(client, "x").status_code == 422
    for receipt in ("x", right):
        answer = asked_with(client, receipt)
        assert answer.status_code == 429
        assert "wait ten minutes" in answer.content.decode()
    assert asked_with(Client(), right).status_code == 200  # another browser is not kept waiting
    later = timezone.now() + timedelta(minutes=11)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert asked_with(client, right).status_code == 200
    assert asked_with(client, "x").status_code == 422


def test_a_form_from_elsewhere_is_refused(solved):
    client = Client(enforce_csrf_checks=True)
    assert asked_with(client, receipt_of(solved)).status_code == 403


@pytest.mark.parametrize("language", ["zh-hant", "zh-hans", "en"])
def test_the_pages_are_shown_in_every_language(client, asker, solved, hearing, language):
    client.logout()
    head = {"accept-language": language}
    for answer in (
        client.get("/receipts/", headers=head),
        client.post("/receipts/", {"receipt": receipt_of(solved)}, headers=head),
    ):
        html = answer.content.decode()
        assert answer.status_code == 200
        assert html.count("<h1") == 1
        assert " style=" not in html


def test_the_sign_in_page_leads_to_receipts(client, db):
    assert 'href="/receipts/"' in client.get("/sign-in/").content.decode()

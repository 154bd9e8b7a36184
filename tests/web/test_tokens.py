"""One's own tokens: shown once, good for what was ticked, ended by their holder."""

import re

import pytest

from commonweal.kernel.accounts.models import Token

PATH = "/account/tokens/"
ASKED = {"name": "gateway", "scope": ["read", "ingest"], "days": "30"}


@pytest.fixture
def user(django_user_model):
    return django_user_model.objects.create_user("lin")


@pytest.fixture
def browser(client, user):
    client.force_login(user)
    return client


def test_a_token_is_shown_once_and_works(browser):
    shown = browser.post(PATH, ASKED).content.decode()
    (text,) = re.findall(r"cw_[0-9a-f]{8}_[\w-]{43}", shown)
    again = browser.get(PATH).content.decode()
    assert text not in again
    assert text[:11] in again
    browser.logout()
    asked = browser.get("/api/v1/me", headers={"Authorization": f"Bearer {text}"})
    assert asked.json()["may"] == ["ingest", "read"]


def test_a_token_is_ended_by_its_holder_alone(browser, django_user_model):
    browser.post(PATH, ASKED)
    token = Token.objects.get()
    browser.force_login(django_user_model.objects.create_user("wang"))
    assert browser.post(f"{PATH}{token.pk}/end/").status_code == 404
    browser.force_login(token.user)
    assert browser.post(f"{PATH}{token.pk}/end/").status_code == 302
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert "gateway" not in browser.get(PATH).content.decode().partition("<caption>")[2]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"scope": []}, "the token is for nothing"),
        ({"days": "400"}, "lasts 1 to 366 days"),
        ({"days": "soon"}, "lasts 1 to 366 days"),
        ({"name": " "}, "has 1 to 64 characters"),
        ({"scope": ["everything"]}, "cannot be for"),
    ],
)
def test_a_wrong_token_is_refused_with_its_reason(browser, change, sentence):
    answer = browser.post(PATH, ASKED | change)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Token.objects.exists()

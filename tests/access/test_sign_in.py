"""Signing in: what is kept of a password, limits on guessing, second factors, sessions."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from tests.access.conftest import grant

from commonweal.kernel.accounts.models import Delegation
from commonweal.kernel.accounts.people import (
    account_add,
    account_close,
    account_password,
    second_factor_reset,
)
from commonweal.kernel.accounts.scopes import owner_scope
from commonweal.kernel.records.selectors import record_history

PASSWORD = "seven-grey-herons"  # noqa: S105 - of a test
WRONG = "my-other-secret-word"


def by():
    return {"scope": owner_scope("cli:root"), "now": timezone.now()}


def sign_in(client, name="li", password=PASSWORD, **headers):
    typed = {"username": name, "password": password}
    return client.post("/sign-in/", typed, follow=True, **headers)


def is_in(client):
    return client.get("/account/").status_code == 200


def code_of(secret):
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def factor_add(client):
    """Set one-time codes up as a person does, and give the secret and the recovery codes."""
    client.post("/account/again/", {"password": PASSWORD})
    page = client.get("/account/factors/codes/").content.decode()
    secret = re.search(r'id="authenticator_secret"[^>]* value="([A-Z2-7]+)"', page)[1]
    answer = client.post("/account/factors/codes/", {"code": code_of(secret)}, follow=True)
    return secret, re.findall(r"\b\d{8}\b", answer.content.decode())


@pytest.fixture
def li(db):
    user = account_add("li", **by())
    account_password("li", password=PASSWORD, **by())
    user.refresh_from_db()
    return user


def test_a_password_is_kept_in_argon2_and_an_older_one_from_its_next_use(client, li, settings):
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
    li.password = make_password(PASSWORD, hasher="pbkdf2_sha256")
    li.save()
    sign_in(client)
    assert is_in(client)
    li.refresh_from_db()
    assert li.password.startswith("argon2$argon2id$")


def test_the_product_itself_hashes_with_argon2_first():
    from commonweal.settings import people  # noqa: PLC0415 - the suite's own settings differ

    assert people.PASSWORD_HASHERS[0].endswith(".Argon2PasswordHasher")


def test_guessing_is_stopped_for_the_account_from_whatever_address(client, li):
    for number in range(5):
        html = sign_in(client, password=f"guess-{number}", REMOTE_ADDR=f"10.0.0.{number}")
        assert "not correct" in html.content.decode()
    html = sign_in(client, REMOTE_ADDR="10.0.9.9").content.decode()
    assert "Too many failed login attempts. Try again later." in html
    assert not is_in(client)


def test_guessing_is_stopped_for_the_address_whatever_the_account(client, li):
    answers = [
        sign_in(client, name=f"name-{number}", password=WRONG).content.decode()
        for number in range(21)
    ]
    assert sum("Too many failed" in each for each in answers) == 1
    assert "Too many failed" in answers[20]
    assert not is_in(client)
    sign_in(client, REMOTE_ADDR="10.1.1.1")
    assert is_in(client)


def test_the_count_is_kept_where_every_process_sees_it(settings):
    assert settings.CACHES["default"]["BACKEND"].endswith(".DatabaseCache")


def test_nobody_signs_up_and_nobody_asks_for_a_password_by_mail(client, db):
    for name in ("account_signup", "account_reset_password", "account_email"):
        with pytest.raises(NoReverseMatch):
            reverse(name)
    assert client.get("/sign-up/").status_code == 404


def test_the_administration_has_no_sign_in_of_its_own(client, li):
    li.is_staff = li.is_superuser = True
    li.save()
    typed = {"username": "li", "password": PASSWORD, "next": "/admin/"}
    assert client.post("/admin/login/", typed).url.startswith("/sign-in/")
    assert not is_in(client)


def test_an_unknown_name_and_a_wrong_password_are_answered_alike(client, li):
    unknown = sign_in(client, name="nobody", password=WRONG).content.decode()
    wrong = sign_in(client, password=WRONG).content.decode()
    errors = [
        re.search(r"errorlist[^>]*>(.*?)</ul>", html, re.DOTALL)[1] for html in (unknown, wrong)
    ]
    assert errors[0] == errors[1]


def test_what_was_typed_as_a_password_is_in_no_log(client, li, caplog):
    caplog.set_level("DEBUG")
    sign_in(client, password=WRONG)
    sign_in(client)
    told = caplog.text
    assert "sign-in refused: 'li' from 127.0.0.1" in told
    assert "signed in: li from 127.0.0.1" in told
    assert WRONG not in told
    assert PASSWORD not in told


def test_codes_are_asked_for_once_they_are_set_up(client, li, django_capture_on_commit_callbacks):
    sign_in(client)
    with django_capture_on_commit_callbacks(execute=True):
        secret, recovery = factor_add(client)
    assert len(recovery) == 10
    client.post("/sign-out/")
    answer = sign_in(client)
    assert answer.redirect_chain[-1][0] == "/sign-in/code/"
    assert not is_in(client)
    assert "Incorrect code" in client.post("/sign-in/code/", {"code": "000000"}).content.decode()
    client.post("/sign-in/code/", {"code": recovery[0]})
    assert is_in(client)
    client.post("/sign-out/")
    sign_in(client)
    client.post("/sign-in/code/", {"code": recovery[0]})
    assert not is_in(client)  # a recovery code is good once
    kept = Authenticator.objects.get(user=li, type="totp").data["secret"]
    assert secret not in kept
    told = [each.action for each in record_history("accounts.account", "li")]
    assert told == ["open", "password", "mfa_add", "mfa_add"]


def test_the_same_code_is_not_taken_twice(client, li):
    sign_in(client)
    secret, _codes = factor_add(client)
    for is_first in (True, False):
        client.post("/sign-out/")
        sign_in(client)
        client.post("/sign-in/code/", {"code": code_of(secret)})
        if not is_first:
            assert not is_in(client)


def test_changing_a_factor_asks_for_the_password_again(client, li):
    client.force_login(li)
    for address in ("codes/", "keys/new/", "recovery/new/"):
        assert client.get(f"/account/factors/{address}").url.startswith("/account/again/"), address


def test_a_role_may_ask_for_a_second_factor(client, li, nodes, settings):
    settings.MFA_REQUIRED_FOR = frozenset({"verifier", "administrator"})
    sign_in(client)
    assert client.get("/programmes/").status_code == 200
    grant(li, "verifier", nodes["north"])
    assert client.get("/programmes/").url == "/account/factors/"
    assert client.get("/api/v1/me").status_code == 403
    assert is_in(client)
    factor_add(client)
    assert client.get("/programmes/").status_code == 200


def test_a_role_that_was_delegated_asks_for_it_too(client, li, nodes, settings):
    settings.MFA_REQUIRED_FOR = frozenset({"verifier"})
    away = get_user_model().objects.create_user("away")
    grant(away, "verifier", nodes["north"])
    Delegation.objects.create(delegator=away, delegate=li, valid_from="2020-01-01")
    sign_in(client)
    assert client.get("/programmes/").url == "/account/factors/"


def test_a_superuser_is_an_administrator_here_too(client, li, settings):
    settings.MFA_REQUIRED_FOR = frozenset({"administrator"})
    li.is_superuser = True
    li.save()
    client.force_login(li)
    assert client.get("/").url == "/account/factors/"


def test_sessions_are_told_and_ended_elsewhere(client, li):
    other = Client()
    sign_in(other, HTTP_USER_AGENT="Old telephone")
    sign_in(client)
    assert "Old telephone" in client.get("/account/sessions/").content.decode()
    client.post("/account/sessions/")
    assert is_in(client)
    assert not is_in(other)


def test_a_new_password_ends_the_other_sessions(client, li):
    other = Client()
    sign_in(other)
    sign_in(client)
    new = "eleven-tame-otters"
    typed = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post("/account/password/", typed).status_code == 302
    assert is_in(client)
    assert not is_in(other)


@pytest.mark.parametrize("easy", ["short", "password1234", "123456789012", "li"])
def test_a_password_that_is_easy_to_guess_is_refused(li, easy):
    from commonweal.errors import InputError  # noqa: PLC0415

    with pytest.raises(InputError, match="this password will not do"):
        account_password("li", password=easy, **by())


def test_a_closed_account_is_out_at_once_and_does_not_come_back(client, li):
    sign_in(client)
    assert account_close("li", **by()) == 1
    assert not is_in(client)
    sign_in(client)
    assert not is_in(client)


def test_a_lost_factor_is_reset_and_its_sessions_end(client, li):
    sign_in(client)
    factor_add(client)
    assert second_factor_reset("li", **by()) == 2
    assert not is_in(client)
    sign_in(client)
    assert is_in(client)


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
@pytest.mark.parametrize("address", ["/account/", "/account/factors/", "/account/sessions/"])
def test_pages_of_the_account_keep_the_policy_of_the_site(client, li, address, language):
    client.force_login(li)
    answer = client.get(address, headers={"accept-language": language})
    html = answer.content.decode()
    assert html.count("<h1") == 1
    assert not re.search(r"<script(?![^>]*(src=|application/json))", html)
    assert " onclick=" not in html
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]

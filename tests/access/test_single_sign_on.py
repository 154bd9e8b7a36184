"""Single sign-on against a real provider in another process: whom it lets in, whom not."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import pytest
import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from tests.access.provider import BACK, CLIENT, SECRET

from commonweal.kernel.accounts.people import account_add, account_close
from commonweal.kernel.accounts.scopes import owner_scope
from commonweal.kernel.records.selectors import record_history
from commonweal.settings.config import SingleSignOn
from commonweal.web.people.adapters import SingleSignOnAdapter

ROOT = Path(__file__).resolve().parents[2]


def test_a_name_that_no_account_may_have_is_refused_with_a_page(settings, db, rf):
    given = {"client_id": CLIENT, "secret": SECRET, "name": "Head office", "create": True}
    settings.SINGLE_SIGN_ON = SingleSignOn(issuer="https://id.example", **given)
    app = {"provider_id": "sso", "name": "x", "client_id": CLIENT, "secret": SECRET,
           "settings": {"server_url": "https://id.example"}}  # fmt: skip
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    account_add("li", **by())
    request = rf.get("/sign-in/sso/back/")
    request.user = AnonymousUser()
    for name in ("Li", "a b", "x" * 200):
        told = {"userinfo": {"preferred_username": name}}
        came = SocialLogin(account=SocialAccount(provider="sso", uid="7", extra_data=told))
        with pytest.raises(ImmediateHttpResponse) as refused:
            SingleSignOnAdapter(request).pre_social_login(request, came)
        assert refused.value.response.status_code == 403
    assert get_user_model().objects.count() == 1


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("provider")
    env = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO")}
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.access.provider", str(port), str(folder)],
        cwd=ROOT, stdout=subprocess.PIPE, env=env, text=True,
    )  # fmt: skip
    try:
        assert server.stdout.readline() == "ready\n"
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)
        server.stdout.close()


@pytest.fixture
def configured(provider, settings, db):
    def set_up(**options):
        given = {"issuer": provider, "client_id": CLIENT, "secret": SECRET, "name": "Head office"}
        settings.SINGLE_SIGN_ON = SingleSignOn(**given, **options)
        app = {"provider_id": "sso", "name": "Head office", "client_id": CLIENT, "secret": SECRET,
               "settings": {"server_url": provider}}  # fmt: skip
        settings.SOCIALACCOUNT_PROVIDERS = {
            "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}
        }

    set_up()
    return set_up


def by():
    return {"scope": owner_scope("cli:root"), "now": timezone.now()}


def sent_back(client, person):
    """Press the button, answer at the provider, and give the address that it sends back to."""
    asked = client.post("/sign-in/sso/")
    assert asked.status_code == 302, asked.content.decode()[-500:]
    answer = requests.get(
        asked.url, headers={"X-Person": person}, allow_redirects=False, timeout=10
    )
    assert answer.headers["Location"].startswith(BACK), answer.text[-500:]
    return asked.url, answer.headers["Location"].removeprefix("http://testserver")


def changed(address, **values):
    parts = urlsplit(address)
    query = {key: value[0] for key, value in parse_qs(parts.query).items()} | values
    return urlunsplit(parts._replace(query=urlencode(query)))


def is_in(client):
    return client.get("/account/").status_code == 200


def test_the_sign_in_page_offers_it_and_the_policy_lets_the_button_lead_there(
    client, configured, provider
):
    answer = client.get("/sign-in/")
    assert "Sign in with Head office" in answer.content.decode()
    assert f"form-action 'self' {provider};" in answer.headers["Content-Security-Policy"]


def test_an_account_of_the_name_that_the_provider_tells_is_let_in(client, configured):
    account_add("li", **by())
    asked, back = sent_back(client, "li")
    query = parse_qs(urlsplit(asked).query)
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["state"][0]) >= 16
    client.get(back)
    assert is_in(client)
    client.post("/sign-out/")
    _asked, back = sent_back(client, "li")  # known by the provider's identifier now
    client.get(back)
    assert is_in(client)


def test_a_renamed_person_stays_who_they_were_and_takes_no_other_account(client, configured):
    account_add("li", **by())
    client.get(sent_back(client, "li")[1])
    client.post("/sign-out/")
    user = get_user_model().objects.get(username="li")
    user.username = "li.wei"
    user.save()
    client.get(sent_back(client, "li")[1])
    assert "li.wei" in client.get("/account/").content.decode()


def test_an_unknown_person_is_told_and_gets_no_account(client, configured):
    answer = client.get(sent_back(client, "stranger")[1])
    assert answer.status_code == 403
    assert "there is no open account &#x27;stranger&#x27;" in answer.content.decode()
    assert not get_user_model().objects.exists()


def test_an_unknown_person_gets_an_account_without_a_role_where_that_is_wanted(client, configured):
    configured(create=True)
    client.get(sent_back(client, "stranger")[1])
    assert "holds no role" in client.get("/account/").content.decode()
    events = record_history("accounts.account", "stranger")
    assert [(each.action, each.actor) for each in events] == [("open", "sso:commonweal")]


@pytest.mark.parametrize("is_linked", [True, False])
def test_a_closed_account_stays_closed(client, configured, is_linked):
    account_add("li", **by())
    if is_linked:
        client.get(sent_back(client, "li")[1])
        client.post("/sign-out/")
    account_close("li", **by())
    client.get(sent_back(client, "li")[1])
    assert not is_in(client)


def test_a_superuser_is_not_found_by_a_name(client, configured):
    get_user_model().objects.create_superuser("root")
    answer = client.get(sent_back(client, "root")[1])
    assert "this account signs in with its password" in answer.content.decode()
    assert not is_in(client)


@pytest.mark.parametrize("person", ["wrong-audience", "wrong-issuer"])
def test_a_token_for_another_site_or_by_another_provider_is_refused(client, configured, person):
    account_add(person, **by())
    answer = client.get(sent_back(client, person)[1])
    assert "An error occurred" in answer.content.decode()
    assert not is_in(client)


def test_an_answer_to_a_question_that_was_not_asked_here_is_refused(client, configured):
    account_add("li", **by())
    _asked, back = sent_back(client, "li")
    client.get(changed(back, state="0123456789abcdef"))
    assert not is_in(client)


def test_an_answer_stolen_into_another_browser_is_refused(client, configured):
    account_add("li", **by())
    _asked, back = sent_back(client, "li")
    thief = type(client)()
    thief.get(back)
    assert not is_in(thief)
    own_state = parse_qs(urlsplit(thief.post("/sign-in/sso/").url).query)["state"][0]
    thief.get(changed(back, state=own_state))  # the code was asked for with another verifier
    assert not is_in(thief)


def test_a_code_is_good_once(client, configured):
    account_add("li", **by())
    _asked, back = sent_back(client, "li")
    client.get(back)
    client.post("/sign-out/")
    state = parse_qs(urlsplit(client.post("/sign-in/sso/").url).query)["state"][0]
    client.get(changed(back, state=state))
    assert not is_in(client)


def test_a_second_factor_is_the_providers_to_ask(client, configured, settings):
    settings.MFA_REQUIRED_FOR = frozenset({"administrator"})
    user = account_add("li", **by())
    client.get(sent_back(client, "li")[1])
    user.is_superuser = True  # made one later: the session shows how it came in
    user.save()
    assert client.get("/programmes/").status_code == 200

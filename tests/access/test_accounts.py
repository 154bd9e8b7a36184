"""The command ``accounts``, and who may keep accounts."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from tests.access.conftest import grant
from typer.testing import CliRunner

from commonweal.cli.main import application
from commonweal.errors import InputError, StateError
from commonweal.kernel.accounts.people import (
    account_add,
    account_close,
    account_password,
    second_factor_reset,
)
from commonweal.kernel.accounts.scopes import owner_scope, scope_of
from commonweal.kernel.accounts.tokens import token_holder, token_issue
from commonweal.kernel.records.selectors import record_history


def run(*arguments, code=0):
    done = CliRunner().invoke(application(), ["accounts", *arguments], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.output


def test_an_account_is_opened_told_and_closed(client, db):
    first = json.loads(run("add", "li", "--given-name", "Li", "--json"))["password"]
    client.post("/sign-in/", {"username": "li", "password": first})
    assert client.get("/account/").status_code == 200
    assert run("password", "li").startswith("li: ")
    assert client.get("/account/").status_code == 302
    run("close", "li")
    told = json.loads(run("list", "--json"))["accounts"]
    assert [(each["account"], each["is_open"], each["factors"]) for each in told] == [
        ("li", False, [])
    ]
    assert "li  closed  no second factor  last signed in: 20" in run("list")
    events = record_history("accounts.account", "li")
    assert [each.action for each in events] == ["open", "password", "password", "close"]
    assert all(first not in json.dumps(each.content) for each in events)


@pytest.mark.parametrize("how", [account_password, account_close])
def test_whoever_was_let_in_by_a_token_is_out_too(db, how):
    now = timezone.now()
    by = {"scope": owner_scope("cli:root"), "now": now}
    li = account_add("li", **by)
    ends = {"expires_at": now + timedelta(days=1), "now": now}
    token, text = token_issue(li, name="t", scopes=["read"], **ends)
    how("li", **by)
    li.refresh_from_db()
    li.is_active = True  # opened again
    li.save()
    assert token_holder(text, now) is None
    told = record_history("accounts.token", f"li/{token.prefix}")
    assert [(each.action, each.actor) for each in told] == [
        ("issue", "web:li"),
        ("revoke", "cli:root"),
    ]


@pytest.mark.parametrize("name", ["", "a b", "li;drop", "x" * 200])
def test_a_name_that_is_none_is_refused(db, name):
    with pytest.raises(InputError, match="is no name of an account"):
        account_add(name, scope=owner_scope("cli:root"), now=timezone.now())


def test_names_that_differ_in_case_would_be_taken_for_one(db):
    by = {"scope": owner_scope("cli:root"), "now": timezone.now()}
    account_add("Li", **by)
    with pytest.raises(StateError, match="there is an account 'li' already"):
        account_add("li", **by)


def test_what_is_not_there_is_told(db):
    by = {"scope": owner_scope("cli:root"), "now": timezone.now()}
    with pytest.raises(InputError, match="there is no open account 'li'"):
        account_close("li", **by)
    account_add("li", **by)
    with pytest.raises(StateError, match="li has no second factor"):
        second_factor_reset("li", **by)


def test_an_administrator_of_a_part_keeps_no_accounts(nodes):
    part = get_user_model().objects.create_user("part")
    grant(part, "administrator", nodes["group"])
    scope = scope_of(part, now=timezone.now())
    with pytest.raises(StateError, match="accounts are kept by the system's administrator"):
        account_add("li", scope=scope, now=timezone.now())


def test_a_command_in_the_name_of_an_account_has_its_roles(nodes):
    get_user_model().objects.create_user("part")
    run("add", "li", "--as", "part", code=5)
    assert not get_user_model().objects.filter(username="li").exists()

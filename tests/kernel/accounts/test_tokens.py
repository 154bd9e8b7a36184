"""Tokens open what their holder may, until they end."""

from datetime import UTC, datetime, timedelta

import pytest

from commonweal.errors import InputError, StateError
from commonweal.kernel.accounts.models import Token
from commonweal.kernel.accounts.scopes import owner_scope, scope_of
from commonweal.kernel.accounts.tokens import token_holder, token_issue, token_revoke
from commonweal.kernel.records.models import Event

NOW = datetime(2025, 3, 18, 8, tzinfo=UTC)
SOON = NOW + timedelta(days=30)


@pytest.fixture
def user(db, django_user_model):
    return django_user_model.objects.create_user("lin")


def issued(user, **changes):
    asked = {"name": "gateway", "scopes": ["ingest", "read"], "expires_at": SOON, "now": NOW}
    return token_issue(user, **(asked | changes))


def test_a_token_names_its_holder_and_what_it_is_for(user):
    token, text = issued(user)
    holder = token_holder(text, NOW)
    assert (holder.user, holder.scopes) == (user, {"read", "ingest"})
    assert text.startswith(token.prefix)


def test_the_text_is_kept_nowhere(user):
    _token, text = issued(user)
    secret = text.rpartition("_")[2]
    kept = repr(list(Token.objects.values())) + repr(list(Event.objects.values()))
    assert secret not in kept


@pytest.mark.parametrize("at", [SOON, SOON + timedelta(days=1)])
def test_a_token_ends(user, at):
    _token, text = issued(user)
    assert token_holder(text, SOON - timedelta(seconds=1)) is not None
    assert token_holder(text, at) is None


def test_a_revoked_token_opens_nothing_and_the_log_tells_of_it(user):
    token, text = issued(user)
    token_revoke(token, scope=scope_of(user, now=NOW), now=NOW)
    assert token_holder(text, NOW) is None
    told = Event.objects.filter(record_type="accounts.token").values_list("action", flat=True)
    assert sorted(told) == ["issue", "revoke"]
    with pytest.raises(StateError, match="is revoked already"):
        token_revoke(token, scope=owner_scope("cli:root"), now=NOW)


def test_nobody_revokes_the_token_of_somebody_else(user, django_user_model):
    token, text = issued(user)
    other = django_user_model.objects.create_user("wang")
    with pytest.raises(StateError, match="by its holder"):
        token_revoke(token, scope=scope_of(other, now=NOW), now=NOW)
    assert token_holder(text, NOW) is not None


def test_a_closed_account_closes_its_tokens(user):
    _token, text = issued(user)
    user.is_active = False
    user.save()
    assert token_holder(text, NOW) is None
    with pytest.raises(StateError, match="account lin is closed"):
        issued(user)


def test_the_day_of_the_last_use_is_kept(user):
    token, text = issued(user)
    token_holder(text, datetime(2025, 3, 18, 17, tzinfo=UTC))
    token.refresh_from_db()
    assert token.last_used_on.isoformat() == "2025-03-19"  # the business day


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": " "}, "has 1 to 64 characters"),
        ({"scopes": ["read", "all"]}, "cannot be for 'all'"),
        ({"scopes": []}, "for nothing"),
        ({"expires_at": NOW}, "ends after now and within 366 days"),
        ({"expires_at": NOW + timedelta(days=367)}, "within 366 days"),
    ],
)
def test_a_wrong_token_is_refused(user, changes, sentence):
    with pytest.raises(InputError, match=sentence):
        issued(user, **changes)
    assert not Token.objects.exists()


@pytest.mark.parametrize("text", ["", "cw_00000000_x", "Bearer", "\0"])
def test_an_unknown_token_has_no_holder(user, text):
    issued(user)
    assert token_holder(text, NOW) is None

"""Accounts: opened, closed, given a new password or freed of a lost second factor.

One event for each, or nothing. An account is never deleted: what its holder did stays told.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import transaction
from django.utils.translation import gettext as _

from commonweal.errors import InputError, StateError
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.accounts.tokens import tokens_end
from commonweal.kernel.records.services import event_append

if TYPE_CHECKING:
    from datetime import datetime

    from commonweal.kernel.accounts.scopes import Scope

RECORD_TYPE: Final = "accounts.account"
_BYTES: Final = 12
_LONGEST: Final = 100


@transaction.atomic
def account_add(
    name: str, *, scope: Scope, now: datetime, is_staff: bool = False, given_name: str = ""
) -> Any:  # noqa: ANN401 - whatever user model
    """Open an account without a password and without a role.

    Args:
        name: Its name, for ever.
        scope: Who opens it.
        now: When.
        is_staff: Whether its holder may enter the administration.
        given_name: As the site addresses its holder.

    Raises:
        InputError: It is no name of an account.
        StateError: There is one of this name, differing in case at most; or the scope is no
            administrator of everything.
    """
    _administrator_check(scope)
    try:
        UnicodeUsernameValidator()(name)
        MaxLengthValidator(_LONGEST)(name)
    except ValidationError as fault:
        raise InputError(
            _("%(name)r is no name of an account") % {"name": name}, hint=" ".join(fault.messages)
        ) from fault
    users = get_user_model().objects
    if users.filter(username__iexact=name).exists():
        raise StateError(_("there is an account %(name)r already") % {"name": name})
    user = users.create_user(name, is_staff=is_staff, first_name=given_name)
    _tell(name, "open", scope, now, {"is_staff": is_staff})
    return user


@transaction.atomic
def account_password(name: str, *, scope: Scope, now: datetime, password: str = "") -> str:
    """Set a password and end every session and token; without one given, a new one is drawn.

    Returns:
        The password.

    Raises:
        InputError: There is no such open account, or the password is too easy to guess.
    """
    _administrator_check(scope)
    user = account_get(name)
    chosen = password or secrets.token_urlsafe(_BYTES)
    try:
        validate_password(chosen, user)
    except ValidationError as fault:
        raise InputError(_("this password will not do"), hint=" ".join(fault.messages)) from fault
    user.set_password(chosen)
    user.save(update_fields=["password"])
    _tell(name, "password", scope, now, _all_ended(user, scope, now))
    return chosen


@transaction.atomic
def account_close(name: str, *, scope: Scope, now: datetime) -> int:
    """Close an account and end its sessions and tokens; return how many sessions there were.

    Its grants stay as they are told, and count for nothing.

    Raises:
        InputError: There is no such open account.
    """
    _administrator_check(scope)
    user = account_get(name)
    user.is_active = False
    user.save(update_fields=["is_active"])
    ended = _all_ended(user, scope, now)
    _tell(name, "close", scope, now, ended)
    return ended["sessions_ended"]


@transaction.atomic
def second_factor_reset(name: str, *, scope: Scope, now: datetime) -> int:
    """Forget an account's codes, keys and recovery codes; return how many there were.

    Raises:
        InputError: There is no such open account.
        StateError: It has no second factor.
    """
    _administrator_check(scope)
    user = account_get(name)
    n_gone: int
    n_gone, _by_table = Authenticator.objects.filter(user_id=user.pk).delete()
    if not n_gone:
        raise StateError(_("%(name)s has no second factor") % {"name": name})
    _tell(name, "mfa_reset", scope, now, {"factors": n_gone, **_all_ended(user, scope, now)})
    return n_gone


def accounts_listed() -> list[dict[str, Any]]:
    """Return every account: its name, whether it is open, its factors, when it last signed in."""
    factors: dict[int, list[str]] = {}
    for user_id, kind in Authenticator.objects.order_by("type").values_list("user_id", "type"):
        factors.setdefault(user_id, []).append(kind)
    return [
        {
            "account": user.get_username(),
            "is_open": user.is_active,
            "factors": factors.get(user.pk, []),
            "last_sign_in": user.last_login,
        }
        for user in get_user_model().objects.order_by("username")
    ]


def account_get(name: str) -> Any:  # noqa: ANN401 - whatever user model
    """Return an open account.

    Raises:
        InputError: There is none of this name.
    """
    found = get_user_model().objects.filter(username=name, is_active=True).first()
    if found is None:
        raise InputError(
            _("there is no open account %(name)r") % {"name": name},
            hint=_("`commonweal accounts list` tells them"),
        )
    return found


def sessions_end(user_id: int) -> int:
    """Sign an account out everywhere; return how many sessions ended."""
    sessions = list(UserSession.objects.filter(user_id=user_id))
    for each in sessions:
        each.end()
    return len(sessions)


def _all_ended(user: Any, scope: Scope, now: datetime) -> dict[str, int]:  # noqa: ANN401
    """End all that lets somebody in without the password, which may be why it is set anew."""
    n_tokens = tokens_end(user, actor=scope.actor, now=now)
    return {"sessions_ended": sessions_end(user.pk), "tokens_ended": n_tokens}


def _administrator_check(scope: Scope) -> None:
    """Only in person, and only who administers everything: accounts belong to no node."""
    if scope.principals[0].roles.get(Role.ADMINISTRATOR.value, frozenset()) is not None:
        raise StateError(
            _("accounts are kept by the system's administrator"),
            hint=_("an administrator of a part grants roles there"),
        )


def _tell(name: str, action: str, scope: Scope, now: datetime, content: dict[str, Any]) -> None:
    event_append(
        record_type=RECORD_TYPE,
        record_key=name,
        action=action,
        actor=scope.actor,
        content=content,
        now=now,
    )

"""Tokens: keys with which programs ask in somebody's name, and never for more than that person may.

The text is shown once, when it is issued. Only its digest is kept, so that a copy of the register
opens nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from commonweal.errors import InputError, StateError
from commonweal.kernel.accounts.models import Token
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.records.services import event_append
from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from commonweal.kernel.accounts.scopes import Scope

SCOPES: Final = ("read", "write", "ingest", "admin")
"""What a token may be for: looking; records; rows of datasets; webhooks."""
LONGEST: Final = timedelta(days=366)
_MARK: Final = "cw"  # lets scanners of leaked secrets recognise one
_PREFIX: Final = 8


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """Who stands behind a token, and what it is for."""

    user: Any
    """The account."""
    scopes: frozenset[str]
    token_id: int


@transaction.atomic
def token_issue(
    user: Any,  # noqa: ANN401 - whatever user model
    *,
    name: str,
    scopes: Collection[str],
    expires_at: datetime,
    now: datetime,
    actor: str = "",
) -> tuple[Token, str]:
    """Issue a token, and return it with its text, which is kept nowhere.

    Args:
        user: The account that it stands for.
        name: What it is for, as its holder calls it.
        scopes: Some of ``SCOPES``.
        expires_at: When it ends; a year ahead at most.
        now: When.
        actor: Who issues it; its account by the web if empty.

    Raises:
        InputError: There is no name, a scope is unknown or none is given, or it would end in the
            past or too far ahead.
        StateError: The account is closed.
    """
    _asked_check(name, scopes, expires_at, now)
    if not user.is_active:
        raise StateError(_("account %(name)s is closed") % {"name": user.get_username()})
    prefix = f"{_MARK}_{secrets.token_hex(_PREFIX // 2)}"
    text = f"{prefix}_{secrets.token_urlsafe(32)}"
    made = Token.objects.create(
        user=user,
        name=name.strip(),
        prefix=prefix,
        digest=_digest(text),
        scopes=[each for each in SCOPES if each in scopes],
        issued_at=now,
        expires_at=expires_at,
    )
    content = {"name": made.name, "scopes": made.scopes, "expires_at": expires_at}
    _tell(made, "issue", content, actor or f"web:{user.get_username()}", now)
    return made, text


@transaction.atomic
def token_revoke(token: Token, *, scope: Scope, now: datetime) -> Token:
    """End a token at once; asked by its holder or by the system's administrator.

    Raises:
        StateError: It is somebody else's, or was revoked before.
    """
    everywhere = scope.principals[0].roles.get(Role.ADMINISTRATOR, frozenset()) is None
    if token.user_id != scope.user_id and not everywhere:
        raise StateError(_("a token is revoked by its holder, or by the system's administrator"))
    held = Token.objects.select_for_update().get(pk=token.pk)
    if held.revoked_at is not None:
        raise StateError(_("token %(name)s is revoked already") % {"name": str(held)})
    held.revoked_at = now
    held.save(update_fields=["revoked_at"])
    _tell(held, "revoke", {"name": held.name}, scope.actor, now)
    return held


@transaction.atomic
def tokens_end(user: Any, *, actor: str, now: datetime) -> int:  # noqa: ANN401 - whatever user model
    """End every token of an account at once, as its sessions end; return how many there were."""
    rows = Token.objects.select_for_update().filter(user=user, revoked_at=None, expires_at__gt=now)
    ended = list(rows.order_by("pk"))
    for each in ended:
        each.revoked_at = now
        each.save(update_fields=["revoked_at"])
        _tell(each, "revoke", {"name": each.name}, actor, now)
    return len(ended)


def token_holder(text: str, now: datetime) -> TokenHolder | None:
    """Return who stands behind a token; None if it opens nothing (any more).

    The day of its last use is kept, and no more than the day.
    """
    token = Token.objects.select_related("user").filter(digest=_digest(text)).first()
    if token is None or token.revoked_at or token.expires_at <= now or not token.user.is_active:
        return None
    today = business_date(now)
    if token.last_used_on != today:
        Token.objects.filter(pk=token.pk).update(last_used_on=today)
    return TokenHolder(token.user, frozenset(token.scopes), token.pk)


def tokens_list(*, user: str = "", now: datetime | None = None) -> QuerySet[Token]:
    """Return tokens, the newest first: of one account or of all; with ``now``, those that hold."""
    rows = Token.objects.select_related("user").order_by("-pk")
    if user:
        rows = rows.filter(user__username=user)
    if now is not None:
        rows = rows.filter(Q(revoked_at=None), expires_at__gt=now)
    return rows


def _asked_check(name: str, scopes: Collection[str], expires_at: datetime, now: datetime) -> None:
    longest = Token._meta.get_field("name").max_length or 0  # noqa: SLF001 - public _meta
    if not 0 < len(name.strip()) <= longest:
        raise InputError(_("the name of a token has 1 to %(most)d characters") % {"most": longest})
    if unknown := set(scopes) - set(SCOPES):
        raise InputError(
            _("a token cannot be for %(what)r") % {"what": min(unknown)},
            hint=_("there are: %(known)s") % {"known": ", ".join(SCOPES)},
        )
    if not scopes:
        raise InputError(
            _("the token is for nothing"),
            hint=_("there are: %(known)s") % {"known": ", ".join(SCOPES)},
        )
    if not now < expires_at <= now + LONGEST:
        raise InputError(
            _("a token ends after now and within %(most)d days") % {"most": LONGEST.days}
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _tell(token: Token, action: str, content: Mapping[str, Any], actor: str, now: datetime) -> None:
    event_append(
        record_type="accounts.token",
        record_key=f"{token.user.get_username()}/{token.prefix}",
        action=action,
        actor=actor,
        content=content,
        now=now,
    )

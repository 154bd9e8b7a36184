"""Granting, revoking and delegating roles: one event for each, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from commonweal.errors import InputError, StateError
from commonweal.kernel.accounts.models import Delegation, Grant
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.org.models import Node
from commonweal.kernel.records.services import event_append
from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from commonweal.kernel.accounts.scopes import Scope


@transaction.atomic
def role_grant(
    user: str,
    role: str,
    *,
    node: str,
    scope: Scope,
    now: datetime,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Grant:
    """Give an account a role for a node and everything below it.

    Args:
        user: Name of the account.
        role: A ``Role``.
        node: Code of the node.
        scope: Who grants; must be an administrator there.
        now: When.
        valid_from: First day, today if None.
        valid_to: The day after the last; open if None.

    Raises:
        InputError: There is no such account, role or node, or the days are not in order.
        StateError: The scope is no administrator there, grants to itself, or it is granted already.
    """
    taker, place = _user(user), _node(node)
    if role not in Role.values:
        raise InputError(
            _("no role %(role)r") % {"role": role}, hint=_("there are: ") + ", ".join(Role.values)
        )
    _administrator_check(scope, place)
    if taker.pk == scope.user_id:
        raise StateError(_("nobody grants a role to themselves"))
    first = valid_from or business_date(now)
    _days_check(first, valid_to)
    standing = Grant.objects.filter(Q(valid_to=None) | Q(valid_to__gt=first))
    if standing.filter(user=taker, role=role, node=place).exists():
        raise StateError(
            _("%(user)s is %(role)s for %(node)s already")
            % {"user": user, "role": role, "node": node}
        )
    made = Grant.objects.create(
        user=taker, role=role, node=place, valid_from=first, valid_to=valid_to
    )
    content = {"valid_from": first, "valid_to": valid_to}
    _tell("accounts.grant", grant_key(made), "grant", content, scope, now)
    return made


@transaction.atomic
def role_revoke(user: str, role: str, *, node: str, scope: Scope, now: datetime) -> int:
    """Take a role back from today on, and return how many grants ended.

    Raises:
        InputError: There is no such account or node.
        StateError: The scope is no administrator there, or the account does not hold the role.
    """
    holder, place, today = _user(user), _node(node), business_date(now)
    _administrator_check(scope, place)
    rows = Grant.objects.filter(Q(valid_to=None) | Q(valid_to__gt=today), user=holder)
    ended = list(rows.filter(role=role, node=place))
    if not ended:
        raise StateError(
            _("%(user)s is not %(role)s for %(node)s") % {"user": user, "role": role, "node": node},
            hint=_("a role held for a node above is revoked there"),
        )
    for each in ended:
        _end(each, today)
        _tell("accounts.grant", grant_key(each), "revoke", {"valid_to": today}, scope, now)
    return len(ended)


@transaction.atomic
def role_delegate(
    delegator: str,
    delegate: str,
    *,
    scope: Scope,
    now: datetime,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Delegation:
    """Let somebody act for an account with its roles; asked by itself or by an administrator.

    Raises:
        InputError: An account does not exist, or the days are not in order.
        StateError: It is one account, delegated already, or not the scope's to delegate.
    """
    giver, taker = _user(delegator), _user(delegate)
    _delegator_check(scope, giver)
    if giver.pk == taker.pk:
        raise StateError(_("nobody delegates to themselves"))
    first = valid_from or business_date(now)
    _days_check(first, valid_to)
    standing = Delegation.objects.filter(Q(valid_to=None) | Q(valid_to__gt=first))
    if standing.filter(delegator=giver, delegate=taker).exists():
        raise StateError(
            _("%(delegate)s acts for %(delegator)s already")
            % {"delegate": delegate, "delegator": delegator}
        )
    made = Delegation.objects.create(
        delegator=giver, delegate=taker, valid_from=first, valid_to=valid_to
    )
    content = {"delegate": delegate, "valid_from": first, "valid_to": valid_to}
    _tell("accounts.delegation", delegator, "delegate", content, scope, now)
    return made


@transaction.atomic
def delegation_end(delegator: str, delegate: str, *, scope: Scope, now: datetime) -> int:
    """End a delegation from today on, and return how many ended.

    Raises:
        InputError: An account does not exist.
        StateError: There is none, or it is not the scope's to end.
    """
    giver, taker, today = _user(delegator), _user(delegate), business_date(now)
    _delegator_check(scope, giver)
    rows = Delegation.objects.filter(Q(valid_to=None) | Q(valid_to__gt=today))
    ended = list(rows.filter(delegator=giver, delegate=taker))
    if not ended:
        raise StateError(
            _("%(delegate)s does not act for %(delegator)s")
            % {"delegate": delegate, "delegator": delegator}
        )
    for each in ended:
        _end(each, today)
        content = {"delegate": delegate, "valid_to": today}
        _tell("accounts.delegation", delegator, "end", content, scope, now)
    return len(ended)


def _end(row: Grant | Delegation, today: date) -> None:
    """Close a span today; one that has not begun leaves nothing behind but its events."""
    if row.valid_from >= today:
        row.delete()
    else:
        row.valid_to = today
        row.save(update_fields=["valid_to"])


def _user(name: str) -> Any:  # noqa: ANN401 - whatever user model
    found = get_user_model().objects.filter(username=name, is_active=True).first()
    if found is None:
        raise InputError(_("there is no open account %(name)r") % {"name": name})
    return found


def _node(code: str) -> Node:
    found = Node.objects.filter(code=code).first()
    if found is None:
        raise InputError(_("there is no node %(code)r") % {"code": code})
    return found


def _days_check(first: date, end: date | None) -> None:
    if end is not None and end <= first:
        raise InputError(
            _("valid until %(end)s is not after %(first)s") % {"end": end, "first": first}
        )


def _administrator_check(scope: Scope, node: Node) -> None:
    """Only in person: an administrator's delegate hands out no roles."""
    if not scope.principals[0].holds(Role.ADMINISTRATOR, node.pk):
        raise StateError(
            _("roles for %(node)s are granted by an administrator there") % {"node": node.code},
            hint=_("ask one; a delegation does not carry this right"),
        )


def _delegator_check(scope: Scope, giver: Any) -> None:  # noqa: ANN401
    everywhere = scope.principals[0].roles.get(Role.ADMINISTRATOR, frozenset()) is None
    if giver.pk != scope.user_id and not everywhere:
        raise StateError(
            _("a delegation is made by the delegator, or by the system's administrator")
        )


def grant_key(grant: Grant) -> str:
    """Return a grant's key in the event log."""
    return f"{grant.user.get_username()}/{grant.role}/{grant.node.code}"


def _tell(  # noqa: PLR0917 - what an event needs
    record_type: str, key: str, action: str, content: Mapping[str, Any], scope: Scope, now: datetime
) -> None:
    event_append(
        record_type=record_type,
        record_key=key,
        action=action,
        actor=scope.actor,
        content=content,
        now=now,
    )

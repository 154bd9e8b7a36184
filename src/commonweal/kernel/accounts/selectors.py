"""Which roles and delegations hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q

from commonweal.kernel.accounts.models import Delegation, Grant
from commonweal.kernel.accounts.roles import CLEARANCE, Privacy
from commonweal.periods import business_date

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet


HANDLING: Final = tuple(
    role for role, classes in CLEARANCE.items() if Privacy.PERSONAL.value in classes
)
"""Roles that may read what people typed about people."""


def grants_held(*, now: datetime, user: str = "") -> QuerySet[Grant]:
    """Return the grants that hold today, of one account or of all, by account, role and node."""
    rows = Grant.objects.filter(_today(now)).select_related("user", "node")
    of_user = rows.filter(user__username=user) if user else rows
    return of_user.order_by("user__username", "role", "node__code")


def delegations_held(*, now: datetime, user: str = "") -> QuerySet[Delegation]:
    """Return the delegations that hold today, from or to an account, or all."""
    rows = Delegation.objects.filter(_today(now)).select_related("delegator", "delegate")
    if user:
        rows = rows.filter(Q(delegator__username=user) | Q(delegate__username=user))
    return rows.order_by("delegator__username", "delegate__username")


def handles_personal_values(user: Any, *, now: datetime) -> bool:  # noqa: ANN401 - whatever user model
    """Return whether an account holds a role anywhere, in person, that reads personal values."""
    held = grants_held(now=now).filter(user_id=user.pk, role__in=HANDLING)
    return bool(user.is_superuser) or held.exists()


def _today(now: datetime) -> Q:
    today = business_date(now)
    return Q(valid_from__lte=today) & (Q(valid_to=None) | Q(valid_to__gt=today))

"""Bringing one programme's figures up to date, by who manages it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from commonweal.catalogue import catalogue
from commonweal.catalogue.reading import shown
from commonweal.errors import StateError
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.compute.services import compute
from commonweal.kernel.org.models import Boundary, Node, NodeKind
from commonweal.kernel.programmes.services.refusals import RoleError
from commonweal.kernel.programmes.values import named
from commonweal.periods import month, year

if TYPE_CHECKING:
    from datetime import datetime

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.registry import Programme

_MONTHLY = (NodeKind.GROUP.value, NodeKind.PROVINCE.value)


def figures_of(programme: Programme) -> tuple[str, ...]:
    """Return the ids of every computed indicator that the programme defines, or its board shows."""
    folder = f"{shown(programme.folder)}/"
    shown_ids = frozenset(programme.spec.indicators)
    known = catalogue().indicators.values()
    return tuple(
        each.id
        for each in known
        if each.status == "computed" and (each.file.startswith(folder) or each.id in shown_ids)
    )


def may_compute(scope: Scope) -> bool:
    """Return whether this scope manages programmes for the operator as a whole."""
    top = Node.objects.filter(kind=NodeKind.GROUP).order_by("pk").first()
    return top is not None and scope.holds(Role.PROGRAMME_MANAGER, top.pk)


def programme_compute(
    programme: Programme, number: int, *, scope: Scope, now: datetime, reason: str = ""
) -> int:
    """Compute a programme's figures of a year and its months, and return how many facts are new.

    Raises:
        RoleError: The scope does not manage programmes for the operator as a whole.
        StateError: There is no organisation or reporting boundary yet.
        ReasonRequiredError: Published figures would change and no reason is given.
        PeriodLockedError: The year is closed.
    """
    top = Node.objects.filter(kind=NodeKind.GROUP).order_by("pk").first()
    boundary = Boundary.objects.order_by("pk").first()
    if top is None or boundary is None:
        raise StateError(_("there is no organisation or reporting boundary yet"))
    if not may_compute(scope):
        raise RoleError.of(Role.PROGRAMME_MANAGER, top, named(programme.spec.name))
    months = [month(number, each) for each in range(1, 13)]
    found = 0
    for periods, kinds in (([year(number)], tuple(NodeKind.values)), (months, _MONTHLY)):
        batch = compute(
            periods,
            boundary=boundary.code,
            actor=scope.actor,
            now=now,
            node_kinds=kinds,
            indicators=figures_of(programme),
            reason=reason,
        )
        found += batch.facts.count() if batch else 0
    return found

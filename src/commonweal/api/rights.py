"""Who may bring rows: data owners and engineers, about what their nodes run.

Whoever holds the role at every root may bring anything. Else every meter, site and node that the
rows speak of must be run by a node of theirs, today; one other and nothing is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from django.utils.translation import gettext as _

from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.org.models import Meter, Node, Site
from commonweal.kernel.org.selectors import site_nodes, tree
from commonweal.kernel.programmes.services import RoleError
from commonweal.lake.datasets import ColumnKind
from commonweal.lake.ingest import checked_rows
from commonweal.lake.mapping import Mapping
from commonweal.periods import business_date

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.lake.datasets import Dataset

BRINGING: Final = (Role.DATA_OWNER.value, Role.ENGINEER.value)
_REGISTERS: Final = {"meter": Meter, "site": Site, "node": Node}


def rows_check(dataset: Dataset, path: Path, scope: Scope, *, now: datetime) -> None:
    """Refuse rows about what is not the scope's.

    Raises:
        RoleError: They speak of something outside of the scope, or might.
        InputError: The file cannot be read as a table.
    """
    nodes = _nodes_of(scope)
    if nodes is None or _roots(now) <= nodes:
        return
    told = {c.name: c.references for c in dataset.columns if c.kind is ColumnKind.REFERENCE}
    if not nodes or not told or not set(told.values()) <= set(_REGISTERS):
        raise _refusal(_("%(dataset)s is for the whole operator") % {"dataset": dataset.id})
    for kind, ids in _spoken_of(dataset, path, told).items():
        if strange := ids - _own(kind, ids, nodes, now):
            code = _REGISTERS[kind].objects.get(pk=min(strange)).code  # type: ignore[attr-defined] # each has
            what = _("%(kind)s %(code)s is not run by a node of yours")
            raise _refusal(what % {"kind": kind, "code": code})


def bringing_check(scope: Scope) -> None:
    """Refuse who brings rows nowhere, before any of them is read.

    Raises:
        RoleError: They do not.
    """
    if _nodes_of(scope) == frozenset():
        raise RoleError(_("data owners and engineers bring rows about their nodes"))


def _refusal(sentence: str) -> RoleError:
    return RoleError(sentence, hint=_("data owners and engineers bring rows about their nodes"))


def _nodes_of(scope: Scope) -> frozenset[int] | None:
    found: frozenset[int] = frozenset()
    for role in BRINGING:
        nodes = scope.nodes_of(role)
        if nodes is None:
            return None
        found |= nodes
    return found


def _roots(now: datetime) -> frozenset[int]:
    org = tree(business_date(now))
    return frozenset(org.node_id[org.parent < 0].tolist())


def _spoken_of(dataset: Dataset, path: Path, told: dict[str, str]) -> dict[str, set[int]]:
    """Return the ids in the accepted rows by register."""
    found: dict[str, set[int]] = {kind: set() for kind in told.values()}
    for _plan, checked in checked_rows(dataset, path, Mapping()):
        for column, kind in told.items():
            found[kind].update(checked.accepted[column].unique().drop_null().to_pylist())
    return found


def _own(kind: str, ids: set[int], nodes: frozenset[int], now: datetime) -> set[int]:
    """Return those that the nodes run."""
    if kind == "node":
        return ids & nodes
    today = business_date(now)
    owners = site_nodes([today.replace(day=1)], None)
    is_own = np.isin(owners.node_id[:, 0], sorted(nodes))
    sites = set(owners.site_id[is_own].tolist())
    if kind == "site":
        return ids & sites
    rows = Meter.objects.filter(pk__in=ids).values_list("pk", "site_id")
    return {pk for pk, site in rows if site in sites}

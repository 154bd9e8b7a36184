"""One rule for every interface: role × node × privacy.

A ``Scope`` is made once for a request and then asked: which records may be read (a filter on a
queryset), and who of those for whom this person acts may do something at a node.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import BigIntegerField, ExpressionWrapper, F, Model, Q
from django.db.models.lookups import In

from commonweal.errors import InputError
from commonweal.kernel.accounts.models import Delegation, Grant
from commonweal.kernel.accounts.roles import CLEARANCE, Privacy, Role
from commonweal.kernel.org.selectors import Tree, tree
from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import date, datetime

    from django.db.models import QuerySet

    Nodes = frozenset[int] | None
    """Node ids; None is everywhere."""

_Row = TypeVar("_Row", bound=Model)
_IN_TURN: Final = 8
"""Finding a row by an index takes about so many times as long as reading the next one."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A person in whose name things are done: oneself, or whoever delegated.

    ``roles`` maps each role to the nodes where it holds, None being everywhere.
    """

    user_id: int | None
    name: str
    roles: Mapping[str, Nodes]

    def holds(self, role: str, node_id: int) -> bool:
        """Return whether this person has the role for the node."""
        nodes = self.roles.get(role, frozenset())
        return nodes is None or node_id in nodes


@dataclass(frozen=True, slots=True)
class Scope:
    """Who asks, and everything that follows from it; ``principals[0]`` is the person itself."""

    actor: str
    """As events name it: ``web:li``, ``cli:li``."""
    principals: tuple[Principal, ...]
    n_nodes: int = 0
    """How many nodes the organisation has, where grants were looked up in it."""

    @property
    def user_id(self) -> int | None:
        """The account behind it, None for the machine's owner at the command line."""
        return self.principals[0].user_id

    def principal(
        self, role: str, node_id: int, *, excluded: Collection[str] = ()
    ) -> Principal | None:
        """Return who may act in ``role`` at the node: oneself before others; None if nobody.

        Who is excluded in person may not act for somebody else either.
        """
        if self.principals[0].name in excluded:
            return None
        for each in self.principals:
            if each.name not in excluded and each.holds(role, node_id):
                return each
        return None

    def holds(self, role: str, node_id: int) -> bool:
        """Return whether the role may be used at the node, by delegation or not."""
        return self.principal(role, node_id) is not None

    def nodes_of(self, role: str) -> Nodes:
        """Return where a role may be used, None being everywhere."""
        found: set[int] = set()
        for each in self.principals:
            nodes = each.roles.get(role, frozenset())
            if nodes is None:
                return None
            found |= nodes
        return frozenset(found)

    def nodes_readable(self) -> Nodes:
        """Return where this scope may read anything at all, None being everywhere."""
        found: set[int] = set()
        for nodes in self._readable():
            if nodes is None:
                return None
            found |= nodes
        return frozenset(found)

    def visible(self, rows: QuerySet[_Row], *, walked: bool | None = None) -> QuerySet[_Row]:
        """Return those of a table's records that may be read; one's own always may.

        Args:
            rows: Of a table with the columns of the envelope: ``node``, ``privacy``, ``owner``.
            walked: Whether they are better read in turn, or in their order, than gathered by node
                and owner. None goes by how much of the organisation is readable.
        """
        if walked is None:
            walked = self._is_wide
        own = self.user_id
        may = _among("owner_id", [own], walked=walked) if own is not None else Q(pk__in=())
        for nodes, classes in self._readable().items():
            if nodes is None and len(classes) == len(Privacy.values):
                return rows
            of_class = Q(privacy__in=sorted(classes))
            may |= of_class if nodes is None else of_class & at_nodes(nodes, walked=walked)
        return rows.filter(may)

    @property
    def _is_wide(self) -> bool:
        nodes = self.nodes_readable()
        return nodes is None or len(nodes) * _IN_TURN > self.n_nodes

    def seeing(self) -> Callable[[Any], bool]:
        """Return the rule of ``visible`` for a record that is at hand.

        A thousand records fetched by key are quicker asked one by one: with the filter in the
        query, SQLite walks all records of the owner and of the nodes instead of the keys.
        """
        user_id, readable = self.user_id, tuple(self._readable().items())

        def sees(record: Any) -> bool:  # noqa: ANN401 - whatever has the envelope's columns
            return (user_id is not None and record.owner_id == user_id) or any(
                record.privacy in classes and (nodes is None or record.node_id in nodes)
                for nodes, classes in readable
            )

        return sees

    def _readable(self) -> dict[Nodes, frozenset[str]]:
        """Return the classes of privacy that may be read, by nodes."""
        found: dict[Nodes, frozenset[str]] = {}
        for role in CLEARANCE:
            nodes = self.nodes_of(role)
            if nodes is None or nodes:
                found[nodes] = found.get(nodes, frozenset()) | CLEARANCE[role]
        return found


def at_nodes(node_ids: Collection[int], *, walked: bool = False) -> Q:
    """Return the condition of records at these nodes; ``walked`` as ``Scope.visible`` takes it."""
    return _among("node_id", node_ids, walked=walked)


def _among(column: str, ids: Collection[int], *, walked: bool) -> Q:
    """Return the condition of a column among ids.

    SQLite prefers indexes on both sides of an OR to one that has the order of the list, and then
    sorts what it found, be it a million rows. Of a sum it has no index.
    """
    if walked and connection.vendor == "sqlite":
        plain = ExpressionWrapper(F(column) + 0, output_field=BigIntegerField())
        return Q(In(plain, sorted(ids)))
    return Q(**{f"{column}__in": sorted(ids)})


def scope_of(user: Any, *, now: datetime, interface: str = "web") -> Scope:  # noqa: ANN401 - whatever user model
    """Return the scope of an account, with what others delegated to it.

    A superuser holds every role everywhere; the rules on acting twice or on one's own record hold
    for a superuser, too.
    """
    today = business_date(now)
    givers = get_user_model().objects.filter(
        is_active=True,
        pk__in=_valid(Delegation.objects.filter(delegate_id=user.pk), today).values("delegator"),
    )
    people = [user, *givers.order_by("pk")] if user.is_active else []
    if not people:
        raise InputError(f"account {user.get_username()} is closed")
    granted, n_nodes = _granted([each.pk for each in people], today)
    return Scope(
        f"{interface}:{user.get_username()}",
        tuple(
            Principal(
                each.pk,
                each.get_username(),
                dict.fromkeys(Role.values) if each.is_superuser else granted.get(each.pk, {}),
            )
            for each in people
        ),
        n_nodes,
    )


def owner_scope(actor: str) -> Scope:
    """Return the scope of who owns the machine: commands run without an account."""
    return Scope(actor, (Principal(None, person_of(actor), dict.fromkeys(Role.values)),))


def person_of(actor: str) -> str:
    """Return the person of an actor, without the interface: ``web:li`` is ``li``."""
    return actor.rpartition(":")[2]


def _granted(
    user_ids: Iterable[int], today: date
) -> tuple[dict[int, dict[str, frozenset[int]]], int]:
    """Return the nodes of each role by account, and how many nodes there are."""
    found: dict[int, dict[str, frozenset[int]]] = {}
    rows = _valid(Grant.objects.filter(user_id__in=list(user_ids)), today)
    pairs = list(rows.values_list("user_id", "role", "node_id"))
    org = tree(today) if pairs else None
    below = _subtrees({node_id for _, _, node_id in pairs}, org) if org else {}
    for user_id, role, node_id in pairs:
        roles = found.setdefault(user_id, {})
        for each in {role, Role.VIEWER.value}:  # whoever works somewhere is a viewer there
            roles[each] = roles.get(each, frozenset()) | below[node_id]
    return found, len(org.code) if org else 0


def _valid(rows: QuerySet[_Row], today: date) -> QuerySet[_Row]:
    return rows.filter(Q(valid_to=None) | Q(valid_to__gt=today), valid_from__lte=today)


def _subtrees(node_ids: Collection[int], org: Tree) -> dict[int, frozenset[int]]:
    """Return each node with everything below it; a node that ended stands alone."""
    place = {int(node_id): i for i, node_id in enumerate(org.node_id)}
    found = {}
    for node_id in node_ids:
        members = {node_id}
        if (first := place.get(node_id)) is not None:
            last = first + 1
            while last < len(org.code) and org.depth[last] > org.depth[first]:
                last += 1
            members.update(org.node_id[first:last].tolist())
        found[node_id] = frozenset(members)
    return found

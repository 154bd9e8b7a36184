"""The organisation tree on one day, and parents month by month.

A node exists on the days that one of its memberships covers; a membership without a parent makes
it a root. A node that never had a membership is a root on every day.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from commonweal.errors import InputError, StateError
from commonweal.kernel.org.models import Membership, Node
from commonweal.kernel.org.spans import known, months_checked, span_columns, valid_on

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from numpy.typing import NDArray

NOBODY = -1


@dataclass(frozen=True)
class Tree:
    """The organisation on one day, in preorder: parents before children, siblings by code.

    All arrays have one entry per node; a subtree is therefore a contiguous run.
    """

    node_id: NDArray[np.int64]
    code: tuple[str, ...]
    kind: tuple[str, ...]
    place: tuple[str, ...]
    parent: NDArray[np.int32]
    """Position of the parent; -1 for a root."""
    depth: NDArray[np.int8]

    @cached_property
    def _positions(self) -> Mapping[int, int]:
        return {int(node_id): i for i, node_id in enumerate(self.node_id)}

    @cached_property
    def _children(self) -> Mapping[int, tuple[int, ...]]:
        found = defaultdict(list)
        for i, parent in enumerate(self.parent.tolist()):
            found[parent].append(i)
        return {parent: tuple(children) for parent, children in found.items()}

    def index(self, node_id: int) -> int:
        """Return the position of a node.

        Raises:
            InputError: The node does not exist on that day.
        """
        try:
            return self._positions[node_id]
        except KeyError:
            raise InputError(f"node {node_id} is not in the organisation on that day") from None

    def ancestors(self, i: int) -> tuple[int, ...]:
        """Return the positions of those above node ``i``, the nearest first."""
        found = []
        while (i := int(self.parent[i])) >= 0:
            found.append(i)
        return tuple(found)

    def children(self, i: int) -> tuple[int, ...]:
        """Return the positions of those directly below node ``i``; ``-1`` gives the roots."""
        return self._children.get(i, ())


@dataclass(frozen=True, slots=True)
class NodeParents:
    """Who is directly above whom: ``node × month``."""

    node_id: NDArray[np.int64]
    """Sorted."""
    parent_node_id: NDArray[np.int64]
    """-1 for a root, and where the node does not exist in that month."""
    exists: NDArray[np.bool_]


def tree(at_date: date, as_of: datetime | None = None) -> Tree:
    """Return the organisation on one day, as known at an instant (``None``: now).

    Raises:
        StateError: The rows contradict each other: a parent that does not exist, or a cycle.
    """
    rows = {row[0]: row for row in Node.objects.values_list("id", "code", "kind", "place")}
    held = Membership.objects.filter(known(as_of), valid_on(at_date))
    parents: dict[int, int | None] = dict(held.values_list("node_id", "parent_id"))
    parents |= dict.fromkeys(_timeless_roots())
    below: dict[int | None, list[int]] = defaultdict(list)
    for node_id in sorted(parents, key=lambda node_id: rows[node_id][1], reverse=True):
        below[parents[node_id]].append(node_id)
    order, depth = _preorder(below)
    if len(order) != len(parents):
        lost = rows[min(parents.keys() - set(order))][1]
        raise StateError(
            f"node {lost} hangs on no root on {at_date}", hint="see `commonweal org history`"
        )
    position = {node_id: i for i, node_id in enumerate(order)} | {None: NOBODY}
    return Tree(
        node_id=np.array(order, np.int64),
        code=tuple(rows[node_id][1] for node_id in order),
        kind=tuple(rows[node_id][2] for node_id in order),
        place=tuple(rows[node_id][3] for node_id in order),
        parent=np.array([position[parents[node_id]] for node_id in order], np.int32),
        depth=np.array(depth, np.int8),
    )


def _preorder(below: Mapping[int | None, list[int]]) -> tuple[list[int], list[int]]:
    waiting = [(node_id, 0) for node_id in below.get(None, ())]
    order, depths = [], []
    while waiting:
        node_id, depth = waiting.pop()
        order.append(node_id)
        depths.append(depth)
        waiting.extend((child, depth + 1) for child in below.get(node_id, ()))
    return order, depths


def _timeless_roots() -> list[int]:
    return list(Node.objects.filter(memberships=None).values_list("id", flat=True))


def subtree_ids(code: str, at_date: date, as_of: datetime | None = None) -> list[int]:
    """Return the ids of a node and of all below it on one day.

    Raises:
        InputError: No such node on that day.
    """
    held = tree(at_date, as_of)
    if code not in held.code:
        raise InputError(
            f"no organisation node {code!r} on {at_date}", hint="see `commonweal org tree`"
        )
    first = held.code.index(code)
    deeper = np.flatnonzero(held.depth[first + 1 :] <= held.depth[first])
    end = first + 1 + int(deeper[0]) if len(deeper) else len(held.code)
    return [int(node_id) for node_id in held.node_id[first:end]]


def node_parents(months: Sequence[date], as_of: datetime | None = None) -> NodeParents:
    """Return the parent of every node on the first day of each month.

    Args:
        months: First days of months, ascending.
        as_of: What was known then; ``None`` is now.

    Returns:
        All nodes there ever were, by id, with ``parent_node_id int64[node, month]``.

    Raises:
        InputError: ``months`` is empty or not in order.
    """
    months = months_checked(months)
    node_id = np.fromiter(Node.objects.order_by("id").values_list("id", flat=True), np.int64)
    parent = np.full((len(node_id), len(months)), NOBODY, np.int64)
    exists = np.zeros(parent.shape, np.bool_)
    exists[np.searchsorted(node_id, _timeless_roots())] = True
    rows = Membership.objects.filter(known(as_of)).annotate(
        above=Coalesce(F("parent_id"), Value(NOBODY))
    )
    node, above, first, last = span_columns(rows, months, "node_id", "above")
    at = np.searchsorted(node_id, node)
    for j in range(len(months)):
        held = (first <= j) & (j < last)
        parent[at[held], j] = above[held]
        exists[at[held], j] = True
    return NodeParents(node_id, parent, exists)

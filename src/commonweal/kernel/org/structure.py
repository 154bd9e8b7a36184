"""The organisation over all time, as known now: who is below whom, and who exists when.

A few thousand memberships are held in memory; a change is tested against them exactly, over the
whole span that it would hold, not on sample days.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from commonweal.errors import InputError
from commonweal.kernel.org.models import Membership, Node
from commonweal.kernel.org.rewriting import covers, earliest, meets

if TYPE_CHECKING:
    from datetime import date


class CycleError(InputError):
    """A node would lie below itself."""


@dataclass(slots=True)
class Structure:
    """Nodes by code and their current memberships; locked against other writers."""

    nodes: dict[str, Node]
    memberships: dict[int, list[Membership]] = field(default_factory=dict)

    @classmethod
    def load(cls) -> Self:
        """Read the present knowledge; call inside the transaction that changes it."""
        nodes = {node.code: node for node in Node.objects.select_for_update()}
        by_id = {node.pk: node for node in nodes.values()}
        memberships = defaultdict(list)
        for row in Membership.objects.filter(superseded_at=None).order_by("valid_from"):
            row.node = by_id[row.node_id]
            row.parent = by_id[row.parent_id] if row.parent_id is not None else None
            memberships[row.node_id].append(row)
        return cls(nodes, dict(memberships))

    def node(self, code: str) -> Node:
        """Return a node by code.

        Raises:
            InputError: There is none.
        """
        try:
            return self.nodes[code]
        except KeyError:
            raise InputError(
                f"no organisation node {code!r}", hint="see `commonweal org tree`"
            ) from None

    def add(self, row: Membership) -> None:
        """Take a new membership into account."""
        self.nodes.setdefault(row.node.code, row.node)
        self.memberships.setdefault(row.node.pk, []).append(row)

    def of(self, node: Node) -> list[Membership]:
        """Return the node's memberships, the earliest first."""
        return self.memberships.get(node.pk, [])

    def parent(self, node: Node, day: date) -> Node | None:
        """Return the node above on one day, if any."""
        return next((row.parent for row in self.of(node) if covers(row, day)), None)

    def existence(self, node: Node) -> tuple[date, date | None] | None:
        """Return the first day of a node and the day after its last; ``None``: every day."""
        rows = self.of(node)
        return (rows[0].valid_from, rows[-1].valid_to) if rows else None

    def existence_check(self, node: Node, start_date: date, end_date: date | None) -> None:
        """Refuse days on which the node does not exist."""
        span = self.existence(node)
        if span is None:
            return
        first, end = span
        exists = f"{node} exists from {first}" + (f" up to {end}" if end else "")
        hint = "choose days within those, or another node"
        if start_date < first or (end is not None and start_date >= end):
            raise InputError(f"{exists}, not on {start_date}", hint=hint)
        if end is not None and (end_date is None or end < end_date):
            raise InputError(f"{exists}, not up to {end_date or 'an open end'}", hint=hint)

    def cycle_check(
        self, node: Node, parent: Node, start_date: date, end_date: date | None
    ) -> None:
        """Refuse a parent that lies below the node on any day of the span.

        Raises:
            CycleError: With the path, as ``A > B > A``.
        """
        path = self._path_up(parent, node, start_date, end_date)
        if path:
            circle = " > ".join(step.code for step in [*reversed(path), node])
            raise CycleError(
                f"{node} cannot belong to {parent}: {circle} would be a circle from {start_date}",
                hint="move the lower node out first",
            )

    def _path_up(
        self, below: Node, above: Node, start_date: date, end_date: date | None
    ) -> list[Node]:
        """Return the nodes from ``below`` to ``above``; none where it never lies above."""
        if below.pk == above.pk:
            return [below]
        for row in self.of(below):
            if row.parent is None or not meets(row, start_date, end_date):
                continue
            found = self._path_up(
                row.parent, above, max(start_date, row.valid_from), earliest(end_date, row.valid_to)
            )
            if found:
                return [below, *found]
        return []

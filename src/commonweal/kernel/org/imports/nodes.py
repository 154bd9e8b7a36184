"""Nodes from a table, in any order: parents are founded before their children."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from commonweal.errors import InputError
from commonweal.kernel.org.checks import place_check
from commonweal.kernel.org.imports.result import RowReject
from commonweal.kernel.org.imports.writing import agrees
from commonweal.kernel.org.models import Membership, Node
from commonweal.kernel.org.services.common import LANGUAGES, names_of
from commonweal.kernel.org.structure import CycleError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonweal.kernel.org.imports.result import Row
    from commonweal.kernel.org.imports.writing import Change, Check
    from commonweal.kernel.org.structure import Structure

_NAMES: Final = tuple(f"name_{language}" for language in LANGUAGES)
_ONE_DAY: Final = timedelta(days=1)
_MOVE_HINT: Final = "a file does not move nodes: use `commonweal org move`"


class NodeLoader:
    """Founds new nodes, renames known ones."""

    chunk_rows = 1 << 30  # all: a parent may stand in the last row

    def __init__(self, structure: Structure, change: Change) -> None:
        """Take the organisation as it stands, and where to report to."""
        self._structure, self._change = structure, change

    def load(self, rows: Sequence[Row]) -> None:
        """Write the rows, refuse those that break a rule."""
        known = [row for row in rows if row.code in self._structure.nodes]
        new = [row for row in rows if row.code not in self._structure.nodes]
        renamed: list[Node] = []
        for row in known:
            node = self._structure.nodes[row.code]
            checks = self._checks_known(row, node)
            if self._change.passes(row, checks) and self._change.compare(
                "node", row, node, ("kind", *_NAMES)
            ):
                renamed.append(node)
        for row in self._parents_first(new):
            if self._change.passes(row, self._checks_new(row)):
                self._found(row)
        Node.objects.bulk_update(renamed, ["kind", *_NAMES])
        self._change.flush()

    def _checks_known(self, row: Row, node: Node) -> Iterator[Check]:
        day = row.values["valid_from"]
        yield "place", lambda: agrees(row, "place", node.place, "figures rely on it; see the admin")
        yield "valid_from", lambda: self._structure.existence_check(node, day, day + _ONE_DAY)
        above = self._structure.parent(node, day)
        yield "parent", lambda: agrees(row, "parent", above.code if above else None, _MOVE_HINT)

    def _checks_new(self, row: Row) -> Iterator[Check]:
        yield "place", lambda: place_check(row.values["place"])
        yield "name_en", lambda: _named_check(row)
        if code := row.values.get("parent"):
            yield "parent", lambda: self._parent_check(row, code)

    def _parent_check(self, row: Row, code: str) -> None:
        parent = self._structure.node(code)
        self._structure.existence_check(parent, row.values["valid_from"], None)

    def _found(self, row: Row) -> None:
        names = names_of({name: row.values.get(f"name_{name}") or "" for name in LANGUAGES})
        fields = {"kind": row.values["kind"], "place": row.values["place"], **names}
        node = Node.objects.create(code=row.code, **fields)
        code = row.values.get("parent")
        self._structure.add(
            Membership.objects.create(
                node=node,
                parent=self._structure.node(code) if code else None,
                valid_from=row.values["valid_from"],
                recorded_at=self._change.now,
            )
        )
        content = {**fields, "parent": code, "from_date": row.values["valid_from"]}
        self._change.tell("node", row, "created", content)
        self._change.count.created += 1

    def _parents_first(self, rows: Sequence[Row]) -> Iterator[Row]:
        """Yield each row after that of its parent; rows in a circle are refused with its path."""
        by_code = {row.code: row for row in rows}
        done: set[str] = set()
        for row in rows:
            path: list[Row] = []
            step: Row | None = row
            while step is not None and step.code not in done and step not in path:
                path.append(step)
                step = by_code.get(step.values.get("parent") or "")
            if step is not None and step in path:
                self._refuse_circle(path[path.index(step) :])
                done |= {inside.code for inside in path[path.index(step) :]}
                path = path[: path.index(step)]
            for founded in reversed(path):
                done.add(founded.code)
                yield founded

    def _refuse_circle(self, circle: Sequence[Row]) -> None:
        names = [row.code for row in (*reversed(circle), circle[-1])]
        fault = CycleError(
            f"{circle[0].code} would lie below itself: {' > '.join(names)}",
            hint="one of them has the wrong parent",
        )
        for row in circle:
            self._change.refuse(RowReject.of(row, "parent", fault))


def _named_check(row: Row) -> None:
    if not any(row.values.get(name) for name in _NAMES):
        raise InputError("a name is missing in every language", hint="give at least one")

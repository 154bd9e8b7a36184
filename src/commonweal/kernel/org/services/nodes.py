"""Nodes: founding, moving and merging them, from a day."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction

from commonweal.errors import InputError, StateError
from commonweal.kernel.org.checks import choice_check, code_check, days_check, place_check
from commonweal.kernel.org.models import Membership, Node, NodeKind, SiteOwnership
from commonweal.kernel.org.rewriting import meets, spans_rewrite
from commonweal.kernel.org.services.common import (
    NothingChangesError,
    code_free_check,
    fields_update,
    names_of,
    record_get,
)
from commonweal.kernel.org.spans import overlapping
from commonweal.kernel.org.structure import Structure
from commonweal.kernel.records.services import event_append

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime


class OverlapError(StateError):
    """Another change already holds later in the same span."""


@transaction.atomic
def node_create(
    *,
    code: str,
    kind: str,
    place: str,
    names: Mapping[str, str],
    from_date: date,
    actor: str,
    now: datetime,
    parent: str | None = None,
) -> Node:
    """Found a node from a day; without a parent it is a root.

    Args:
        code: Letters, digits, ``-`` and ``_``; unique.
        kind: One of ``NodeKind``.
        place: A place of the catalogue, whose factors apply.
        names: By language; one is enough.
        from_date: Its first day.
        actor: Who does it.
        now: When it is recorded; timezone-aware.
        parent: Code of the node above.

    Raises:
        InputError: A value breaks its rule, or the parent does not exist from that day on.
        StateError: The code is taken.
    """
    code_check(code)
    choice_check(kind, NodeKind.values, "kind of node")
    place_check(place)
    code_free_check(Node, code)
    structure = Structure.load()
    above = structure.node(parent) if parent is not None else None
    if above is not None:
        structure.existence_check(above, from_date, None)
    node = Node.objects.create(code=code, kind=kind, place=place, **names_of(names))
    Membership.objects.create(node=node, parent=above, valid_from=from_date, recorded_at=now)
    content = {"kind": kind, "place": place, **names_of(names)}
    _tell(node, "created", {**content, "parent": parent, "from_date": from_date}, actor, now)
    return node


@transaction.atomic
def node_move(
    *,
    node: str,
    parent: str,
    from_date: date,
    actor: str,
    now: datetime,
    until_date: date | None = None,
    reason: str = "",
) -> None:
    """Put a node, with all below it, under another parent from a day on.

    What was recorded before stays readable with ``as_of``.

    Args:
        node: Code of the node.
        parent: Code of its new parent.
        from_date: First day below the new parent.
        actor: Who does it.
        now: When it is recorded; timezone-aware.
        until_date: The day after the last such day; ``None`` is for good.
        reason: Why, in the event.

    Raises:
        InputError: Unknown codes, a circle, or days on which one of the two does not exist.
        OverlapError: A later move is recorded already; ``until_date`` keeps it.
        NothingChangesError: It belongs there throughout.
    """
    days_check(from_date, until_date)
    structure = Structure.load()
    moved, above = structure.node(node), structure.node(parent)
    rows = [row for row in structure.of(moved) if meets(row, from_date, until_date)]
    end_date = _end(structure, moved, from_date, until_date)
    structure.cycle_check(moved, above, from_date, end_date)
    structure.existence_check(above, from_date, end_date)
    later = [row for row in rows if row.valid_from > from_date and row.parent_id != above.pk]
    if later and until_date is None:
        raise OverlapError(
            f"{node} already moves to {later[0].parent} on {later[0].valid_from}",
            hint=f"give until_date {later[0].valid_from} to keep that move",
        )
    if all(row.parent_id == above.pk for row in rows):
        raise NothingChangesError(f"{node} belongs to {parent} from {from_date} already")
    before = structure.parent(moved, from_date)
    spans_rewrite(rows, start_date=from_date, end_date=end_date, changes={"parent": above}, now=now)
    content = {
        "from": before.code if before else None,
        "to": parent,
        "from_date": from_date,
        "until_date": until_date,
        "reason": reason,
    }
    _tell(moved, "moved", content, actor, now)


def _end(structure: Structure, node: Node, from_date: date, until_date: date | None) -> date | None:
    """Return the day after the last changed day: never later than the node itself lasts."""
    span = structure.existence(node)
    if span is None:
        raise InputError(
            f"{node} has no first day, so it cannot move", hint="import it with a valid_from"
        )
    end_date = span[1] if until_date is None else until_date
    structure.existence_check(node, from_date, end_date)
    return end_date


@transaction.atomic
def node_merge(
    *, node: str, into: str, from_date: date, actor: str, now: datetime, reason: str = ""
) -> None:
    """End a node on a day and give all its children and sites to another.

    Raises:
        InputError: Unknown codes, a circle, or days on which one of the two does not exist.
    """
    structure = Structure.load()
    ended, above = structure.node(node), structure.node(into)
    if ended.pk == above.pk:
        raise InputError(f"{node} cannot merge into itself", hint="name another node")
    rows = [row for row in structure.of(ended) if meets(row, from_date, None)]
    _end(structure, ended, from_date, None)
    structure.cycle_check(ended, above, from_date, None)
    structure.existence_check(above, from_date, None)
    children = Membership.objects.filter(
        overlapping(from_date, None), parent=ended, superseded_at=None
    ).select_related("node")
    sites = SiteOwnership.objects.filter(
        overlapping(from_date, None), node=ended, superseded_at=None
    )
    moved_children, moved_sites = list(children), list(sites)
    rewrite = partial(spans_rewrite, start_date=from_date, end_date=None, now=now)
    rewrite(moved_children, changes={"parent": above})
    rewrite(moved_sites, changes={"node": above})
    rewrite(rows, changes=None)
    content = {
        "into": into,
        "from_date": from_date,
        "children": sorted({row.node.code for row in moved_children}),
        "n_sites": len({row.site_id for row in moved_sites}),
        "reason": reason,
    }
    _tell(ended, "merged", content, actor, now)


@transaction.atomic
def node_update(
    *, node: str, changes: Mapping[str, Any], actor: str, now: datetime, reason: str = ""
) -> None:
    """Change the kind, place or names of a node; they hold for all time.

    Raises:
        InputError: A value breaks its rule.
        NothingChangesError: They have these values already.
    """
    if "kind" in changes:
        choice_check(changes["kind"], NodeKind.values, "kind of node")
    if "place" in changes:
        place_check(changes["place"])
    fields_update(
        record_get(Node, node),
        record_type="node",
        changes=changes,
        reason=reason,
        actor=actor,
        now=now,
    )


def _tell(node: Node, action: str, content: Mapping[str, Any], actor: str, now: datetime) -> None:
    event_append(
        record_type="node",
        record_key=node.code,
        action=action,
        actor=actor,
        content=content,
        now=now,
    )

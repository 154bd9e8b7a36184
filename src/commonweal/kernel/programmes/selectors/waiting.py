"""What needs me: records waiting for an action of mine, the nearest deadline first.

The queue is walked by key, state by state. Where few records wait in my part of the organisation
their keys are gathered and sorted; where many do, the index by state and deadline is walked, in
which enough of mine are met soon. Either way a page costs the same with a million records.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from django.db.models import ExpressionWrapper, F, IntegerField, Q

from commonweal.kernel.programmes.registry import record_types
from commonweal.kernel.programmes.services.approving import approvals_given, has_approved
from commonweal.kernel.programmes.services.checking import barred

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.definitions import TransitionSpec
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType

PER_PAGE: Final = 50
_FEW: Final = 1000
"""Up to so many keys are gathered and sorted; it is also where counting ends."""
_MOST_LOOKED_AT: Final = 1000
"""Where nearly all that waits is barred to the reader, a page ends short, and the next goes on."""


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """A place in the queue: records without a deadline come last, in the order they came."""

    has_no_deadline: bool
    due: str
    id: str

    @classmethod
    def of(cls, due_at: datetime | None, record_id: UUID) -> Key:
        """Return the place of a record."""
        return cls(due_at is None, due_at.isoformat() if due_at else "", str(record_id))


@dataclass(frozen=True, slots=True)
class Waiting:
    """One record of the queue, and the actions that it waits for me to take."""

    kind: RecordType
    record: Record
    actions: tuple[TransitionSpec, ...]
    is_late: bool

    @property
    def key(self) -> Key:
        """Return its place."""
        return Key.of(self.record.due_at, self.record.pk)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the queue; ``after`` is the key to go on from, None at its end."""

    rows: tuple[Waiting, ...]
    after: Key | None


def queue(
    scope: Scope,
    *,
    now: datetime,
    after: Key | None = None,
    size: int = PER_PAGE,
    kinds: Iterable[RecordType] | None = None,
) -> Page:
    """Return a page of what needs this scope, across all types of record.

    A record needs whoever holds the role of a transition that leads on from its state, unless they
    had a hand in it where that bars them, or said yes already.
    """
    pages = [
        queue_of(kind, scope, now=now, after=after, size=size)
        for kind in (record_types().values() if kinds is None else kinds)
    ]
    rows = tuple(islice(merge(*(page.rows for page in pages), key=lambda each: each.key), size))
    more = any(page.after for page in pages) or sum(len(page.rows) for page in pages) > len(rows)
    ends = [page.after for page in pages if page.after and len(page.rows) < size]
    return _page_ended(rows, is_full=len(rows) == size, more=more, short_ends=ends)


def queue_of(
    kind: RecordType, scope: Scope, *, now: datetime, after: Key | None = None, size: int = PER_PAGE
) -> Page:
    """Return a page of what needs this scope of one type of record; see ``queue``."""
    waits = _waits(kind, scope)
    found: list[Waiting] = []
    n_looked_at, place = 0, after
    while len(found) <= size and n_looked_at < _MOST_LOOKED_AT:
        ids = _next_ids(kind, scope, waits, place, 2 * size)
        records = kind.model.objects.filter(pk__in=ids).select_related("node", "owner")
        looked_at = sorted(records, key=lambda each: Key.of(each.due_at, each.pk))
        found += _mine(kind, looked_at, waits, scope, now)
        n_looked_at += len(ids)
        if len(ids) < 2 * size:
            place = None
            break
        place = Key.of(looked_at[-1].due_at, looked_at[-1].pk)
    if len(found) > size:
        return Page(tuple(found[:size]), found[size - 1].key)
    return Page(tuple(found), place if n_looked_at >= _MOST_LOOKED_AT else None)


def queue_count(kind: RecordType, scope: Scope, *, most: int = _FEW) -> int:
    """Return how many records of a type wait for roles of this scope, up to ``most``."""
    n_found = 0
    for state, specs in _waits(kind, scope).items():
        n_found += _rows(kind, scope, state, specs)[: most - n_found].count()
    return n_found


def _waits(kind: RecordType, scope: Scope) -> dict[str, list[TransitionSpec]]:
    """Return the transitions for which a role is held somewhere, by the state that waits."""
    found: dict[str, list[TransitionSpec]] = {}
    for spec in kind.spec.transitions:
        if scope.nodes_of(spec.role) != frozenset():
            for state in kind.spec.leads_on(spec):
                found.setdefault(state, []).append(spec)
    return found


def _rows(
    kind: RecordType,
    scope: Scope,
    state: str,
    specs: Sequence[TransitionSpec],
    *,
    by_node: bool = True,
) -> QuerySet[Record]:
    """Return the records in a state at nodes where one of the roles is held.

    With ``by_node=False`` nodes are compared as sums, which keeps the database from the index by
    node: it then walks the one that has the deadline's order.
    """
    rows = scope.visible(kind.model.objects.filter(state=state), walked=not by_node or None)
    nodes: set[int] = set()
    for spec in specs:
        held = scope.nodes_of(spec.role)
        if held is None:
            return rows
        nodes |= held
    if by_node:
        return rows.filter(node_id__in=sorted(nodes))
    plain = ExpressionWrapper(F("node_id") + 0, output_field=IntegerField())
    return rows.alias(at_node=plain).filter(at_node__in=sorted(nodes))


def _next_ids(
    kind: RecordType,
    scope: Scope,
    waits: dict[str, list[TransitionSpec]],
    after: Key | None,
    size: int,
) -> list[UUID]:
    """Return the ids that follow a place, in the queue's order."""
    streams = []
    for state, specs in waits.items():
        gathered = list(
            _rows(kind, scope, state, specs).order_by().values_list("due_at", "pk")[: _FEW + 1]
        )
        if len(gathered) <= _FEW:
            keys = sorted((Key.of(due_at, pk), pk) for due_at, pk in gathered)
            streams.append([each for each in keys if after is None or each[0] > after][:size])
        else:
            rows = _rows(kind, scope, state, specs, by_node=False)
            streams.append(list(_walked(rows, after, size)))
    return [pk for _key, pk in islice(merge(*streams, key=itemgetter(0)), size)]


def _walked(rows: QuerySet[Record], after: Key | None, size: int) -> Iterator[tuple[Key, UUID]]:
    """Yield keys in the order of the index: those with a deadline, then those without."""
    n_left = size
    for has_none in (False, True):
        if n_left <= 0 or (after and after.has_no_deadline and not has_none):
            continue
        part = rows.filter(due_at__isnull=has_none)
        if after is not None and after.has_no_deadline == has_none:
            part = part.filter(_beyond(after))
        for due_at, pk in part.order_by("due_at", "pk").values_list("due_at", "pk")[:n_left]:
            n_left -= 1
            yield Key.of(due_at, pk), pk


def _beyond(after: Key) -> Q:
    if after.has_no_deadline:
        return Q(pk__gt=after.id)
    return Q(due_at__gte=after.due) & (Q(due_at__gt=after.due) | Q(pk__gt=after.id))


def _mine(
    kind: RecordType,
    records: Sequence[Record],
    waits: dict[str, list[TransitionSpec]],
    scope: Scope,
    now: datetime,
) -> list[Waiting]:
    """Return those that this scope may act on, with the actions; a few queries for all of them."""
    actions: dict[UUID, list[TransitionSpec]] = {each.pk: [] for each in records}
    for spec in kind.spec.transitions:
        here = [each for each in records if spec in waits.get(each.state, ())]
        if not here:
            continue
        excluded = barred(kind, spec, here)
        given: Any = approvals_given(kind, spec, here) if spec.approvals else {}
        for record in here:
            who = scope.principal(spec.role, record.node_id, excluded=excluded[record.pk])
            people = {who.name, scope.principals[0].name} if who else set()
            if who and not has_approved(given.get(record.pk, ()), people):
                actions[record.pk].append(spec)
    return [
        Waiting(
            kind,
            each,
            tuple(actions[each.pk]),
            is_late=each.due_at is not None and each.due_at <= now,
        )
        for each in records
        if actions[each.pk]
    ]


def _page_ended(
    rows: tuple[Waiting, ...], *, is_full: bool, more: bool, short_ends: Sequence[Key]
) -> Page:
    """Close a page so that nothing is skipped where one type's page ended short."""
    if short_ends and not (is_full and rows[-1].key <= min(short_ends)):
        end = min(short_ends)
        return Page(tuple(each for each in rows if each.key <= end), end)
    return Page(rows, rows[-1].key if more and rows else None)

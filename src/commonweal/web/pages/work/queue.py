"""My work across all programmes: what needs me, the deadline first, and what I opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import Q, prefetch_related_objects

from commonweal.kernel.disclosure.known import node_name
from commonweal.kernel.disclosure.wording import language_of
from commonweal.kernel.programmes.registry import record_types
from commonweal.kernel.programmes.selectors import queue_of
from commonweal.kernel.programmes.selectors.listed import MOST_COUNTED, records_listed
from commonweal.kernel.programmes.selectors.waiting import queue_count
from commonweal.kernel.programmes.values import named
from commonweal.web.pages.work.kinds import Start, start_of
from commonweal.web.pages.work.texts import (
    instant_short,
    record_title,
    references,
    words_condition,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.definitions import TransitionSpec
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType

_MOST_SHOWN: Final = 20
_MOST_LISTED: Final = 8
_MOST_WAITING: Final = 1999


@dataclass(frozen=True, slots=True)
class Waiting:
    """One record that waits for the reader."""

    pk: UUID
    programme: str
    model: str
    code: str
    title: str
    state: str
    node: str
    due: str
    is_late: bool
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pile:
    """What waits of one type."""

    programme: str
    model: str
    name: str
    programme_name: str
    count: str
    rows: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class WorkPage:
    """Everything that the page of my work shows."""

    name: str
    piles: tuple[Pile, ...]
    opened: tuple[Pile, ...]
    starts: tuple[Start, ...]
    has_roles: bool


def work_page(*, scope: Scope, now: datetime, language: str) -> WorkPage:
    """Build the page of what waits for a person."""
    kinds = tuple(record_types().values())
    piles = [_waiting(kind, scope, now, language) for kind in kinds]
    own = [_listed(kind, _own(scope), scope, now, language) for kind in kinds]
    return WorkPage(
        name=scope.principals[0].name,
        piles=tuple(each for each in piles if each.rows),
        opened=tuple(each for each in own if each.rows),
        starts=tuple(_starts(kinds, scope)),
        has_roles=any(each.roles for each in scope.principals),
    )


def piles_found(query: str, *, scope: Scope, now: datetime, language: str) -> tuple[Pile, ...]:
    """Return the records that may be read whose code or title has these words, by type."""
    piles = (
        _listed(kind, words_condition(kind, query, scope), scope, now, language)
        for kind in record_types().values()
    )
    return tuple(each for each in piles if each.rows)


def _starts(kinds: tuple[RecordType, ...], scope: Scope) -> Iterator[Start]:
    for kind in kinds:
        if scope.nodes_of(kind.spec.opened_by) != frozenset():
            yield start_of(kind)


def _own(scope: Scope) -> Q | None:
    return Q(owner_id=scope.user_id, closed_at=None) if scope.user_id is not None else None


def _waiting(kind: RecordType, scope: Scope, now: datetime, language: str) -> Pile:
    page = queue_of(kind, scope, now=now, size=_MOST_SHOWN)
    prefetch_related_objects([each.record for each in page.rows], *references(kind))
    n_waiting = len(page.rows)
    if page.after is not None:
        n_waiting = max(n_waiting + 1, queue_count(kind, scope, most=_MOST_WAITING + 1))
    rows = (waiting_of(kind, each.record, now, language, each.actions) for each in page.rows)
    return _pile(kind, tuple(rows), n_waiting, _MOST_WAITING)


def _listed(
    kind: RecordType, condition: Q | None, scope: Scope, now: datetime, language: str
) -> Pile:
    if condition is None:
        return _pile(kind, (), 0, 0)

    def fitting(*, walked: bool | None = None) -> QuerySet[Record]:
        rows = scope.visible(kind.model.objects.all(), walked=walked).filter(condition)
        return rows.select_related("node", *references(kind))

    found = records_listed(fitting, sort="due", size=_MOST_LISTED)
    rows = tuple(waiting_of(kind, each, now, language) for each in found.rows)
    return _pile(kind, rows, found.n_found, MOST_COUNTED)


def _pile(kind: RecordType, rows: tuple[Waiting, ...], n_rows: int, most: int) -> Pile:
    start = start_of(kind)
    count = f"{most:,}+" if n_rows > most else f"{n_rows:,}"
    return Pile(start.programme, start.model, start.name, start.programme_name, count, rows)


def waiting_of(
    kind: RecordType,
    record: Record,
    now: datetime,
    language: str,
    actions: Sequence[TransitionSpec] = (),
) -> Waiting:
    """Return a record as it stands in a queue."""
    state = kind.spec.state(record.state)
    return Waiting(
        pk=record.pk,
        programme=kind.programme.id,
        model=kind.id.partition(".")[2],
        code=record.code,
        title=record_title(kind, record, language),
        state=named(state.name),
        node=node_name(record.node, language_of(language)),
        due=instant_short(record.due_at),
        is_late=record.due_at is not None and record.due_at <= now and not state.final,
        actions=tuple(named(each.name) for each in actions),
    )

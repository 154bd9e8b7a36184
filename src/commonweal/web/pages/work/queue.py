"""My work across all programmes: what needs me, the deadline first, and what I opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import F, Q

from commonweal.kernel.disclosure.known import node_name
from commonweal.kernel.disclosure.wording import language_of
from commonweal.kernel.programmes.registry import programmes, record_types
from commonweal.kernel.programmes.values import named
from commonweal.web.pages.work.path import main_way
from commonweal.web.pages.work.texts import instant_short

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from uuid import UUID

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.definitions import TransitionSpec
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import Programme, RecordType

_MOST_SHOWN: Final = 20
_MOST_COUNTED: Final = 10_000


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
class Start:
    """Something that the reader may open."""

    programme: str
    model: str
    name: str
    programme_name: str


@dataclass(frozen=True, slots=True)
class WorkPage:
    """Everything that the page of my work shows."""

    name: str
    piles: tuple[Pile, ...]
    opened: tuple[Pile, ...]
    starts: tuple[Start, ...]
    has_roles: bool
    query: str
    found: tuple[Pile, ...]


@dataclass(frozen=True, slots=True)
class ProgrammeCard:
    """One programme as a card."""

    id: str
    name: str
    about: str
    types: tuple[Start, ...]
    is_public: bool


def work_page(*, scope: Scope, now: datetime, language: str, query: str = "") -> WorkPage:
    """Build the page of what waits for a person, and of a search over everything if asked."""
    kinds = tuple(record_types().values())
    piles = [_pile(kind, _waiting(kind, scope), scope, now, language) for kind in kinds]
    own = [_pile(kind, _own(scope), scope, now, language) for kind in kinds]
    found = (
        [_pile(kind, _found(kind, query), scope, now, language) for kind in kinds]
        if query
        else []
    )
    return WorkPage(
        name=scope.principals[0].name,
        piles=tuple(each for each in piles if each.rows),
        opened=tuple(each for each in own if each.rows),
        starts=tuple(_starts(kinds, scope)),
        has_roles=any(each.roles for each in scope.principals),
        query=query,
        found=tuple(each for each in found if each.rows),
    )


def programme_cards() -> tuple[ProgrammeCard, ...]:
    """Return every programme, in the order of the menu."""
    return tuple(_card(each) for each in programmes().values())


def _card(programme: Programme) -> ProgrammeCard:
    kinds = tuple(programme.types.values())
    return ProgrammeCard(
        programme.id,
        named(programme.spec.name),
        named(programme.spec.about),
        tuple(_start(kind) for kind in kinds),
        programme.spec.public,
    )


def _starts(kinds: tuple[RecordType, ...], scope: Scope) -> Iterator[Start]:
    for kind in kinds:
        if scope.nodes_of(kind.spec.opened_by) != frozenset():
            yield _start(kind)


def _start(kind: RecordType) -> Start:
    return Start(
        kind.programme.id,
        kind.id.partition(".")[2],
        named(kind.spec.name),
        named(kind.programme.spec.name),
    )


def _waiting(kind: RecordType, scope: Scope) -> Q | None:
    """Return the condition of what waits for a role that the reader holds; None for nothing."""
    found: Q | None = None
    for spec in kind.spec.transitions:
        nodes, start = scope.nodes_of(spec.role), forward(kind, spec)
        if not start or nodes == frozenset():
            continue
        here = Q(state__in=start)
        if nodes is not None:
            here &= Q(node_id__in=sorted(nodes))
        found = here if found is None else found | here
    return found


def forward(kind: RecordType, spec: TransitionSpec) -> list[str]:
    """Return the states from which an action leads on: giving back or up waits for nobody."""
    way = main_way(kind)
    if spec.to not in way:
        return []
    return [each for each in spec.start if each not in way or way.index(each) < way.index(spec.to)]


def _own(scope: Scope) -> Q | None:
    return Q(owner_id=scope.user_id, closed_at=None) if scope.user_id is not None else None


def _found(kind: RecordType, query: str) -> Q:
    words = Q(code__icontains=query)
    return words | Q(**{f"{kind.spec.title}__icontains": query}) if kind.spec.title else words


def _pile(
    kind: RecordType, condition: Q | None, scope: Scope, now: datetime, language: str
) -> Pile:
    start = _start(kind)
    rows: list[Record] = []
    n_found = 0
    if condition is not None:
        found = scope.visible(kind.model._default_manager.all()).filter(condition)  # noqa: SLF001
        order = found.select_related("node").order_by(F("due_at").asc(nulls_last=True), "id")
        rows = list(order[:_MOST_SHOWN])
        n_found = len(rows) if len(rows) < _MOST_SHOWN else found[: _MOST_COUNTED + 1].count()
    count = f"{_MOST_COUNTED:,}+" if n_found > _MOST_COUNTED else f"{n_found:,}"
    return Pile(
        start.programme,
        start.model,
        start.name,
        start.programme_name,
        count,
        tuple(_row(kind, each, scope, now, language) for each in rows),
    )


def _row(kind: RecordType, record: Record, scope: Scope, now: datetime, language: str) -> Waiting:
    state = kind.spec.state(record.state)
    return Waiting(
        pk=record.pk,
        programme=kind.programme.id,
        model=kind.id.partition(".")[2],
        code=record.code,
        title=str(getattr(record, kind.spec.title)) if kind.spec.title else "",
        state=named(state.name),
        node=node_name(record.node, language_of(language)),
        due=instant_short(record.due_at),
        is_late=record.due_at is not None and record.due_at <= now and not state.final,
        actions=tuple(
            named(spec.name)
            for spec in kind.spec.transitions_from(record.state)
            if record.state in forward(kind, spec) and scope.holds(spec.role, record.node_id)
        ),
    )

"""The list of one type of record: filters, columns, pages that follow one another by key."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from django.db.models import Q

from commonweal.kernel.accounts.roles import CLEARANCE
from commonweal.kernel.disclosure.known import node_name
from commonweal.kernel.disclosure.wording import language_of
from commonweal.kernel.org.models import Node
from commonweal.kernel.programmes.models import SavedView
from commonweal.kernel.programmes.selectors.asked import asked_read, rows_asked, states_asked
from commonweal.kernel.programmes.selectors.listed import MOST_COUNTED, Listed, records_listed
from commonweal.kernel.programmes.values import named
from commonweal.web.pages.scope import Choice
from commonweal.web.pages.work.fields import field_form, nodes_offered
from commonweal.web.pages.work.filters import Filter, filters
from commonweal.web.pages.work.kinds import OfKind
from commonweal.web.pages.work.path import Ahead, Step, ahead, steps
from commonweal.web.pages.work.texts import (
    field_unit,
    instant_short,
    plain_text,
    value_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType

PER_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the list."""

    name: str
    label: str
    unit: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One value in the list."""

    text: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One record in the list."""

    pk: UUID
    version: int
    code: str
    cells: tuple[Cell, ...]
    state: str
    is_final: bool
    node: str
    due: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class View:
    """A saved view: filters under a name."""

    pk: int
    name: str
    query: str
    is_mine: bool
    is_shared: bool
    is_here: bool


@dataclass(frozen=True, slots=True)
class ListPage(OfKind):
    """Everything that a list shows."""

    filters: tuple[Filter, ...]
    sort: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    count: str
    is_filtered: bool
    has_due: bool
    has_nodes: bool
    next: str
    """Key of the page that follows; empty on the last."""
    is_first: bool
    query: str
    """The filters alone, as an address has them."""
    views: tuple[View, ...]
    actions: tuple[Choice, ...]
    may_open: bool
    about: str
    steps: tuple[Step, ...]
    ahead: tuple[Ahead, ...]


def list_page(
    kind: RecordType, address: Mapping[str, str], *, scope: Scope, now: datetime, language: str
) -> ListPage:
    """Build one page of the list that an address asks for.

    Raises:
        InputError: The address asks for what there is not.
    """
    asked = asked_read(kind, address)
    sort = address.get("sort") or "new"
    found = records_listed(
        partial(rows_asked, kind, asked, scope=scope, now=now),
        sort=sort,
        after=address.get("after", ""),
        size=PER_PAGE,
        states=states_asked(kind, asked),
    )
    nodes = tuple(nodes_offered(_nodes_used(scope), language))
    query = urlencode(asked)
    return ListPage(
        kind=kind,
        filters=filters(kind, asked, nodes),
        sort=sort,
        columns=tuple(_column(kind, name, language) for name in kind.spec.columns),
        rows=tuple(_row(kind, each, now, language) for each in found.rows),
        count=count_text(found),
        is_filtered=bool(asked),
        has_due=any(each.due_at for each in found.rows),
        has_nodes=len(nodes) > 1,
        next=found.after,
        is_first=not address.get("after"),
        query=query,
        views=tuple(_views(kind, scope, query)),
        actions=tuple(_actions(kind, scope, found.rows)),
        may_open=scope.nodes_of(kind.spec.opened_by) != frozenset(),
        about=named(kind.programme.spec.about),
        steps=steps(kind, kind.spec.initial.id),
        ahead=ahead(kind, kind.spec.initial.id, set()),
    )


def count_text(found: Listed) -> str:
    """Write how many were found."""
    return f"{MOST_COUNTED:,}+" if found.n_found > MOST_COUNTED else f"{found.n_found:,}"


def _nodes_used(scope: Scope) -> QuerySet[Node]:
    """Return the nodes whose records may be read."""
    may: set[int] = set()
    for role in CLEARANCE:
        nodes = scope.nodes_of(role)
        if nodes is None:
            return Node.objects.all()
        may |= nodes
    return Node.objects.filter(pk__in=sorted(may))


def _column(kind: RecordType, name: str, language: str) -> Column:
    is_number = field_form(kind, name) == "number"
    unit = field_unit(kind, name, language) if is_number else ""
    return Column(name, named(kind.spec.fields[name].name), unit, is_number)


def _row(kind: RecordType, record: Record, now: datetime, language: str) -> Row:
    state = kind.spec.state(record.state)
    return Row(
        pk=record.pk,
        version=record.version,
        code=record.code,
        cells=tuple(_cell(kind, record, name, language) for name in kind.spec.columns),
        state=named(state.name),
        is_final=state.final,
        node=node_name(record.node, language_of(language)),
        due=instant_short(record.due_at),
        is_late=record.due_at is not None and record.due_at <= now and not state.final,
    )


def _cell(kind: RecordType, record: Record, name: str, language: str) -> Cell:
    value = getattr(record, name)
    if field_form(kind, name) == "number":  # the unit is printed once, in the head
        return Cell(plain_text(value, language), is_number=True)
    return Cell(value_text(kind, name, value, language), is_number=False)


def _views(kind: RecordType, scope: Scope, query: str) -> Iterator[View]:
    if scope.user_id is None:
        return
    own = Q(owner_id=scope.user_id) | Q(is_shared=True)
    for each in SavedView.objects.filter(own, record_type=kind.id).order_by("name", "pk"):
        is_mine = each.owner_id == scope.user_id
        yield View(
            each.pk, each.name, each.query, is_mine, each.is_shared, is_here=each.query == query
        )


def _actions(kind: RecordType, scope: Scope, shown: Sequence[Record]) -> Iterator[Choice]:
    """Yield the actions that this person may hold a role for, in a state that is shown."""
    states = {each.state for each in shown}
    nodes = {each.node_id for each in shown}
    for spec in kind.spec.transitions:
        may = scope.nodes_of(spec.role)
        if states & set(spec.start) and (may is None or may & nodes):
            yield Choice(spec.action, named(spec.name))

"""One record: where it stands, what it says, what may be done, and everything that happened."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.urls import reverse

from commonweal.kernel.accounts.roles import Privacy
from commonweal.kernel.disclosure.known import node_name
from commonweal.kernel.disclosure.wording import language_of
from commonweal.kernel.programmes.clocks import record_clocks
from commonweal.kernel.programmes.models import Approval, Attachment, Record
from commonweal.kernel.programmes.registry import type_of
from commonweal.kernel.programmes.selectors import duplicates_of, record_timeline
from commonweal.kernel.programmes.services import acting
from commonweal.kernel.programmes.services.changing import change_check
from commonweal.kernel.programmes.services.noting import handling_check
from commonweal.kernel.programmes.services.refusals import RefusedError
from commonweal.kernel.programmes.values import named
from commonweal.web.pages.work.fields import Input, errors_top, inputs
from commonweal.web.pages.work.kinds import OfKind
from commonweal.web.pages.work.path import Ahead, Step, ahead, steps
from commonweal.web.pages.work.texts import instant_short, people_names, record_title, value_text
from commonweal.web.pages.work.timeline import Moment, timeline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from uuid import UUID

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.definitions import TransitionSpec
    from commonweal.kernel.programmes.registry import RecordType
    from commonweal.kernel.programmes.selectors import Change

_LINE: Final = 80
"""A longer text stands below its name."""
_MOST_SUSPECTS: Final = 5
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What came of a form that was sent and refused; nothing typed is lost."""

    of: str
    """Which form: an action, or another operation."""
    message: str
    hint: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One field as it is read."""

    label: str
    text: str
    is_long: bool
    address: str = ""
    """Where the record stands that it refers to."""


@dataclass(frozen=True, slots=True)
class Action:
    """One button, and the short form behind it if it asks for anything."""

    action: str
    name: str
    to: str
    inputs: tuple[Input, ...]
    evidence: tuple[str, ...]
    asks_comment: bool
    comment: str
    comment_error: str
    errors: tuple[str, ...]
    is_refused: bool
    leads_on: bool
    """Whether the record waits for it; giving back or up is there, but not offered first."""
    approvals: str

    @property
    def asks(self) -> bool:
        """Whether there is anything to fill in."""
        return bool(self.inputs or self.evidence or self.asks_comment or self.is_refused)


@dataclass(frozen=True, slots=True)
class Yes:
    """One approval; a void one was given for another content."""

    action: str
    name: str
    who: str
    by: str
    at: str
    version: int
    is_void: bool


@dataclass(frozen=True, slots=True)
class File:
    """One attachment."""

    pk: int
    name: str
    kind: str
    n_bytes: int
    who: str
    at: str


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock of the record: how much of its budget is used, in hours of its calendar."""

    name: str
    elapsed_h: str
    budget_h: str
    due: str
    is_running: bool
    is_late: bool


@dataclass(frozen=True, slots=True)
class Suspect:
    """Another record that may be, or is, the same."""

    pk: UUID
    code: str
    state: str


@dataclass(frozen=True, slots=True)
class RecordPage(OfKind):
    """Everything that a record's page shows."""

    record: Record
    title: str
    node: str
    owner: str
    state: str
    is_final: bool
    is_late: bool
    due: str
    opened: str
    privacy: str
    clocks: tuple[Clock, ...]
    steps: tuple[Step, ...]
    ahead: tuple[Ahead, ...]
    lines: tuple[Line, ...]
    empty: tuple[str, ...]
    """Names of fields without a value."""
    actions: tuple[Action, ...]
    approvals: tuple[Yes, ...]
    files: tuple[File, ...]
    evidence: tuple[str, ...]
    """Kinds of file that actions of this type ask for."""
    moments: tuple[Moment, ...]
    may_edit: bool
    may_handle: bool
    is_mine: bool
    suspects: tuple[Suspect, ...]
    merged_into: Suspect | None
    refusal: Refusal | None
    request_key: str

    @property
    def n_leading(self) -> int:
        """How many ways on this person has."""
        return sum(each.leads_on for each in self.actions)


def record_page(
    kind: RecordType,
    record: Record,
    *,
    scope: Scope,
    now: datetime,
    language: str,
    request_key: str,
    refusal: Refusal | None = None,
) -> RecordPage:
    """Build the page of a record that the scope may read."""
    state = kind.spec.state(record.state)
    open_now = tuple(acting.actions_open(kind, record, scope))
    lines = tuple(_lines(kind, record, language))
    changes = record_timeline(record)
    approvals = tuple(_approvals(kind, record, changes))
    edits = may_edit(kind, record, scope)
    counts = Counter(each.action for each in approvals if not each.is_void)
    return RecordPage(
        kind=kind,
        record=record,
        title=record_title(kind, record, language) or record.code,
        node=node_name(record.node, language_of(language)),
        owner=_owner(record),
        state=named(state.name),
        is_final=state.final,
        is_late=record.due_at is not None and record.due_at <= now and not state.final,
        due=instant_short(record.due_at),
        opened=instant_short(record.opened_at),
        privacy=str(Privacy(record.privacy).label),
        clocks=tuple(_clocks(kind, record, now)),
        steps=steps(kind, record.state),
        ahead=ahead(kind, record.state, {each.action for each in open_now}),
        lines=tuple(each for each in lines if each.text),
        empty=tuple(each.label for each in lines if not each.text),
        actions=tuple(
            _action(kind, each, record, scope, language, refusal, counts) for each in open_now
        ),
        approvals=approvals,
        files=tuple(_files(kind, record)),
        evidence=tuple(
            dict.fromkeys(what for each in kind.spec.transitions for what in each.evidence)
        ),
        moments=timeline(kind, changes, language=language, may_restore=edits),
        may_edit=edits,
        may_handle=may_handle(kind, record, scope),
        is_mine=scope.user_id is not None and record.owner_id == scope.user_id,
        suspects=tuple(_suspects(kind, record, scope)),
        merged_into=_merged_into(kind, record, scope),
        refusal=refusal,
        request_key=request_key,
    )


def may_edit(kind: RecordType, record: Record, scope: Scope) -> bool:
    """Return whether fields may change now, by this person."""
    try:
        change_check(kind, record, scope)
    except RefusedError:
        return False
    return True


def _clocks(kind: RecordType, record: Record, now: datetime) -> Iterator[Clock]:
    for row in record_clocks(kind, [record], now=now):
        yield Clock(
            named(kind.spec.clocks[row.clock].name),
            elapsed_h=f"{row.elapsed / _HOUR:,.1f}",
            budget_h=f"{row.budget / _HOUR:,.1f}",
            due=instant_short(row.due_at),
            is_running=row.is_running,
            is_late=row.is_late,
        )


def _owner(record: Record) -> str:
    if record.owner is None:
        return ""
    return record.owner.get_full_name() or record.owner.get_username()


def _lines(kind: RecordType, record: Record, language: str) -> Iterator[Line]:
    for name, spec in kind.spec.fields.items():
        value = getattr(record, name)
        text = value_text(kind, name, value, language)
        address = ""
        if isinstance(value, Record):
            address = reverse("record", args=[*type_of(value).id.split("."), value.pk])
        yield Line(named(spec.name), text, is_long=len(text) > _LINE, address=address)


def _action(  # noqa: PLR0917
    kind: RecordType,
    spec: TransitionSpec,
    record: Record,
    scope: Scope,
    language: str,
    refusal: Refusal | None,
    counts: Mapping[str, int],
) -> Action:
    said = refusal if refusal is not None and refusal.of == spec.action else None
    errors = said.fields if said else {}
    found = inputs(
        kind,
        spec.asks,
        record=record,
        typed=said.typed if said else None,
        errors=errors,
        language=language,
        scope=scope,
        needed=spec.needs,
    )
    return Action(
        action=spec.action,
        name=named(spec.name),
        to=named(kind.spec.state(spec.to).name),
        inputs=found,
        evidence=spec.evidence,
        asks_comment=spec.comment,
        comment=said.typed.get("comment", "") if said else "",
        comment_error=errors.get("comment", ""),
        errors=tuple(errors_top(kind, errors, (*spec.asks, "comment"))),
        is_refused=said is not None,
        leads_on=record.state in kind.spec.leads_on(spec),
        approvals=f"{counts.get(spec.action, 0)}/{spec.approvals}" if spec.approvals > 1 else "",
    )


def _approvals(kind: RecordType, record: Record, changes: Sequence[Change]) -> Iterator[Yes]:
    rows = list(
        Approval.objects.filter(record_type=kind.id, record_id=record.pk).order_by("given_at", "pk")
    )
    people = people_names({each.principal for each in rows} | {each.given_by for each in rows})
    for each in rows:
        spec = kind.spec.transition(each.action)
        who, by = people[each.principal], people[each.given_by]
        yield Yes(
            action=each.action,
            name=named(spec.name) if spec else each.action,
            who=who,
            by=by if by != who else "",
            at=instant_short(each.given_at),
            version=each.version,
            is_void=_is_void(each, changes),
        )


def _is_void(approval: Approval, changes: Sequence[Change]) -> bool:
    """Whether the record changed or went elsewhere before the approved action happened."""
    for each in changes:
        is_itself = each.version == approval.version and each.action == approval.action
        if each.version < approval.version or (is_itself and not each.state):
            continue
        if each.state or each.differences:
            return each.action != approval.action
    return False


def may_handle(kind: RecordType, record: Record, scope: Scope) -> bool:
    """Return whether this person may hand the record over or merge it."""
    try:
        handling_check(kind, record, scope, what="")
    except RefusedError:
        return False
    return True


def _suspects(kind: RecordType, record: Record, scope: Scope) -> Iterator[Suspect]:
    if kind.spec.duplicates_on:
        for each in duplicates_of(record, scope=scope)[:_MOST_SUSPECTS]:
            yield Suspect(each.pk, each.code, named(kind.spec.state(each.state).name))


def _merged_into(kind: RecordType, record: Record, scope: Scope) -> Suspect | None:
    into = record.merged_into
    if into is None or not scope.visible(kind.model.objects.filter(pk=into.pk)).exists():
        return None
    return Suspect(into.pk, into.code, named(kind.spec.state(into.state).name))


def _files(kind: RecordType, record: Record) -> Iterator[File]:
    rows = list(
        Attachment.objects.filter(record_type=kind.id, record_id=record.pk).order_by("added_at")
    )
    people = people_names({each.added_by for each in rows}) if rows else {}
    for each in rows:
        yield File(
            each.pk, each.name, each.kind, each.n_bytes, people[each.added_by],
            instant_short(each.added_at),
        )  # fmt: skip

"""Doing what a transition says: one record or ten thousand, all or none.

The order of the checks is the order in which a person would ask: may it be done in this state, by
me, is everything there, do the rules agree, did enough people say yes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from commonweal.errors import InputError
from commonweal.kernel.accounts.scopes import person_of
from commonweal.kernel.programmes.models import Approval, Attachment
from commonweal.kernel.programmes.registry import type_of
from commonweal.kernel.programmes.services.answers import answer_find, answer_keep, request_sha256
from commonweal.kernel.programmes.services.changing import ConflictError, fields_set
from commonweal.kernel.programmes.services.refusals import RefusedError, RoleError
from commonweal.kernel.programmes.told import changes, snapshot_sha256, told_all
from commonweal.kernel.programmes.values import ValuesError, named
from commonweal.kernel.records.models import Event
from commonweal.kernel.records.services import EventEntry, event_append_many

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from commonweal.kernel.accounts.scopes import Principal, Scope
    from commonweal.kernel.programmes.definitions import TransitionSpec
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType

_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Context:
    """What guards and effects may look at beside the records."""

    scope: Scope
    now: datetime
    comment: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an action: done, or waiting for further approvals."""

    record: Record
    is_done: bool
    n_approvals: int
    n_needed: int
    message: str


def record_act(
    record: Record,
    action: str,
    *,
    scope: Scope,
    now: datetime,
    version: int | None = None,
    values: Mapping[str, Any] | None = None,
    comment: str = "",
    request_key: str = "",
) -> Outcome:
    """Do one action on one record; see ``records_act``.

    Args:
        record: Which.
        action: Name of the transition.
        scope: Who.
        now: When.
        version: The version that was read; None does not ask.
        values: Fields that the transition asks for.
        comment: Why.
        request_key: The same request again gets the same answer.

    Raises:
        ConflictError: It has another version by now.
        RefusedError: See ``records_act``.
    """
    kind = type_of(record)
    asked = request_sha256("act", kind.id, record.pk, action, dict(values or {}), comment, version)
    with transaction.atomic():
        if before := answer_find(request_key, asked):
            held = kind.model.objects.get(pk=record.pk)
            return Outcome(held, is_done=True, n_approvals=0, n_needed=0, message=before.message)
        versions = {} if version is None else {record.pk: version}
        context = Context(scope, now, comment, values or {})
        outcome = records_act(kind, [record.pk], action, context=context, versions=versions)[0]
        answer_keep(request_key, asked, kind, outcome.record, message=outcome.message, now=now)
    return outcome


@transaction.atomic
def records_act(
    kind: RecordType,
    record_ids: Sequence[UUID],
    action: str,
    *,
    context: Context,
    versions: Mapping[UUID, int] | None = None,
) -> list[Outcome]:
    """Do one action on many records, with an event each; all of them or none.

    Raises:
        InputError: The type has no such action.
        RefusedError: For one of the records the action is not open to this scope, something it
            needs is missing, or a guard refuses. The message says which.
        ConflictError: A record has another version than was read.
    """
    spec = kind.spec.transition(action)
    if spec is None:
        known = ", ".join(each.action for each in kind.spec.transitions)
        raise InputError(
            _("%(kind)s has no action %(action)r") % {"kind": kind.id, "action": action},
            hint=_("there are: %(known)s") % {"known": known},
        )
    records = _held(kind, record_ids, context.scope)
    for record in records:
        if versions and versions.get(record.pk, record.version) != record.version:
            raise ConflictError(record, versions[record.pk])
        _state_check(kind, spec, record)
    barred = _barred(kind, spec, records)
    doers = {each.pk: _doer(spec, each, context.scope, barred[each.pk]) for each in records}
    before = {each.pk: {**told_all(kind, each), "state": each.state} for each in records}
    for record in records:
        if context.values or spec.asks:
            _asked_set(kind, spec, record, context)
    _needs_check(kind, spec, records, context)
    counts = _approve(kind, spec, records, doers, context)
    ready = [each for each in records if counts[each.pk] >= spec.n_approvals]
    for record in ready:
        _enter(kind, spec, record, context.now)
    if ready:  # before saving: an effect may also set computed fields
        for name in spec.effects:
            kind.rule(name)(ready, context)
    for record in records:
        record.version += 1
        record.changed_at = context.now
    _save(kind, records)
    _tell(kind, spec, records, doers, before, counts, context)
    return [_outcome(kind, spec, each, counts[each.pk]) for each in records]


def actions_open(kind: RecordType, record: Record, scope: Scope) -> Iterator[TransitionSpec]:
    """Yield the transitions that this scope may try on a record now.

    What is missing or refused by a guard is said when it is tried; who may not, is not offered it.
    """
    for spec in kind.spec.transitions_from(record.state):
        barred = _barred(kind, spec, [record])[record.pk]
        principal = scope.principal(spec.role, record.node_id, excluded=barred)
        if principal is not None and not _has_approved(kind, spec, record, principal):
            yield spec


def _held(kind: RecordType, record_ids: Sequence[UUID], scope: Scope) -> list[Record]:
    """Return the records read anew under a lock, in the order asked for."""
    found: dict[UUID, Record] = {}
    visible = scope.visible(kind.model.objects.all()).select_for_update(of=("self",))
    for start in range(0, len(record_ids), _CHUNK):
        for record in visible.filter(pk__in=record_ids[start : start + _CHUNK]):
            found[record.pk] = record
    if len(found) != len(set(record_ids)):
        raise RefusedError(_("there is no such record, or it is not yours to see"))
    return [found[each] for each in dict.fromkeys(record_ids)]


def _state_check(kind: RecordType, spec: TransitionSpec, record: Record) -> None:
    if record.state in spec.start:
        return
    start = ", ".join(named(kind.spec.state(each).name) for each in spec.start)
    raise RefusedError(
        _("%(code)s is %(state)s; “%(action)s” starts from: %(start)s")
        % {
            "code": record.code,
            "state": named(kind.spec.state(record.state).name),
            "action": named(spec.name),
            "start": start,
        },
        hint=_("load the record again: somebody may have been quicker"),
    )


def _barred(
    kind: RecordType, spec: TransitionSpec, records: Sequence[Record]
) -> dict[UUID, frozenset[str]]:
    """Return who had a hand in each record and may therefore not decide on it.

    That is who opened, changed or put it forward; who only decided before may decide again.
    """
    if not spec.is_independent and not spec.apart:
        return {each.pk: frozenset() for each in records}
    deciding = {each.action for each in kind.spec.transitions if each.is_independent}
    found: dict[str, set[str]] = defaultdict(set)
    keys = [str(each.pk) for each in records]
    for start in range(0, len(keys), _CHUNK):
        rows = Event.objects.filter(
            record_type=kind.id, record_key__in=keys[start : start + _CHUNK]
        )
        for key, action, actor, content in rows.values_list(
            "record_key", "action", "actor", "content"
        ):
            if action in spec.apart or (spec.is_independent and action not in deciding):
                found[key] |= {person_of(actor), content.get("in_name_of", person_of(actor))}
    return {each.pk: frozenset(found[str(each.pk)]) for each in records}


def _doer(spec: TransitionSpec, record: Record, scope: Scope, barred: frozenset[str]) -> Principal:
    principal = scope.principal(spec.role, record.node_id, excluded=barred)
    if principal is not None:
        return principal
    if scope.principal(spec.role, record.node_id) is None:
        raise RoleError.of(spec.role, record.node, named(spec.name))
    raise RefusedError(
        _("%(code)s: “%(action)s” is for somebody who had no hand in the record")
        % {"code": record.code, "action": named(spec.name)},
        hint=_("nobody decides on what they made, changed or put forward, nor does a delegate"),
    )


def _asked_set(kind: RecordType, spec: TransitionSpec, record: Record, context: Context) -> None:
    if strange := set(context.values) - set(spec.asks):
        raise ValuesError(
            {min(strange): _("“%(action)s” does not ask for this") % {"action": named(spec.name)}}
        )
    fields_set(kind, record, context.values)


def _needs_check(
    kind: RecordType, spec: TransitionSpec, records: Sequence[Record], context: Context
) -> None:
    if spec.comment and not context.comment.strip():
        raise ValuesError({"comment": _("say why")})
    attached = _attached(kind, records) if spec.evidence else {}
    for record in records:
        for name in spec.needs:
            if getattr(record, kind.columns[name].attname) in (None, ""):
                label = named(kind.spec.fields[name].name)
                raise ValuesError({name: _("%(field)s is needed by now") % {"field": label}})
        if lacking := set(spec.evidence) - attached.get(record.pk, set()):
            raise RefusedError(
                _("%(code)s: attach first: %(kind)s")
                % {"code": record.code, "kind": ", ".join(sorted(lacking))}
            )
        _parents_check(kind, spec, record)
        for name in spec.guards:
            if not kind.rule(name)(record, context):
                said = named(kind.spec.guards[name].refusal)
                values = {field: getattr(record, field) for field in kind.spec.fields}
                raise RefusedError(f"{record.code}: {said.format(**values)}")


def _attached(kind: RecordType, records: Sequence[Record]) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = defaultdict(set)
    ids = [each.pk for each in records]
    for start in range(0, len(ids), _CHUNK):
        rows = Attachment.objects.filter(
            record_type=kind.id, record_id__in=ids[start : start + _CHUNK]
        )
        for record_id, what in rows.values_list("record_id", "kind"):
            found[record_id].add(what)
    return found


def _parents_check(kind: RecordType, spec: TransitionSpec, record: Record) -> None:
    for name, states in spec.parents.items():
        parent = getattr(record, name)
        if parent is not None and parent.state in states:
            continue
        wanted = ", ".join(states)
        raise RefusedError(
            _("%(code)s: first its %(parent)s must be: %(states)s")
            % {
                "code": record.code,
                "parent": f"{named(kind.spec.fields[name].name)} {parent or ''}".strip(),
                "states": wanted,
            },
            hint=_("parents are decided on before their children"),
        )


def _approve(
    kind: RecordType,
    spec: TransitionSpec,
    records: Sequence[Record],
    doers: Mapping[UUID, Principal],
    context: Context,
) -> dict[UUID, int]:
    """Count this person's yes and those before it that were given for the same content."""
    if not spec.approvals:
        return {each.pk: 1 for each in records}
    counts: dict[UUID, int] = {}
    fresh = []
    for record in records:
        content = snapshot_sha256(kind, record)
        given = Approval.objects.filter(
            record_type=kind.id,
            record_id=record.pk,
            action=spec.action,
            snapshot_sha256=content,
            version__gt=_entered_version(kind, record),
        )
        people = set(given.values_list("principal", flat=True))
        if doers[record.pk].name in people:
            raise RefusedError(
                _("%(code)s: %(who)s has said yes already; it takes somebody else")
                % {"code": record.code, "who": doers[record.pk].name}
            )
        fresh.append(
            Approval(
                record_type=kind.id,
                record_id=record.pk,
                action=spec.action,
                version=record.version + 1,
                snapshot_sha256=content,
                principal=doers[record.pk].name,
                given_by=context.scope.actor,
                given_at=context.now,
            )
        )
        counts[record.pk] = len(people) + 1
    Approval.objects.bulk_create(fresh)
    return counts


def _entered_version(kind: RecordType, record: Record) -> int:
    """Return the version at which the record came into its present state."""
    rows = Event.objects.filter(record_type=kind.id, record_key=str(record.pk))
    for content in rows.order_by("-sequence").values_list("content", flat=True):
        if content.get("to") == record.state and content.get("from") != record.state:
            return int(content["version"])
    return 0


def _has_approved(
    kind: RecordType, spec: TransitionSpec, record: Record, principal: Principal
) -> bool:
    return (
        spec.approvals > 0
        and Approval.objects.filter(
            record_type=kind.id,
            record_id=record.pk,
            action=spec.action,
            principal=principal.name,
            snapshot_sha256=snapshot_sha256(kind, record),
            version__gt=_entered_version(kind, record),
        ).exists()
    )


def _enter(kind: RecordType, spec: TransitionSpec, record: Record, now: datetime) -> None:
    record.state = spec.to
    record.closed_at = now if kind.spec.state(spec.to).final else None


def _save(kind: RecordType, records: Sequence[Record]) -> None:
    names = [
        each.name
        for each in kind.model._meta.concrete_fields  # noqa: SLF001 - public _meta
        if not each.primary_key
    ]
    if len(records) == 1:
        records[0].save(update_fields=names)
    else:
        kind.model.objects.bulk_update(records, names, batch_size=200)


def _tell(
    kind: RecordType,
    spec: TransitionSpec,
    records: Sequence[Record],
    doers: Mapping[UUID, Principal],
    before: Mapping[UUID, Mapping[str, Any]],
    counts: Mapping[UUID, int],
    context: Context,
) -> None:
    entries = []
    for record in records:
        is_done = counts[record.pk] >= spec.n_approvals
        content: dict[str, Any] = {"version": record.version}
        if is_done:
            # `from` is the state that was left: an action of several starts does not tell
            content |= {"from": before[record.pk]["state"], "to": record.state}
        if spec.approvals:
            content["approval"] = f"{counts[record.pk]}/{spec.n_approvals}"
        if found := changes(
            {k: v for k, v in before[record.pk].items() if k != "state"}, told_all(kind, record)
        ):
            content["changes"] = found
        if context.comment:
            content["comment"] = context.comment
        if doers[record.pk].name != context.scope.principals[0].name:
            content["in_name_of"] = doers[record.pk].name
        entries.append(
            EventEntry(
                record_type=kind.id,
                record_key=str(record.pk),
                action=spec.action,
                content=content,
            )
        )
    event_append_many(entries, actor=context.scope.actor, now=context.now)


def _outcome(kind: RecordType, spec: TransitionSpec, record: Record, count: int) -> Outcome:
    is_done = count >= spec.n_approvals
    state = named(kind.spec.state(record.state).name)
    message = (
        _("%(code)s is now %(state)s") % {"code": record.code, "state": state}
        if is_done
        else _("%(code)s: %(n)d of %(needed)d approvals")
        % {"code": record.code, "n": count, "needed": spec.n_approvals}
    )
    return Outcome(record, is_done, count, spec.n_approvals, message)

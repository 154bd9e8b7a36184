"""Doing what a transition says: one record or ten thousand, all or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from commonweal.errors import InputError
from commonweal.kernel.programmes.registry import type_of
from commonweal.kernel.programmes.services.answers import answer_find, answer_keep, request_sha256
from commonweal.kernel.programmes.services.approving import approvals_given, approve, has_approved
from commonweal.kernel.programmes.services.changing import ConflictError, fields_set
from commonweal.kernel.programmes.services.checking import barred, doer, needs_check, state_check
from commonweal.kernel.programmes.services.context import Context, Outcome
from commonweal.kernel.programmes.services.holding import copies, records_held, records_save
from commonweal.kernel.programmes.told import changes_of
from commonweal.kernel.programmes.values import ValuesError, named
from commonweal.kernel.records.selectors import record_history
from commonweal.kernel.records.services import EventEntry, event_append_many

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from commonweal.kernel.accounts.scopes import Principal, Scope
    from commonweal.kernel.programmes.definitions import TransitionSpec
    from commonweal.kernel.programmes.models import Answer, Record
    from commonweal.kernel.programmes.registry import RecordType

__all__ = ["Context", "Outcome", "actions_open", "record_act", "records_act"]


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
    asked = request_sha256(
        "act", scope.actor, kind.id, record.pk, action, dict(values or {}), comment, version
    )
    with transaction.atomic():
        if before := answer_find(request_key, asked):
            return _answered(kind, action, before)
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
    spec = _transition(kind, action)
    records = records_held(kind, record_ids, context.scope)
    for record in records:
        if versions and versions.get(record.pk, record.version) != record.version:
            raise ConflictError(record, versions[record.pk])
        state_check(kind, spec, record)
    excluded = barred(kind, spec, records)
    doers = {each.pk: doer(spec, each, context.scope, excluded[each.pk]) for each in records}
    before = copies(records)
    for record in records:
        _asked_set(kind, spec, record, context)
    needs_check(kind, spec, records, context)
    counts = approve(kind, spec, records, doers, context)
    ready = [each for each in records if counts[each.pk] >= spec.n_approvals]
    _enter(kind, spec, ready, context)
    for record in records:
        record.version += 1
        record.changed_at = context.now
    records_save(kind, records, before)
    _tell(kind, spec, records, before, doers, counts, context)
    return [_outcome(kind, spec, each, counts[each.pk]) for each in records]


def actions_open(kind: RecordType, record: Record, scope: Scope) -> Iterator[TransitionSpec]:
    """Yield the transitions that this scope may try on a record now.

    What is missing or refused by a guard is said when it is tried; who may not, is not offered it.
    """
    for spec in kind.spec.transitions_from(record.state):
        if not scope.holds(spec.role, record.node_id):
            continue
        excluded = barred(kind, spec, [record])[record.pk]
        principal = scope.principal(spec.role, record.node_id, excluded=excluded)
        if principal is None:
            continue
        if spec.approvals:
            given = approvals_given(kind, spec, [record])[record.pk]
            if has_approved(given, {principal.name, scope.principals[0].name}):
                continue
        yield spec


def _transition(kind: RecordType, action: str) -> TransitionSpec:
    spec = kind.spec.transition(action)
    if spec is None:
        known = ", ".join(each.action for each in kind.spec.transitions)
        raise InputError(
            _("%(kind)s has no action %(action)r") % {"kind": kind.id, "action": action},
            hint=_("there are: %(known)s") % {"known": known},
        )
    return spec


def _asked_set(kind: RecordType, spec: TransitionSpec, record: Record, context: Context) -> None:
    if strange := set(context.values) - set(spec.asks):
        raise ValuesError(
            {min(strange): _("“%(action)s” does not ask for this") % {"action": named(spec.name)}}
        )
    if context.values:
        fields_set(kind, record, context.values)


def _enter(
    kind: RecordType, spec: TransitionSpec, ready: Sequence[Record], context: Context
) -> None:
    """Move what has all its approvals, then let effects work: they may set computed fields."""
    closed_at = context.now if kind.spec.state(spec.to).final else None
    for record in ready:
        record.state = spec.to
        record.closed_at = closed_at
    if ready:
        for name in spec.effects:
            kind.rule(name)(ready, context)


def _tell(  # noqa: PLR0917 - all there is to tell
    kind: RecordType,
    spec: TransitionSpec,
    records: Sequence[Record],
    before: Mapping[UUID, Record],
    doers: Mapping[UUID, Principal],
    counts: Mapping[UUID, int],
    context: Context,
) -> None:
    entries = []
    for record in records:
        content: dict[str, Any] = {"version": record.version}
        if counts[record.pk] >= spec.n_approvals:
            # `from` is the state that was left: an action of several starts does not tell
            content |= {"from": before[record.pk].state, "to": record.state}
        if spec.approvals:
            content["approval"] = f"{counts[record.pk]}/{spec.n_approvals}"
        if found := changes_of(kind, before[record.pk], record):
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


def _answered(kind: RecordType, action: str, answer: Answer) -> Outcome:
    """Return what became of a request the first time, as its event tells.

    Comments and attachments since then are told under the same version.
    """
    spec = kind.spec.transition(action)
    record = kind.model.objects.get(pk=answer.record_id)
    told = record_history(kind.id, str(record.pk))
    event = told.get(action=action, content__version=answer.version)
    n_needed = spec.n_approvals if spec else 1
    n_given, _sep, _all = str(event.content.get("approval", "1/1")).partition("/")
    return Outcome(record, "to" in event.content, int(n_given), n_needed, answer.message)

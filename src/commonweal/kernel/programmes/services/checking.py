"""The checks before an action, in the order in which a person would ask them.

May it be done in this state, by me, is everything there, do the rules agree. Each looks at all
records of the call at once, so that ten thousand take as many queries as one.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.utils.translation import gettext as _

from commonweal.kernel.accounts.scopes import person_of
from commonweal.kernel.programmes.models import Attachment
from commonweal.kernel.programmes.registry import record_types
from commonweal.kernel.programmes.services.holding import CHUNK
from commonweal.kernel.programmes.services.refusals import RefusedError, RoleError
from commonweal.kernel.programmes.values import ValuesError, named
from commonweal.kernel.records.models import Event

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from uuid import UUID

    from commonweal.kernel.accounts.scopes import Principal, Scope
    from commonweal.kernel.programmes.definitions import TransitionSpec
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType
    from commonweal.kernel.programmes.services.context import Context

_NO_HAND: Final = frozenset({"comment", "assign", "erase"})
"""Events that give nobody a hand in a record's content."""


def state_check(kind: RecordType, spec: TransitionSpec, record: Record) -> None:
    """Refuse a record that is not in a state from which the transition starts."""
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


def barred(
    kind: RecordType, spec: TransitionSpec, records: Sequence[Record]
) -> Mapping[UUID, frozenset[str]]:
    """Return who had a hand in each record and may therefore not decide on it.

    That is who opened, changed or put it forward, in person or by a delegate; who only decided
    before may decide again. ``apart`` bars the doers of further actions.
    """
    if not spec.is_independent and not spec.apart:
        return {each.pk: frozenset() for each in records}
    harmless = _NO_HAND | {each.action for each in kind.spec.transitions if each.is_independent}
    found: dict[str, set[str]] = defaultdict(set)
    for key, action, actor, other, hands in _doers(kind, [str(each.pk) for each in records]):
        if action in spec.apart or (spec.is_independent and action not in harmless):
            found[key] |= _people(actor, other, hands)
    return {each.pk: frozenset(found[str(each.pk)]) for each in records}


def hands_in(kind: RecordType, record: Record) -> frozenset[str]:
    """Return who had a hand in a record, for one that takes values from it."""
    harmless = _NO_HAND | {each.action for each in kind.spec.transitions if each.is_independent}
    rows = _doers(kind, [str(record.pk)])
    return frozenset().union(
        *(_people(*who) for _key, action, *who in rows if action not in harmless)
    )


def _people(actor: str, other: str | None, hands: Sequence[str] | None) -> set[str]:
    return {person_of(actor), *([other] if other else ()), *(hands or ())}


def _doers(kind: RecordType, keys: Sequence[str]) -> list[tuple[str, str, str, Any, Any]]:
    """Return record, action, actor, in whose name, and whose values, of these records' events."""
    rows: list[tuple[str, str, str, Any, Any]] = []
    for start in range(0, len(keys), CHUNK):
        events = Event.objects.filter(
            record_type=kind.id, record_key__in=keys[start : start + CHUNK]
        )
        other = KeyTextTransform("in_name_of", "content")
        hands = KeyTransform("hands", "content")
        rows += events.values_list("record_key", "action", "actor", other, hands)
    return rows


def doer(
    spec: TransitionSpec, record: Record, scope: Scope, excluded: Collection[str]
) -> Principal:
    """Return in whose name the action is done.

    Raises:
        RoleError: Nobody for whom this scope acts has the role at the node.
        RefusedError: Somebody has, but had a hand in the record.
    """
    principal = scope.principal(spec.role, record.node_id, excluded=excluded)
    if principal is not None:
        return principal
    if scope.principal(spec.role, record.node_id) is None:
        raise RoleError.of(spec.role, record.node, named(spec.name))
    raise RefusedError(
        _("%(code)s: “%(action)s” is for somebody who had no hand in the record")
        % {"code": record.code, "action": named(spec.name)},
        hint=_("nobody decides on what they made, changed or put forward, nor does a delegate"),
    )


def needs_check(
    kind: RecordType, spec: TransitionSpec, records: Sequence[Record], context: Context
) -> None:
    """Refuse where a comment, value, attachment or parent's state is missing, or a rule says no.

    Raises:
        ValuesError: The comment or a field is needed.
        RefusedError: Anything else; the message says which record.
    """
    if spec.comment and not context.comment.strip():
        raise ValuesError({"comment": _("say why")})
    _evidence_check(kind, spec, records)
    for record in records:
        _fields_check(kind, spec, record)
        _parents_check(kind, spec, record)
        _guards_check(kind, spec, record, context)


def _fields_check(kind: RecordType, spec: TransitionSpec, record: Record) -> None:
    for name in spec.needs:
        if getattr(record, kind.columns[name].attname) in (None, ""):
            label = named(kind.spec.fields[name].name)
            raise ValuesError({name: _("%(field)s is needed by now") % {"field": label}})


def _evidence_check(kind: RecordType, spec: TransitionSpec, records: Sequence[Record]) -> None:
    if not spec.evidence:
        return
    attached: dict[UUID, set[str]] = defaultdict(set)
    ids = [each.pk for each in records]
    for start in range(0, len(ids), CHUNK):
        rows = Attachment.objects.filter(
            record_type=kind.id, record_id__in=ids[start : start + CHUNK]
        )
        for record_id, what in rows.values_list("record_id", "kind"):
            attached[record_id].add(what)
    for record in records:
        if lacking := set(spec.evidence) - attached[record.pk]:
            raise RefusedError(
                _("%(code)s: attach first: %(kind)s")
                % {"code": record.code, "kind": ", ".join(sorted(lacking))}
            )


def _parents_check(kind: RecordType, spec: TransitionSpec, record: Record) -> None:
    for name, states in spec.parents.items():
        parent = getattr(record, name)
        if parent is not None and parent.state in states:
            continue
        label = named(kind.spec.fields[name].name)
        wanted = _state_names(kind, name, states)
        raise RefusedError(
            _("%(code)s: first its %(parent)s must be: %(states)s")
            % {
                "code": record.code,
                "parent": f"{label} {parent or ''}".strip(),
                "states": ", ".join(wanted),
            },
            hint=_("parents are decided on before their children"),
        )


def _state_names(kind: RecordType, field: str, states: Sequence[str]) -> list[str]:
    model = kind.columns[field].related_model
    for each in record_types().values():
        if each.model is model:
            return [named(each.spec.state(state).name) for state in states]
    return list(states)


def _guards_check(kind: RecordType, spec: TransitionSpec, record: Record, context: Context) -> None:
    for name in spec.guards:
        if not kind.rule(name)(record, context):
            said = named(kind.spec.guards[name].refusal)
            values = {field: getattr(record, field) for field in kind.spec.fields}
            raise RefusedError(f"{record.code}: {said.format(**values)}")

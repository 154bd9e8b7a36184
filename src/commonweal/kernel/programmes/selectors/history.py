"""What happened to one record, and how it was: views of its events, never stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from commonweal.errors import InputError
from commonweal.kernel.accounts.scopes import person_of
from commonweal.kernel.programmes.registry import type_of
from commonweal.kernel.programmes.values import named
from commonweal.kernel.records.selectors import record_history

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType
    from commonweal.kernel.records.models import Event


@dataclass(frozen=True, slots=True)
class Difference:
    """One field before and after, as the log tells them; ``label`` in the reader's language."""

    name: str
    label: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One event of a record as a person reads it."""

    sequence: int
    at: datetime
    who: str
    in_name_of: str
    action: str
    what: str
    """The action's name in the reader's language; that of the event where it is no transition."""
    version: int
    state: str
    """The state that it led to; empty if it led nowhere."""
    state_name: str
    approval: str
    comment: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """A record as it was: ``fields`` as the log tells them, personal ones as digests."""

    code: str
    version: int
    state: str
    at: datetime
    fields: Mapping[str, Any] = field(default_factory=dict)


def record_timeline(record: Record) -> tuple[Change, ...]:
    """Return everything that happened to a record, the oldest first; one query.

    The order is that of the log, whatever the clocks of those who wrote to it said.
    """
    kind = type_of(record)
    return tuple(_change(kind, each) for each in record_history(kind.id, str(record.pk)))


def record_at(record: Record, *, version: int | None = None, at: datetime | None = None) -> Past:
    """Return a record as it was at a version, or at an instant; now if neither is given.

    Raises:
        InputError: It was not there yet, or has no such version.
    """
    events = list(record_history(type_of(record).id, str(record.pk)))
    if version is not None:
        events = [each for each in events if each.content.get("version", 0) <= version]
    if at is not None:  # its last event by then, and all that the log has before: clocks go back
        n_by_then = [i for i, each in enumerate(events, 1) if each.happened_at <= at]
        events = events[: n_by_then[-1]] if n_by_then else []
    past = _folded(events)
    if past is None or (version is not None and past.version != version):
        place = _("version %(version)d") % {"version": version} if version is not None else at
        raise InputError(
            _("%(code)s has no %(place)s") % {"code": record.code, "place": place},
            hint=_("versions begin with 1 and end with %(last)d") % {"last": record.version},
        )
    return past


def record_diff(record: Record, first: int, second: int) -> tuple[Difference, ...]:
    """Return which fields differ between two versions of a record."""
    kind = type_of(record)
    old, new = record_at(record, version=first), record_at(record, version=second)
    names = {**old.fields, **new.fields}
    return tuple(
        Difference(name, _label(kind, name), old.fields.get(name), new.fields.get(name))
        for name in names
        if old.fields.get(name) != new.fields.get(name)
    )


def _folded(events: Sequence[Event]) -> Past | None:
    """Return what a record's events make of it, from the first on; None without any."""
    if not events:
        return None
    fields: dict[str, Any] = {}
    state, version = "", 0
    for event in events:
        content = event.content
        fields |= content.get("fields", {})
        fields |= {name: new for name, (_old, new) in content.get("changes", {}).items()}
        state = content.get("to") or content.get("state") or state
        version = content.get("version", version)
    return Past(
        code=events[0].content.get("code", ""),
        version=version,
        state=state,
        at=events[-1].happened_at,
        fields=MappingProxyType({k: v for k, v in fields.items() if v is not None}),
    )


def _change(kind: RecordType, event: Event) -> Change:
    content = event.content
    spec = kind.spec.transition(event.action)
    state = content.get("to") or (content.get("state") if event.action == "open" else "") or ""
    return Change(
        sequence=event.sequence,
        at=event.happened_at,
        who=person_of(event.actor),
        in_name_of=content.get("in_name_of", ""),
        action=event.action,
        what=named(spec.name) if spec else event.action,
        version=content.get("version", 0),
        state=state,
        state_name=named(kind.spec.state(state).name) if state else "",
        approval=content.get("approval", ""),
        comment=content.get("comment", ""),
        differences=_differences(kind, content.get("changes", {})),
    )


def _differences(kind: RecordType, changes: Mapping[str, Sequence[Any]]) -> tuple[Difference, ...]:
    return tuple(
        Difference(name, _label(kind, name), old, new) for name, (old, new) in changes.items()
    )


def _label(kind: RecordType, name: str) -> str:
    spec = kind.spec.fields.get(name)
    if spec is not None:
        return named(spec.name)
    return str(kind.model._meta.get_field(name).verbose_name)  # type: ignore[union-attr] # noqa: SLF001 - a column

"""What happened to one record, and how it was: views of its events, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from commonweal.kernel.accounts.scopes import person_of
from commonweal.kernel.programmes.past import record_at
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


def record_timeline(record: Record) -> tuple[Change, ...]:
    """Return everything that happened to a record, the oldest first; one query.

    The order is that of the log, whatever the clocks of those who wrote to it said.
    """
    kind = type_of(record)
    return tuple(change_of(kind, each) for each in record_history(kind.id, str(record.pk)))


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


def change_of(kind: RecordType, event: Event) -> Change:
    """Return an event of a record as a person reads it."""
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

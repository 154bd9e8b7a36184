"""Appending to the event log.

Call inside the transaction of the change that is told, so that both are kept or neither.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.models import Max

from commonweal.errors import InputError
from commonweal.kernel.records.canonical import instant, plain
from commonweal.kernel.records.chain import event_hash
from commonweal.kernel.records.inserting import rows_insert
from commonweal.kernel.records.locks import log_lock
from commonweal.kernel.records.models import Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

_CHUNK: Final = 500  # keys in one query; both databases take more


@dataclass(frozen=True, slots=True, kw_only=True)
class EventEntry:
    """One thing to tell: what happened to which record, and what it says about it."""

    record_type: str
    record_key: str
    action: str
    content: Mapping[str, Any] = field(default_factory=dict)


def event_append(
    *,
    record_type: str,
    record_key: str,
    action: str,
    actor: str,
    content: Mapping[str, Any],
    now: datetime,
) -> Event:
    """Append one event and return it; see ``event_append_many``."""
    entry = EventEntry(
        record_type=record_type, record_key=record_key, action=action, content=content
    )
    return event_append_many([entry], actor=actor, now=now)[0]


@transaction.atomic
def event_append_many(
    entries: Iterable[EventEntry], *, actor: str, now: datetime
) -> Sequence[Event]:
    """Append events in the order given, each chained to the log and to its own record.

    Args:
        entries: What happened; several entries may tell of one record.
        actor: Who did it.
        now: When; timezone-aware.

    Returns:
        The events, in the same order, with sequence and hash.

    Raises:
        InputError: A text is empty or too long, ``now`` is naive, or content has no JSON spelling.
    """
    told = list(entries)
    instant(now)
    _texts_check(told, actor)
    log_lock()
    last = Event.objects.order_by("-sequence").first()
    sequence, previous = (last.sequence + 1, last.hash) if last else (0, "")
    heads = _record_heads({(entry.record_type, entry.record_key) for entry in told})
    events = []
    for entry in told:
        record = entry.record_type, entry.record_key
        event = Event(
            sequence=sequence,
            record_type=entry.record_type,
            record_key=entry.record_key,
            action=entry.action,
            actor=actor,
            happened_at=now,
            content=plain(entry.content),
            previous_hash=previous,
            record_previous_hash=heads.get(record, ""),
        )
        event.hash = previous = heads[record] = event_hash(event)
        sequence += 1
        events.append(event)
    if len(events) == 1:
        events[0].save(force_insert=True)
    else:
        rows_insert(events)
    return events


def _texts_check(entries: Sequence[EventEntry], actor: str) -> None:
    for entry in entries:
        for name in ("record_type", "record_key", "action"):
            _text_check(name, getattr(entry, name))
    _text_check("actor", actor)


def _text_check(name: str, text: str) -> None:
    longest = getattr(Event._meta.get_field(name), "max_length", 0)  # noqa: SLF001 - public _meta
    if not 0 < len(text) <= longest:
        raise InputError(f"{name} {text!r} of an event must have 1 to {longest} characters")


def _record_heads(records: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return the newest hash of each record that has events."""
    heads = {}
    for record_type in sorted({kind for kind, _ in records}):
        keys = sorted(key for kind, key in records if kind == record_type)
        for start in range(0, len(keys), _CHUNK):
            newest = (
                Event.objects.filter(
                    record_type=record_type, record_key__in=keys[start : start + _CHUNK]
                )
                .values("record_key")
                .annotate(newest=Max("sequence"))
                .values_list("newest", flat=True)
            )
            for key, digest in Event.objects.filter(sequence__in=list(newest)).values_list(
                "record_key", "hash"
            ):
                heads[record_type, key] = digest
    return heads

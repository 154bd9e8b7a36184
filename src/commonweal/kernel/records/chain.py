"""The hash that ties an event to the event before it, in the log and in its record."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from commonweal.kernel.records.canonical import instant, spell

if TYPE_CHECKING:
    from commonweal.kernel.records.models import Event


def event_hash(event: Event) -> str:
    """Return SHA-256 over both previous hashes and the event's canonical content.

    ``event.content`` must be in its one spelling, as ``plain`` gives it and the table keeps it.
    """
    told = {
        "sequence": event.sequence,
        "record_type": event.record_type,
        "record_key": event.record_key,
        "action": event.action,
        "actor": event.actor,
        "happened_at": instant(event.happened_at),
        "content": event.content,
    }
    head = f"{event.previous_hash}\n{event.record_previous_hash}\n".encode()
    return sha256(head + spell(told)).hexdigest()

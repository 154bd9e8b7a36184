"""Reading the event log: a record's history, and whether the chain still holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.kernel.records.chain import event_hash
from commonweal.kernel.records.models import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class ChainFault:
    """One thing that does not fit, and where."""

    sequence: int
    record: str
    what: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a walk over the whole chain found; ``head`` is the newest hash, empty for no events."""

    n_events: int
    head: str
    faults: tuple[ChainFault, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.faults


def record_history(record_type: str, record_key: str) -> QuerySet[Event]:
    """Return all that happened to one record, oldest first."""
    return Event.objects.filter(record_type=record_type, record_key=record_key).order_by("sequence")


def chain_verify(progress: Callable[[int], None] | None = None) -> ChainReport:
    """Walk the chain and compute every hash again.

    A changed row no longer has its hash; a changed hash no longer fits the next row; a row taken
    out or put in breaks the sequence. Rows cut off the end leave no trace here: compare ``head``
    with one that was published.

    Args:
        progress: Told the number of events read so far, now and then.
    """
    faults: list[ChainFault] = []
    heads: dict[tuple[str, str], str] = {}
    previous, n_events = "", 0
    for event in Event.objects.order_by("sequence").iterator(chunk_size=2000):
        record = event.record_type, event.record_key
        faults.extend(
            ChainFault(event.sequence, "/".join(record), what)
            for what in _faults(event, n_events, previous, heads.get(record, ""))
        )
        previous = heads[record] = event.hash
        n_events += 1
        if progress is not None and n_events % 2000 == 0:
            progress(n_events)
    return ChainReport(n_events, previous, tuple(faults))


def _faults(event: Event, place: int, previous: str, record_previous: str) -> Iterator[str]:
    if event.sequence != place:
        yield f"sequence {event.sequence} stands at place {place}"
    if event.previous_hash != previous:
        yield "the hash of the event before it is another"
    if event.record_previous_hash != record_previous:
        yield "the hash of the record's event before it is another"
    if event_hash(event) != event.hash:
        yield "its content does not have its hash"

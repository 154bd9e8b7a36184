"""What changed lately: the last word on each of the records that somebody may read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from commonweal.kernel.programmes.registry import record_types
from commonweal.kernel.programmes.selectors.history import Change, change_of
from commonweal.kernel.records.models import Event

if TYPE_CHECKING:
    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType

_LOOKED_AT: Final = 400
"""So many events are read back from the end of the log; who sees few of them sees a short list."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A record, and what happened to it last."""

    kind: RecordType
    record: Record
    change: Change


def records_changed(scope: Scope, *, size: int, n_events: int = _LOOKED_AT) -> tuple[Changed, ...]:
    """Return the records that changed last and may be read, the latest first, each once."""
    kinds = record_types()
    last: dict[tuple[str, str], Event] = {}
    for event in Event.objects.order_by("-sequence")[:n_events]:
        if event.record_type in kinds:
            last.setdefault((event.record_type, event.record_key), event)
    keys: dict[str, list[str]] = defaultdict(list)
    for type_id, key in last:
        keys[type_id].append(key)
    sees, found = scope.seeing(), []
    for type_id, wanted in keys.items():
        kind = kinds[type_id]
        rows = kind.model._default_manager.filter(pk__in=wanted).select_related("node")  # noqa: SLF001 - the type's table
        for record in filter(sees, rows):
            event = last[type_id, str(record.pk)]
            found.append(Changed(kind, record, change_of(kind, event)))
    return tuple(sorted(found, key=lambda each: -each.change.sequence)[:size])

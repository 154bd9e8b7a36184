"""Writing what was planned: new records, changed ones, and an event for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from commonweal.kernel.programmes.imports.matching import records_of
from commonweal.kernel.programmes.services.opening import records_keep
from commonweal.kernel.records.services import EventEntry, event_append_many

if TYPE_CHECKING:
    from datetime import datetime

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.imports.planning import Change, Plan
    from commonweal.kernel.programmes.registry import RecordType

_CHUNK: Final = 200
_ENVELOPE: Final = ("start_date", "end_date", "due_at", "changed_at", "version", "was_in_conflict")


def plan_write(kind: RecordType, plan: Plan, *, scope: Scope, now: datetime) -> None:
    """Write a plan; call inside a transaction."""
    if plan.opened:
        records_keep(kind, [record for _row, record in plan.opened], scope=scope, now=now)
    if not plan.changed:
        return
    for each in plan.changed:
        each.record.version += 1
        each.record.changed_at = now
        each.record.was_in_conflict |= each.is_merged
    names = {name for each in plan.changed for name in each.changes if name in kind.columns}
    records_of(kind).bulk_update(
        [each.record for each in plan.changed], [*sorted(names), *_ENVELOPE], batch_size=_CHUNK
    )
    entries = [_entry(kind, each) for each in plan.changed]
    event_append_many(entries, actor=scope.actor, now=now)


def _entry(kind: RecordType, change: Change) -> EventEntry:
    content: dict[str, Any] = {"version": change.record.version, "changes": change.changes}
    if change.is_merged:
        content["merged_from"] = change.row.version
    return EventEntry(
        record_type=kind.id,
        record_key=str(change.record.pk),
        action="change",
        content=content,
    )

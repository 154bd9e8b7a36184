"""Writing what was planned: new records, changed ones, and an event for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commonweal.kernel.programmes.services.holding import records_save
from commonweal.kernel.programmes.services.opening import records_keep
from commonweal.kernel.records.services import EventEntry, event_append_many

if TYPE_CHECKING:
    from datetime import datetime

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.imports.planning import Change, Plan
    from commonweal.kernel.programmes.registry import RecordType


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
    before = {each.record.pk: each.before for each in plan.changed}
    records_save(kind, [each.record for each in plan.changed], before)
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

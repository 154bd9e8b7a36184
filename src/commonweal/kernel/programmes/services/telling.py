"""Keeping a change of one record: the row's changed columns and one event, both or neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commonweal.kernel.programmes.services.holding import records_save
from commonweal.kernel.programmes.told import changes_of
from commonweal.kernel.records.services import event_append

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType


def record_keep(
    kind: RecordType,
    record: Record,
    before: Mapping[UUID, Record],
    *,
    action: str,
    scope: Scope,
    now: datetime,
    content: Mapping[str, Any] | None = None,
) -> None:
    """Store a held record as its next version, and tell what was and what is.

    Args:
        kind: Its type.
        record: The record, read under a lock and changed since.
        before: ``copies([record])`` from before the change.
        action: Name of the event.
        scope: Who.
        now: When.
        content: What the event tells beside the version and the changes.
    """
    record.version += 1
    record.changed_at = now
    records_save(kind, [record], before)
    found = changes_of(kind, before[record.pk], record)
    record_tell(
        kind,
        record,
        action=action,
        scope=scope,
        now=now,
        content={**({"changes": found} if found else {}), **(content or {})},
    )


def record_tell(
    kind: RecordType,
    record: Record,
    *,
    action: str,
    scope: Scope,
    now: datetime,
    content: Mapping[str, Any],
) -> None:
    """Append an event about a record whose row stays as it is."""
    event_append(
        record_type=kind.id,
        record_key=str(record.pk),
        action=action,
        actor=scope.actor,
        content={"version": record.version, **content},
        now=now,
    )

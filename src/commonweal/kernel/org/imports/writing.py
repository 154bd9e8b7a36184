"""What the three loaders share: counting, refusing, comparing with the register, telling events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from commonweal.errors import InputError
from commonweal.kernel.org.imports.result import RowReject
from commonweal.kernel.records.services import EventEntry, event_append_many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from django.db import models

    from commonweal.kernel.org.imports.result import Row, TableCount

Check = tuple[str, "Callable[[], None]"]


@dataclass(slots=True)
class Change:
    """One table's import under way."""

    actor: str
    now: datetime
    rejects: list[RowReject]
    count: TableCount
    _entries: list[EventEntry] = field(default_factory=list)

    def refuse(self, reject: RowReject) -> None:
        """Report a row."""
        self.rejects.append(reject)
        self.count.rejected += 1

    def passes(self, row: Row, checks: Iterable[Check]) -> bool:
        """Return whether the row keeps the rules; report the first that it breaks."""
        for column, check in checks:
            try:
                check()
            except InputError as fault:
                self.refuse(RowReject.of(row, column, fault))
                return False
        return True

    def tell(self, record_type: str, row: Row, action: str, content: Mapping[str, Any]) -> None:
        """Note an event; ``flush`` appends it."""
        place = {"file": row.file, "row": row.number}
        self._entries.append(
            EventEntry(
                record_type=record_type,
                record_key=row.code,
                action=action,
                content={**content, **place},
            )
        )

    def flush(self) -> None:
        """Append the noted events."""
        if self._entries:
            event_append_many(self._entries, actor=self.actor, now=self.now)
        self._entries.clear()

    def compare(
        self, record_type: str, row: Row, record: models.Model, columns: Iterable[str]
    ) -> bool:
        """Take over what the row says about a known record; an empty cell says nothing.

        Returns:
            Whether the record has changed and is to be saved.
        """
        given = {name: row.values[name] for name in columns if row.values.get(name) is not None}
        before = {name: getattr(record, name) for name in given}
        changed = {name: value for name, value in given.items() if before[name] != value}
        if not changed:
            self.count.unchanged += 1
            return False
        for name, value in changed.items():
            setattr(record, name, value)
        self.count.updated += 1
        was = {name: before[name] for name in changed}
        self.tell(record_type, row, "updated", {"before": was, "after": changed})
        return True


def agrees(row: Row, column: str, known: object, hint: str) -> None:
    """Refuse a row that contradicts the register where figures depend on it."""
    given = row.values.get(column)
    if given is not None and given != known:
        raise InputError(f"{row.code} has {column} {known} in the register, not {given}", hint=hint)

"""That personal values of records were shown to somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonweal.kernel.accounts.reads import reads_tell

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType


def personal_fields(kind: RecordType, names: Collection[str] = ()) -> tuple[str, ...]:
    """Return those of a type's fields that are personal, among ``names`` if any are given."""
    spec = kind.spec.fields
    asked = names or spec
    return tuple(name for name in asked if name in spec and spec[name].is_personal)


def records_shown(
    kind: RecordType,
    records: Iterable[Record],
    *,
    scope: Scope,
    now: datetime,
    names: Collection[str] = (),
) -> int:
    """Tell that records were shown, if personal values were among it; return how many lines.

    Args:
        kind: Their type.
        records: Those that were shown; not looked at where no field is personal.
        scope: Who looked.
        now: When.
        names: Fields that were shown; all of them if empty.
    """
    fields = personal_fields(kind, names)
    return reads_tell(kind.id, records, fields=fields, scope=scope, now=now) if fields else 0

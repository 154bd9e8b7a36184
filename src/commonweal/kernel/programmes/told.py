"""What the event log is told of a record: values in one spelling, personal ones as digests."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.db.models import Model

from commonweal.kernel.records.canonical import canonical_json, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType

ENVELOPE_TOLD: Final = ("node", "start_date", "end_date", "owner", "due_at", "privacy")
_PLAIN: Final = (str, bool, int, float, Decimal, date, datetime, type(None))


def told(kind: RecordType, record: Record, name: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return a field's value as the event log is told it.

    A personal value is told as a digest under the record's own key: equal values of one record look
    equal, and when the key is erased nothing can be learnt from the log.
    """
    value = getattr(record, name)
    spec = kind.spec.fields.get(name)
    if spec is not None and spec.is_personal and value not in {None, ""}:
        key = bytes.fromhex(record.salt)
        return {"digest": hmac.new(key, canonical_json(_plain(value)), hashlib.sha256).hexdigest()}
    return _plain(value)


def _plain(value: object) -> Any:  # noqa: ANN401
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Model):
        return getattr(value, "code", None) or str(value)
    return value if isinstance(value, _PLAIN) else str(value)


def told_all(kind: RecordType, record: Record) -> dict[str, Any]:
    """Return every value that is not empty."""
    names = (*ENVELOPE_TOLD, *kind.spec.fields)
    values = {name: told(kind, record, name) for name in names}
    return {name: value for name, value in values.items() if value not in (None, "")}


def told_plain(kind: RecordType, record: Record, name: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return a field's value as the log keeps it once it is told; None for an empty one."""
    value = plain(told(kind, record, name))
    return None if value == "" else value


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return ``{field: [old, new]}`` for what differs between two tellings."""
    return {
        name: [before.get(name), after.get(name)]
        for name in {**before, **after}
        if before.get(name) != after.get(name)
    }


def changes_of(kind: RecordType, before: Record, after: Record) -> dict[str, list[Any]]:
    """Return ``{field: [old, new]}`` of what the log is told between two states of one record."""
    return {
        name: [_told_or_none(kind, before, name), _told_or_none(kind, after, name)]
        for name in (*ENVELOPE_TOLD, *kind.spec.fields)
        if _held(before, name) != _held(after, name)
        and _told_or_none(kind, before, name) != _told_or_none(kind, after, name)
    }


def _told_or_none(kind: RecordType, record: Record, name: str) -> Any:  # noqa: ANN401
    value = told(kind, record, name)
    return None if value == "" else value


def _held(record: Record, name: str) -> object:
    """Return the column's value, without fetching what it refers to."""
    held = record.__dict__
    return held[name] if name in held else held.get(f"{name}_id")


def snapshot_sha256(kind: RecordType, record: Record) -> str:
    """Return the hash of a record's content; approvals are given for it."""
    return hashlib.sha256(canonical_json(told_all(kind, record))).hexdigest()

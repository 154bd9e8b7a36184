"""From a message to rows of a dataset, as text: digits stay as they were sent.

What cannot be read is a row all the same, with what could be read and the message itself: the lake
refuses it with a reason, and its owner sees it. Nothing that arrived is dropped.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from commonweal.live.definitions import Reader

RAW: Final = "message"
"""Column of what could not be read."""
_RAW_LENGTH: Final = 2_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PER_SECOND: Final = {"unix_s": 1, "unix_ms": 1_000}

Row = dict[str, str]


def _nothing() -> None:
    """Do nothing: whoever asks a device owes it no answer."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """Rows that arrived together; ``taken`` tells the sender, once they are on the disk."""

    rows: tuple[Row, ...]
    taken: Callable[[], object] = field(default=_nothing)
    is_repeat: bool = False
    """The sender says that it may have sent this before."""


def rows_of(reader: Reader, topic: str, payload: bytes, arrived_at: datetime) -> tuple[Row, ...]:
    """Return a message's rows, at least one."""
    text = payload.decode("utf-8", "replace")
    try:
        body = json.loads(text, parse_float=str, parse_int=str)
    except ValueError:
        body = text
    items = _at(body, reader.each.removeprefix("body").lstrip(".")) if reader.each else [None]
    if not isinstance(items, list) or not items:
        items = [None]
    return tuple(_row(reader, topic.split("/"), body, item, text, arrived_at) for item in items)


def _row(  # noqa: PLR0917 - all that a field may speak of
    reader: Reader,
    levels: list[str],
    body: object,
    item: object,
    text: str,
    arrived_at: datetime,
) -> Row:
    row = dict(reader.constants)
    for column, path in reader.fields.items():
        head, _, tail = path.partition(".")
        if head == "arrived":
            row[column] = arrived_at.isoformat()
        elif head == "topic":
            level = int(tail)
            row[column] = levels[level - 1] if 1 <= level <= len(levels) else ""
        else:
            row[column] = _text(_at(body if head == "body" else item, tail))
    for column in reader.fields.keys() & {"read_at", "start_at", "end_at"}:
        row[column] = _instant(row[column], reader.time_form)
    if not all(row.values()):
        row[RAW] = " ".join(text[:_RAW_LENGTH].split()) or "(empty)"
    return row


def _at(value: object, path: str) -> object:
    for part in path.split(".") if path else ():
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def _text(value: object) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    return " ".join(str(value).split())


def _instant(text: str, form: str) -> str:
    """Write an instant in ISO 8601; what is none stays as it is, for the lake to refuse."""
    if form == "iso":
        return text
    try:
        return (_EPOCH + timedelta(seconds=float(text) / _PER_SECOND[form])).isoformat()
    except (ValueError, OverflowError):
        return text

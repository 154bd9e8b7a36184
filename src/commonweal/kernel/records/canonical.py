"""One spelling for every document, so that equal meaning has equal bytes and an equal hash.

Object keys are sorted, decimals and instants are strings, whole floats are integers. A document
that went through any database's JSON column and back is spelt the same: PostgreSQL reorders keys
and writes ``1e22`` as an integer, so neither may show.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from commonweal.errors import InputError


def instant(at: datetime) -> str:
    """Write an instant in UTC with microseconds.

    Raises:
        InputError: ``at`` has no time zone.

    >>> instant(datetime(2024, 3, 1, tzinfo=UTC))
    '2024-03-01T00:00:00.000000Z'
    """
    if at.tzinfo is None:
        raise InputError(f"{at.isoformat()} has no time zone", hint="pass an aware datetime")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def plain(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """Return ``value`` as JSON values in their one spelling; doing it twice changes nothing.

    Raises:
        InputError: Something has no spelling: a float that is no number, a key that is no text,
            a NUL character, an unknown type.
    """
    if type(value) is str:  # by far the commonest
        return value if value.isascii() and "\0" not in value else _text(value)
    if type(value) is dict or isinstance(value, Mapping):  # the first is told sooner
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return plain(value.value)
    for kind, spelling in _SPELLINGS:
        if isinstance(value, kind):
            return spelling(value)
    raise InputError(f"{value!r} ({type(value).__name__}) cannot stand in a recorded document")


def canonical_json(value: object) -> bytes:
    """Return the canonical bytes of a document.

    >>> canonical_json({"b": 1.0, "a": Decimal("2.50")})
    b'{"a":"2.50","b":1}'
    """
    return spell(plain(value))


def spell(document: object) -> bytes:
    """Return the canonical bytes of what ``plain`` returned."""
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def _number(value: float) -> int | float:
    if not math.isfinite(value):
        raise InputError(f"{value} is no number", hint="write null where there is no data")
    return int(value) if value.is_integer() else value


def _decimal(value: Decimal) -> str:
    if not value.is_finite():
        raise InputError(f"{value} is no number", hint="write null where there is no data")
    return format(value, "f")


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as fault:
        raise InputError(f"{value!r} is not Unicode text: {fault.reason}") from fault
    if "\0" in value:
        raise InputError(f"{value!r} holds a NUL character, which no database keeps")
    return str(value)


def _key(value: object) -> str:
    if type(value) is str and value.isascii() and "\0" not in value:
        return value
    if not isinstance(value, str):
        raise InputError(f"key {value!r} of a recorded document is no text")
    return _text(value)


_SPELLINGS: Final[tuple[tuple[Any, Callable[[Any], object]], ...]] = (
    (str, _text),
    (bool | int | None, lambda value: value),
    (float, _number),
    (Decimal, _decimal),
    (datetime, instant),
    (date, date.isoformat),
)

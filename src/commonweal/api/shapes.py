"""Shapes that routes share: pages, and texts as they stand in addresses.

Decimals are texts, as they were recorded; instants are in UTC; periods are written as everywhere in
the product (``2024``, ``2024-03``, ``2024-Q1``).
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from ninja import Schema
from ninja.params.functions import Query
from pydantic import (
    AwareDatetime,
    BeforeValidator,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from commonweal.errors import InputError

Item = TypeVar("Item")
_DIGITS = 18  # of the largest number of a row, and to spare

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$", max_length=96)]
"""A code or id of anything."""
Exact = Annotated[
    Decimal,
    PlainSerializer(lambda value: f"{value:f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}),
]
"""A decimal, told as text so that no digit is lost."""
Instant = Annotated[
    datetime,
    PlainSerializer(lambda at: _utc(at), return_type=str),  # noqa: PLW0108 - it stands below
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""An instant, told in UTC."""
Limit = Annotated[int, Query(100, ge=1, le=1000, description="Items on a page.")]
After = Annotated[
    str,
    Query(
        "",
        max_length=200,
        pattern=r"^[A-Za-z0-9._:~+-]*$",
        description="`next` of the page before; empty for the first.",
    ),
]


def _iso(value: object) -> object:
    """Refuse what pydantic would take for seconds since 1970: a typing error gives no answer."""
    if isinstance(value, str) and value.lstrip("+-").replace(".", "", 1).isdecimal():
        raise ValueError("write it as in 2025-01-31")
    return value


Day = Annotated[date, BeforeValidator(_iso)]
AsOf = Annotated[
    Annotated[AwareDatetime, BeforeValidator(_iso)] | None,
    Query(None, description="What was known at this instant; now if left out."),
]
Number = Annotated[int, Field(ge=1, le=2**63 - 1)]
"""The number of a row."""
Names = Annotated[dict[str, str], Field(description="By language: zh-hant, zh-hans, en.")]
Values = dict[str, Any]


class Page(Schema, Generic[Item]):
    """One page; ``next`` is the ``after`` of the page that follows, null on the last.

    Pages follow one another without gaps or repeats, whatever is added meanwhile.
    """

    items: list[Item]
    next: str | None


class Problem(Schema):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    hint: str = ""
    fields: dict[str, str] | None = Field(None, description="What is wrong with each part.")


def page_cut(rows: list[Any], limit: int, key: str = "pk") -> tuple[list[Any], str | None]:
    """Cut rows that were read one beyond the page, and return the key of the next page."""
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], str(getattr(rows[limit - 1], key))


def number_after(after: str) -> int:
    """Return the row number that a page follows.

    Raises:
        InputError: It is none.
    """
    if not after:
        return 0
    if not after.isdecimal() or len(after) > _DIGITS:
        raise InputError(f"{after!r} is no place in a list", hint="give `next` of the page before")
    return int(after)


def plain(value: Any) -> Any:  # noqa: ANN401, PLR0911 - one form each
    """Return a value as JSON has it: decimals as text, instants in UTC, records by code."""
    match value:
        case Decimal():
            return f"{value:f}"
        case datetime():
            return _utc(value)
        case None | bool() | int() | float() | str():
            return value
        case dict():
            return {str(key): plain(each) for key, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case _ if hasattr(value, "isoformat"):
            return value.isoformat()
        case _:
            return str(getattr(value, "code", value))


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")

"""Why a cell is refused, in one sentence and a hint; called for refused cells only."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from commonweal.lake.datasets import ColumnKind
from commonweal.lake.readers.text import REPLACEMENT
from commonweal.lake.times import instant_values

if TYPE_CHECKING:
    from commonweal.lake.plans import Field

_LOST: Final = (
    "encoding",
    "holds a byte that is no text in the file's encoding",
    "mend the cell; or save the file as CSV UTF-8, or name its encoding in the mapping",
)
_YMD: Final = re.compile(r"(\d{4})\D(\d{1,2})\D(\d{1,2})(?!\d)")


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken rule at one cell; ``column`` is empty where the whole row is meant."""

    column: str
    value: str | None
    rule: str
    sentence: str
    hint: str


def unreadable(field: Field, value: str) -> Fault:
    """Say why this cell gives no value of its column's kind."""
    rule, words, hint = _LOST if REPLACEMENT in value else _READ_AS[field.column.kind](field, value)
    return Fault(field.column.name, value, rule, f"{_short(value)} {words}", hint)


def missing(field: Field) -> Fault:
    """Say that a required cell is blank."""
    name = field.column.name
    return Fault(name, None, "required", "the cell is blank and must not be", f"fill in {name}")


def out_of_range(field: Field, value: str, number: float) -> Fault:
    """Say which limit a number crosses."""
    column = field.column
    below = column.minimum is not None and number < column.minimum
    limit, word, rule = (
        (column.minimum, "below", "minimum") if below else (column.maximum, "above", "maximum")
    )
    converted = "" if field.ratio is None else f", that is {number:g} {column.unit},"
    unit = f" {column.unit}" if column.unit else ""
    return Fault(
        column.name,
        value,
        rule,
        f"{_short(value)}{converted} is {word} {limit:g}{unit}",
        "check the value and its unit",
    )


def _short(value: str) -> str:
    return repr(value if len(value) <= 60 else value[:57] + "…")  # noqa: PLR2004


def _reference(field: Field, _value: str) -> tuple[str, str, str]:
    register = field.column.references
    return (
        "reference",
        f"is not in the register of {register}s",
        f"correct the code, or register the {register} first",
    )


def _calendar(value: str, *, default: tuple[str, str, str]) -> tuple[str, str, str]:
    if found := _YMD.match(value):
        year, month, day = (int(part) for part in found.groups())
        try:
            dt.date(year, month, day)
        except ValueError:
            return "calendar", "is not a day of the calendar", "correct the day or the month"
        if not 1900 <= year < 2200:  # noqa: PLR2004
            return "calendar", "lies outside the years 1900 to 2199", "correct the year"
    return default


def _day(_field: Field, value: str) -> tuple[str, str, str]:
    other = ("day", "is not a day", "write 2024-03-01, or give date_formats in the mapping")
    return _calendar(value, default=other)


def _instant(field: Field, value: str) -> tuple[str, str, str]:
    cell = pa.array([value])
    in_utc = instant_values(cell, "UTC", field.date_formats)
    if in_utc.null_count == 0 and not field.timezone:
        return (
            "naive_instant",
            "names no time zone",
            "write 2024-03-01T00:00:00+08:00, or give timezone in the mapping",
        )
    if in_utc.null_count == 0:
        return (
            "local_time",
            f"is skipped or shown twice by the clocks of {field.timezone}",
            "write the offset: 2024-03-01T00:00:00+08:00",
        )
    return _calendar(
        value,
        default=(
            "instant",
            "is not a date and time",
            "write 2024-03-01T00:00:00+08:00, or give date_formats in the mapping",
        ),
    )


def _number(_field: Field, _value: str) -> tuple[str, str, str]:
    return (
        "number",
        "is not a finite number",
        "write 1234.5; a decimal comma or thousands separators go into the mapping",
    )


def _integer(_field: Field, _value: str) -> tuple[str, str, str]:
    return "integer", "is not a whole number", "write digits only"


def _choice(field: Field, _value: str) -> tuple[str, str, str]:
    known = ", ".join(field.column.choices)
    return "choice", f"is not one of {known}", "use one of these, or map the value in the mapping"


def _text(_field: Field, _value: str) -> tuple[str, str, str]:
    return "text", "cannot be read as text", "write it as text"


_READ_AS: Final = {
    ColumnKind.REFERENCE: _reference,
    ColumnKind.INSTANT: _instant,
    ColumnKind.DAY: _day,
    ColumnKind.NUMBER: _number,
    ColumnKind.INTEGER: _integer,
    ColumnKind.CHOICE: _choice,
    ColumnKind.TEXT: _text,
}

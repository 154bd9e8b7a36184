"""Cells become values, a column at a time: null in the result where a cell cannot be read.

The fast way hands the whole column to Arrow. Only when Arrow refuses is the column cleaned and the
cells that still fail searched for; so a good file costs one cast. Both ways read a cell alike, so
what a cell gives does not depend on its neighbours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from commonweal.lake.casts import halved, lenient
from commonweal.lake.datasets import ColumnKind
from commonweal.lake.readers.text import REPLACEMENT
from commonweal.lake.times import day_values, instant_values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from commonweal.lake.plans import Field

EXAMPLE_MARK: Final = "#example"  # first cell of a row that shows how to fill the template
_NUMBER: Final = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_INTEGER: Final = r"^-?\d{1,19}$"


def as_one(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Join the chunks of a column."""
    if isinstance(column, pa.Array):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def cells_of(field: Field, cells: pa.Table, blanks: list[str]) -> pa.Array:
    """Return the cells of one field: trimmed, blank cells null, value map applied."""
    if field.constant is not None:
        return pa.repeat(pa.scalar(field.constant, pa.string()), len(cells))
    if not field.header:
        return pa.nulls(len(cells), pa.string())
    column = as_one(cells[field.header])
    if pa.types.is_null(column.type):
        return column.cast(pa.string())
    if not pa.types.is_string(column.type):
        return column if not field.values else mapped(as_text(column), field.values)
    column = pc.utf8_trim_whitespace(column)
    column = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
    if blanks:
        nothing = pc.is_in(column, value_set=pa.array(blanks, pa.string()))
        column = pc.if_else(nothing, pa.scalar(None, pa.string()), column)
    return mapped(column, field.values) if field.values else column


def mapped(column: pa.Array, values: Mapping[str, str]) -> pa.Array:
    """Replace the cells that the value map names; the others stay."""
    index = pc.index_in(column, value_set=pa.array(list(values), pa.string()))
    return pc.coalesce(pa.array(list(values.values()), pa.string()).take(index), column)


def as_text(column: pa.Array) -> pa.Array:
    """Write typed values as text, for codes, choices and messages."""
    if pa.types.is_string(column.type):
        return column
    try:
        return column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        shown = [column.slice(row, 1).to_string(indent=0) for row in range(len(column))]
        return pc.if_else(
            column.is_valid(), pa.array(shown, pa.string()), pa.scalar(None, pa.string())
        )


def values_of(field: Field, cells: pa.Array, codes: Mapping[str, pa.Table]) -> pa.Array:
    """Return the field's values in the column's type; null where a cell is blank or unreadable."""
    return _VALUES[field.column.kind](field, cells, codes)


def _scaled(numbers: pa.Array, field: Field) -> pa.Array:
    """Convert the unit: multiply and divide by whole numbers, so that 1/1000 stays exact."""
    if field.ratio is None:
        return numbers
    scaled = numbers
    if field.ratio.numerator != 1:
        scaled = pc.multiply(scaled, float(field.ratio.numerator))
    if field.ratio.denominator != 1:
        scaled = pc.divide(scaled, float(field.ratio.denominator))
    return _finite(scaled)


def _finite(numbers: pa.Array) -> pa.Array:
    return pc.if_else(pc.is_finite(numbers), numbers, pa.scalar(None, pa.float64()))


def _numbers(field: Field, cells: pa.Array) -> pa.Array:
    if _is_numeric(cells.type):
        return _finite(cells.cast(pa.float64(), safe=False))
    if not pa.types.is_string(cells.type):
        return pa.nulls(len(cells), pa.float64())
    if not field.thousands and field.decimal == ".":
        try:
            return _finite(cells.cast(pa.float64()))
        except pa.ArrowInvalid:
            pass
    return _finite(lenient(_plain_digits(field, cells), _NUMBER, pa.float64()))


def _is_numeric(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def _integers(field: Field, cells: pa.Array) -> pa.Array:
    if _is_numeric(cells.type):
        return halved(cells, lambda part: part.cast(pa.int64()), pa.int64())
    if not pa.types.is_string(cells.type):
        return pa.nulls(len(cells), pa.int64())
    return lenient(_plain_digits(field, cells), _INTEGER, pa.int64())


def _plain_digits(field: Field, cells: pa.Array) -> pa.Array:
    """Take out thousands separators that stand where they belong; make the decimal sign a dot."""
    if field.thousands:
        sign = "\\" + field.thousands
        grouped = pc.match_substring_regex(cells, rf"^[+-]?\d{{1,3}}({sign}\d{{3}})+(\D|$)")
        bare = pc.replace_substring(cells, field.thousands, "")
        cells = pc.if_else(pc.fill_null(grouped, False), bare, cells)  # noqa: FBT003 - Arrow
    if field.decimal != ".":
        comma = pc.match_substring(cells, ".")
        cells = pc.if_else(comma, pa.scalar(None, pa.string()), cells)
        cells = pc.replace_substring(cells, field.decimal, ".")
    return cells


def _ids(field: Field, cells: pa.Array, codes: Mapping[str, pa.Table]) -> pa.Array:
    register = codes[field.column.references]
    index = pc.index_in(as_text(cells), value_set=as_one(register["code"]))
    return as_one(register["id"]).take(index)


def _choices(field: Field, cells: pa.Array) -> pa.Array:
    text = as_text(cells)
    known = pc.is_in(text, value_set=pa.array(field.column.choices, pa.string()))
    return pc.if_else(known, text, pa.scalar(None, pa.string()))


def _texts(cells: pa.Array) -> pa.Array:
    lossy = pc.match_substring(cells, REPLACEMENT)
    return pc.if_else(lossy, pa.scalar(None, pa.string()), cells) if lossy.true_count else cells


_VALUES: Final[
    Mapping[ColumnKind, Callable[[Field, pa.Array, Mapping[str, pa.Table]], pa.Array]]
] = {
    ColumnKind.REFERENCE: _ids,
    ColumnKind.NUMBER: lambda field, cells, _: _scaled(_numbers(field, cells), field),
    ColumnKind.INTEGER: lambda field, cells, _: _integers(field, cells),
    ColumnKind.DAY: lambda field, cells, _: day_values(cells, field.date_formats),
    ColumnKind.INSTANT: lambda field, cells, _: instant_values(
        cells, field.timezone, field.date_formats
    ),
    ColumnKind.CHOICE: lambda field, cells, _: _choices(field, cells),
    ColumnKind.TEXT: lambda _, cells, __: _texts(as_text(cells)),
}

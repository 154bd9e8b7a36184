"""Reading a million rows of a table as columns, without a Python object for every row or value.

The database joins each column into one text, and Arrow splits and reads it: a tenth of the time
that fetching row by row takes. All columns come from one pass over the rows, so that they agree in
order. Texts of floats would lose digits on SQLite; ``mixed_columns`` knows when they do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Aggregate, BigIntegerField, Count, F, Q, TextField, Value
from django.db.models.functions import Cast, Coalesce

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import QuerySet
    from django.db.models.sql.compiler import SQLCompiler
    from numpy.typing import NDArray

_BETWEEN: Final = "\x1f"  # made to separate; stands in no code, number or day


class _Joined(Aggregate):
    """All values of a column as one text."""

    function = "GROUP_CONCAT"
    arity = 2
    output_field = TextField()

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, Any]:
        """Write it in PostgreSQL's words."""
        return self.as_sql(compiler, connection, function="STRING_AGG")


def text_columns(rows: QuerySet[Any], names: Sequence[str]) -> list[pa.Array]:
    """Return columns of the rows as text, null where a value is null or empty.

    The order is the same in all of them, and otherwise as the database likes.

    Args:
        rows: From which to read.
        names: Columns of integers, days or texts without control characters.
    """
    return [_split(text) for text in _joined(rows.order_by(), names).values()]


def integer_columns(rows: QuerySet[Any], names: Sequence[str]) -> NDArray[np.int64]:
    """Return columns of integers, none of them null, as an array of shape (name, row)."""
    found = [column.cast(pa.int64()).to_numpy() for column in text_columns(rows, names)]
    return np.stack(found) if found else np.zeros((0, 0), np.int64)


def mixed_columns(
    rows: QuerySet[Any], names: Sequence[str], floats: Sequence[str]
) -> dict[str, pa.Array]:
    """Return columns of texts, as ``text_columns``, and of floats, none of them null, by name.

    Floats keep every bit: they are joined where all are whole numbers, as multipliers and ends of
    registers mostly are; else the rows are fetched one by one. One statement reads them all.
    """
    rows = rows.order_by().annotate(
        **{f"{name}_whole": Cast(name, BigIntegerField()) for name in floats}
    )
    is_broken = Q(pk=None)
    for name in floats:
        is_broken |= ~Q(**{name: F(f"{name}_whole")})
    wholes = [f"{name}_whole" for name in floats]
    found = _joined(rows, [*names, *wholes], n_broken=Count("pk", filter=is_broken))
    if found.pop("n_broken"):
        texts = {f"{name}_text": Cast(name, TextField()) for name in names}
        values = list(rows.annotate(**texts).values_list(*texts, *floats))
        kinds = [*(pa.string() for _ in names), *(pa.float64() for _ in floats)]
        columns = zip(*values, strict=True)
        read = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
        return dict(zip([*names, *floats], read, strict=True))
    split = [_split(text) for text in found.values()]
    arrays = [*split[: len(names)], *(column.cast(pa.float64()) for column in split[len(names) :])]
    return dict(zip([*names, *floats], arrays, strict=True))


def _joined(rows: QuerySet[Any], names: Sequence[str], **also: Aggregate) -> dict[str, Any]:
    told = {
        f"joined_{i}": _Joined(Coalesce(Cast(name, TextField()), Value("")), Value(_BETWEEN))
        for i, name in enumerate(names)
    }
    return rows.aggregate(**told, **also)


def _split(text: str | None) -> pa.Array:
    if text is None:
        return pa.array([], pa.string())
    values = pc.split_pattern(pa.array([text], pa.large_string()), _BETWEEN).flatten()
    return pc.if_else(pc.equal(values, ""), None, values).cast(pa.string())

"""Reading a million rows of a table as columns, without a Python object for every row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model, QuerySet

_CHUNK_ROWS: Final = 50_000


def column_chunks(rows: QuerySet[Model], *names: str) -> Iterator[tuple[tuple[Any, ...], ...]]:
    """Yield columns of the rows, a chunk of rows at a time, as the database's driver gives them.

    Nothing is converted: ask for integers, floats and texts, cast dates to text.
    """
    try:
        sql, parameters = rows.values_list(*names).query.sql_with_params()
    except EmptyResultSet:
        return
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        while chunk := cursor.fetchmany(_CHUNK_ROWS):
            yield tuple(zip(*chunk, strict=True))

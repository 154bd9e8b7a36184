"""Rows into their table in bulk, past the statements of many rows that the ORM would write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import AutoField

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Field, Model


def rows_insert(rows: Sequence[Model]) -> None:
    """Insert unsaved rows of one table in their order; they do not learn numbers given to them.

    PostgreSQL takes them through ``COPY``, SQLite through one prepared statement.
    """
    if not rows:
        return
    connection = connections[DEFAULT_DB_ALIAS]  # itself: the proxy is looked up for every value
    table = rows[0]._meta  # noqa: SLF001 - Django's public _meta
    fields = [each for each in table.local_concrete_fields if not isinstance(each, AutoField)]
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(each.column)) for each in fields)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {quote(table.db_table)} ({names}) FROM STDIN") as copy:
                for values in _values(fields, rows, connection):
                    copy.write_row(values)
        else:
            marks = ", ".join(["%s"] * len(fields))
            statement = f"INSERT INTO {quote(table.db_table)} ({names}) VALUES ({marks})"  # noqa: S608 - names of ours
            cursor.executemany(statement, list(_values(fields, rows, connection)))
    for row in rows:
        row._state.adding = False  # noqa: SLF001 - as the ORM leaves a row that it stored
        row._state.db = connection.alias  # noqa: SLF001


def _values(
    fields: Sequence[Field[Any, Any]], rows: Sequence[Model], connection: BaseDatabaseWrapper
) -> Iterator[list[Any]]:
    prepared = [(each.attname, each.get_db_prep_save) for each in fields]
    for row in rows:
        yield [prepare(getattr(row, name), connection) for name, prepare in prepared]

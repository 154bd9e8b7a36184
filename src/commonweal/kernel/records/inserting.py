"""Rows into their table in bulk, past the statements of many rows that the ORM would write."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import (
    AutoField,
    BigIntegerField,
    CharField,
    DateField,
    IntegerField,
    SlugField,
    SmallIntegerField,
    TextField,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

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
    prepared = [_prepared(each, connection) for each in fields]
    for row in rows:
        yield [prepare(getattr(row, name)) for name, prepare in prepared]


def _prepared(
    field: Field[Any, Any], connection: BaseDatabaseWrapper
) -> tuple[str, Callable[[Any], Any]]:
    """Return a field's attribute and how its value is written, quickly for what is common."""
    kind = _PLAIN.get(type(field))
    if kind is not None:
        return (
            field.attname,
            lambda value: (
                value if type(value) is kind else field.get_db_prep_save(value, connection)
            ),
        )
    if isinstance(field, DateField):  # of days and instants there are few
        return field.attname, cache(lambda value: field.get_db_prep_save(value, connection))
    return field.attname, lambda value: field.get_db_prep_save(value, connection)


# Fields whose values of these very types the driver takes as they are.
_PLAIN: Final[Mapping[type[Any], type[Any]]] = {
    BigIntegerField: int,
    CharField: str,
    IntegerField: int,
    SlugField: str,
    SmallIntegerField: int,
    TextField: str,
}

"""Facts into their table in bulk, past the statements of many rows that the ORM would write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from commonweal.kernel.facts.models import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_META: Final = Fact._meta  # noqa: SLF001 - Django's public _meta
_FIELDS: Final = [field for field in _META.local_concrete_fields if not field.primary_key]


def facts_insert(facts: Sequence[Fact]) -> None:
    """Insert unsaved facts in their order; they do not learn their numbers.

    PostgreSQL takes them through ``COPY``, SQLite through one prepared statement.
    """
    columns = ", ".join(f'"{field.column}"' for field in _FIELDS)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {_META.db_table} ({columns}) FROM STDIN") as copy:
                for row in _rows(facts):
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(_FIELDS))
            statement = f"INSERT INTO {_META.db_table} ({columns}) VALUES ({marks})"  # noqa: S608 - names of ours
            cursor.executemany(statement, list(_rows(facts)))


def _rows(facts: Sequence[Fact]) -> Iterator[list[Any]]:
    prepared = [(field.attname, field.get_db_prep_save) for field in _FIELDS]
    for fact in facts:
        yield [prepare(getattr(fact, name), connection) for name, prepare in prepared]

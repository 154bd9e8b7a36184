"""Queries over the lake: one portable SQL text on whichever engine is configured."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
from django.conf import settings

from commonweal.errors import DefinitionError, StateError
from commonweal.lake.backends.duckdb import DuckDbBackend
from commonweal.lake.segments_files import file_sha256
from commonweal.lake.views import Relation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonweal.lake.backends import Backend


def query(
    sql: str, relations: Mapping[str, Relation | pa.Table], *, engine: str | None = None
) -> pa.Table:
    """Run one SQL text over named relations and return its rows.

    Args:
        sql: Portable SQL, as ``lake.backends`` describes it.
        relations: What the names in it stand for: rows of the lake, or tables in memory.
        engine: ``duckdb`` or ``sc://host:port``; ``settings.QUERY_ENGINE`` by default.

    Raises:
        StateError: A file of the lake is missing or damaged; it is named.

    >>> query("SELECT sum(x) AS total FROM t", {"t": pa.table({"x": [1, 2]})}).to_pylist()
    [{'total': 3}]
    """
    with query_opened(sql, relations, engine=engine) as (schema, batches):
        return pa.Table.from_batches(batches, schema)


def query_batches(
    sql: str, relations: Mapping[str, Relation | pa.Table], *, engine: str | None = None
) -> Iterator[pa.RecordBatch]:
    """Run one SQL text and yield its rows in batches, for results larger than memory."""
    with query_opened(sql, relations, engine=engine) as (_, batches):
        yield from batches


@contextmanager
def query_opened(
    sql: str, relations: Mapping[str, Relation | pa.Table], *, engine: str | None = None
) -> Iterator[tuple[pa.Schema, Iterator[pa.RecordBatch]]]:
    """Run one SQL text; the block gets the schema and the batches of the result."""
    chosen = backend(engine or settings.QUERY_ENGINE)
    lake = [relation for relation in relations.values() if isinstance(relation, Relation)]
    for relation in lake:
        if not is_whole(relation):
            files_check(relation)
    try:
        with chosen.batches(sql, relations) as opened:
            yield opened
    except Exception as fault:
        # Engines have no error in common. If a file is at fault it is named; else theirs stands.
        if chosen.is_file_fault(fault):
            for relation in lake:
                files_check(relation)
        raise


@cache
def backend(engine: str) -> Backend:
    """Return the engine of a configured name or address.

    Raises:
        DefinitionError: There is no such engine.
    """
    if engine == "duckdb":
        return DuckDbBackend()
    if engine.startswith("sc://"):
        from commonweal.lake.backends.spark import SparkBackend  # noqa: PLC0415 - optional, heavy

        return SparkBackend(engine)
    raise DefinitionError(
        f"query_engine is {engine!r}", hint="write duckdb, or sc://host:15002 for Spark Connect"
    )


def is_whole(relation: Relation) -> bool:
    """Return whether all files are there with all their bytes: Sail passes over missing ones."""
    try:
        return sum(Path(file).stat().st_size for file in relation.files) == relation.n_bytes
    except FileNotFoundError:
        return False


def files_check(relation: Relation) -> None:
    """Check that the relation's files are there and are what their names say.

    Raises:
        StateError: One is not.
    """
    hint = "run `commonweal lake verify`, then restore the file from a backup"
    for name in relation.files:
        path = Path(name)
        if not path.exists():
            raise StateError(f"{name} is listed in the manifest but missing", hint=hint)
        if file_sha256(path) != path.stem:
            raise StateError(f"{name} is damaged: its content differs from its hash", hint=hint)

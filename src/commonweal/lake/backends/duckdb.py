"""Queries on one machine: DuckDB in memory, spilling into the home folder."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow as pa
from django.conf import settings

from commonweal.errors import StateError
from commonweal.lake.backends import layered_sql, portable_batch, portable_schema
from commonweal.lake.datasets import dataset_get

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from commonweal.lake.views import Relation

_BATCH_ROWS: Final = 262_144
_FAULTS_OF_TEXT: Final = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ConversionException,
    duckdb.ParserException,
)


class DuckDbBackend:
    """A connection per query: nothing is shared, nothing is left behind."""

    def is_file_fault(self, fault: Exception) -> bool:
        """Return whether a damaged file may be behind an error of this engine."""
        return isinstance(fault, (duckdb.Error, pa.ArrowException, OSError)) and not isinstance(
            fault, _FAULTS_OF_TEXT
        )

    @contextmanager
    def batches(
        self, sql: str, relations: Mapping[str, Relation | pa.Table]
    ) -> Iterator[tuple[pa.Schema, Iterator[pa.RecordBatch]]]:
        """Run the query; the block gets its schema and its batches.

        Raises:
            StateError: The query needs more memory than it may have, and cannot spill.
        """
        with _connection() as connection:
            for name, relation in relations.items():
                _view(connection, name, relation)
            try:
                reader = connection.sql(sql).to_arrow_reader(_BATCH_ROWS)
                schema = portable_schema(reader.schema)
                yield schema, (portable_batch(batch, schema) for batch in reader)
            except duckdb.OutOfMemoryException as fault:
                raise StateError(
                    f"the query needs more than {settings.QUERY_MEMORY_MB} MB: {fault}",
                    hint="raise memory_limit_mb in commonweal.toml",
                ) from fault


@contextmanager
def _connection() -> Iterator[duckdb.DuckDBPyConnection]:
    spill = Path(settings.HOME) / "spill"
    spill.mkdir(parents=True, exist_ok=True)
    # A folder of its own: two engines would overwrite one another's spilled blocks.
    with (
        TemporaryDirectory(dir=spill) as folder,
        duckdb.connect(
            config={
                "memory_limit": f"{settings.QUERY_MEMORY_MB}MB",
                "temp_directory": folder,
                "preserve_insertion_order": "false",
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        ) as connection,
    ):
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")  # it writes among a command's lines
        yield connection


def _view(connection: duckdb.DuckDBPyConnection, name: str, relation: Relation | pa.Table) -> None:
    if isinstance(relation, pa.Table):
        connection.register(name, relation)
    elif relation.files:
        connection.execute(f'CREATE TEMP VIEW "{name}" AS {layered_sql(relation, _scan)}')
    else:
        connection.register(name, dataset_get(relation.dataset).schema.empty_table())


def _scan(files: Sequence[str]) -> str:
    quoted = ", ".join("'{}'".format(file.replace("'", "''")) for file in files)
    return f"read_parquet([{quoted}])"

"""Query engines: each takes one SQL text and named relations and streams Arrow batches.

Portable SQL: standard joins, aggregates and windows, ``CAST``, ``date_trunc``; no ``QUALIFY``, no
``EXCLUDE``, no engine's own functions. Instants are UTC without a zone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from commonweal.lake.datasets import dataset_get

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from commonweal.lake.views import Relation


class Backend(Protocol):
    """What runs a query."""

    def batches(
        self, sql: str, relations: Mapping[str, Relation | pa.Table]
    ) -> AbstractContextManager[tuple[pa.Schema, Iterator[pa.RecordBatch]]]:
        """Run the query; the block gets its schema and its batches."""
        ...

    def is_file_fault(self, fault: Exception) -> bool:
        """Return whether a damaged file may be behind an error of this engine."""
        ...


def portable_schema(schema: pa.Schema) -> pa.Schema:
    """Return a result's schema as every engine gives it.

    Sums of integers have 64 bits (DuckDB gives 128), every column may be empty.
    """
    wide = pa.decimal128(38, 0)
    return pa.schema(
        [pa.field(each.name, pa.int64() if each.type == wide else each.type) for each in schema]
    )


def portable_batch(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return a batch with exactly this schema."""
    return batch if batch.schema.equals(schema, check_metadata=True) else batch.cast(schema)


def layered_sql(relation: Relation, scan: Callable[[Sequence[str]], str]) -> str:
    """Return the SELECT of a relation with files: of equal keys the latest layer's row.

    The first layers are scanned and filtered by an anti join against the corrections, which are
    few; among several corrections a window chooses. ``scan`` writes a table expression for files.
    """
    dataset = dataset_get(relation.dataset)
    columns = ", ".join(dataset.schema.names)
    selects = []
    if relation.plain_files:
        selects.append(f"SELECT {columns} FROM {scan(relation.plain_files)}")  # noqa: S608
    if relation.layers:
        key = dataset.key if dataset.month_of in dataset.key else ("month", *dataset.key)
        first = scan([group[0] for group in relation.layers])
        corrections = _latest_sql(relation, columns, ", ".join(key), scan)
        same = " AND ".join(f"later.{name} = earlier.{name}" for name in key)
        uncorrected = (
            f"SELECT {columns} FROM {first} AS earlier WHERE NOT EXISTS "  # noqa: S608
            f"(SELECT 1 FROM ({corrections}) AS later WHERE {same})"
        )
        selects += [uncorrected, corrections]
    return " UNION ALL ".join(selects)


def _latest_sql(
    relation: Relation, columns: str, key: str, scan: Callable[[Sequence[str]], str]
) -> str:
    depth = max(len(group) for group in relation.layers)
    layers = [
        scan([group[number] for group in relation.layers if len(group) > number])
        for number in range(1, depth)
    ]
    if len(layers) == 1:
        return f"SELECT {columns} FROM {layers[0]}"  # noqa: S608
    union = " UNION ALL ".join(
        f"SELECT {columns}, {number} AS layer FROM {layer}"  # noqa: S608
        for number, layer in enumerate(layers)
    )
    return (
        f"SELECT {columns} FROM (SELECT {columns}, row_number() OVER "  # noqa: S608
        f"(PARTITION BY {key} ORDER BY layer DESC) AS place FROM ({union}) AS stacked) AS ranked "
        "WHERE place = 1"
    )

"""Parquet: typed columns, in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from commonweal.errors import InputError
from commonweal.lake.readers.base import RawBatch, named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from commonweal.lake.readers.base import Layout

_BATCH_ROWS: Final = 1 << 17
_ROW_GROUP_LIMIT_BYTES: Final = 4 << 30


def batches(path: Path, _layout: Layout) -> Iterator[RawBatch]:
    """Yield the rows of a Parquet file; the first data row is row 1.

    Raises:
        InputError: The file is truncated or damaged, or a row group is larger than memory allows.
    """
    try:
        with pq.ParquetFile(path) as file:
            _refuse_bomb(file, path)
            names = named(file.schema_arrow.names)
            n_rows, first_row = max(file.metadata.num_rows, 1), 1
            yield RawBatch(
                flat(file.schema_arrow.empty_table(), names), row_numbers(1, 0), None, 0.0
            )
            for batch in file.iter_batches(_BATCH_ROWS):
                batch.validate(full=True)  # a damaged page may hold what is no UTF-8
                cells = flat(pa.Table.from_batches([batch]), names)
                share_done = min((first_row + len(cells) - 1) / n_rows, 1.0)
                yield RawBatch(cells, row_numbers(first_row, len(cells)), None, share_done)
                first_row += len(cells)
    except (pa.ArrowException, OSError, UnicodeDecodeError, ValueError) as fault:
        if isinstance(fault, InputError):
            raise
        reason = str(fault).split("\n", 1)[0].split(". ", 1)[0][:200]
        raise InputError(
            f"{path.name} is not a whole Parquet file: {reason}",
            hint="it may be cut short; fetch or write it again",
        ) from fault


def row_numbers(first_row: int, n_rows: int) -> pa.Array:
    """Return the numbers of rows that follow one another."""
    return pa.array(np.arange(first_row, first_row + n_rows), pa.int64())


def flat(cells: pa.Table, names: list[str]) -> pa.Table:
    """Decode dictionaries and views, so that a column of codes is a column of text."""
    columns = []
    for column in cells.columns:
        plain = column
        if pa.types.is_dictionary(column.type):
            plain = column.cast(column.type.value_type)
        if pa.types.is_large_string(plain.type) or pa.types.is_string_view(plain.type):
            plain = plain.cast(pa.string())
        columns.append(plain)
    return pa.table(columns, names=names)


def _refuse_bomb(file: pq.ParquetFile, path: Path) -> None:
    for group in range(file.metadata.num_row_groups):
        n_bytes = file.metadata.row_group(group).total_byte_size
        if n_bytes > _ROW_GROUP_LIMIT_BYTES:
            raise InputError(
                f"{path.name}: row group {group} unpacks to {n_bytes:,} bytes,"
                f" over {_ROW_GROUP_LIMIT_BYTES:,}",
                hint="write the file with smaller row groups",
            )

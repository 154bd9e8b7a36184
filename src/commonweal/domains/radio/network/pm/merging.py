"""Rows of one key become one: what several infos or files say of an object and a period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.lake.datasets import ColumnKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from commonweal.lake.datasets import Dataset

Array = np.ndarray[Any, Any]


def merged(
    dataset: Dataset, groups: Iterator[pa.Table], refused: Callable[[pa.Table], None]
) -> Iterator[pa.Table]:
    """Yield sorted rows, each key once.

    Of each column the last value counts that is there; a row is suspect if any that it takes a
    value from is. Where rows of one key are of different lengths, the shortest count.

    Args:
        dataset: With ``duration_s`` and ``suspect``.
        groups: Rows sorted by key, then by source row.
        refused: Given the rows of longer periods.
    """
    held: pa.Table | None = None
    for group in groups:
        rows = group if held is None else pa.concat_tables([held, group])
        firsts = _firsts(rows.select(dataset.key))
        last = firsts[-1]  # its run may go on in the next group
        held = rows.slice(last)
        yield from _whole(dataset, rows.slice(0, last), firsts[:-1], refused)
    if held is not None:
        yield from _whole(dataset, held, np.zeros(1, np.int64), refused)


def _whole(
    dataset: Dataset, rows: pa.Table, firsts: Array, refused: Callable[[pa.Table], None]
) -> Iterator[pa.Table]:
    if not rows.num_rows:
        return
    if len(firsts) == rows.num_rows:
        yield rows
        return
    rows = rows.combine_chunks()
    lengths = rows["duration_s"].to_numpy()
    runs = np.repeat(np.arange(len(firsts)), np.diff([*firsts, rows.num_rows]))
    too_long = lengths > np.minimum.reduceat(lengths, firsts)[runs]
    if too_long.any():
        refused(rows.filter(pa.array(too_long)))
        rows = rows.filter(pa.array(~too_long)).combine_chunks()
        firsts = _firsts(rows.select(dataset.key))
    yield _merged(dataset, rows, firsts)


def _merged(dataset: Dataset, rows: pa.Table, firsts: Array) -> pa.Table:
    numbers = np.arange(rows.num_rows)
    lasts = np.array([*firsts[1:], rows.num_rows]) - 1
    was_suspect = np.asarray(rows["suspect"].to_pylist()) == "yes"
    is_suspect = was_suspect[lasts]
    merged_rows = rows.take(pa.array(lasts))
    measured = [column.name for column in dataset.columns if column.kind is ColumnKind.NUMBER]
    for place, name in enumerate(rows.column_names):
        if name not in measured:
            continue
        there = rows[name].is_valid().to_numpy()
        source = np.maximum.reduceat(np.where(there, numbers, -1), firsts)
        is_suspect |= (source >= 0) & was_suspect[source]
        values = rows[name].take(pa.array(source, mask=source < 0))
        merged_rows = merged_rows.set_column(place, rows.schema.field(name), values)
    place = rows.column_names.index("suspect")
    words = pa.array(np.where(is_suspect, "yes", "no"))
    return merged_rows.set_column(place, rows.schema.field("suspect"), words)


def _firsts(keys: pa.Table) -> Array:
    """Return where the runs of equal keys begin."""
    new = np.zeros(keys.num_rows, bool)
    new[:1] = True
    for column in keys.columns:
        differs = pc.not_equal(column.slice(1), column.slice(0, len(column) - 1))
        new[1:] |= differs.to_numpy()
    return np.flatnonzero(new)

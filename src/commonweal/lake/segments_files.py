"""One segment as a file: sorted, written, named by its hash, put in its place.

A file comes into being under ``tmp/``, is flushed to the disk, then renamed. Whoever puts files in
place and lists them holds the lake's lock *shared*; the sweeper holds it alone. So a file that is
placed but not yet listed is never taken for rubbish, and a killed process leaves no lock behind.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings

from commonweal.lake.datasets import ColumnKind
from commonweal.periods import business_midnight, month_add

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from commonweal.lake.datasets import Dataset

ROW_GROUP_ROWS: Final = 262_144  # a point look-up decodes one group; a scan loses nothing by it
_PACKED: Final[Mapping[ColumnKind, str]] = {
    # Rows are sorted by key, so ids, instants and days differ little from the row before.
    ColumnKind.REFERENCE: "DELTA_BINARY_PACKED",
    ColumnKind.INSTANT: "DELTA_BINARY_PACKED",
    ColumnKind.DAY: "DELTA_BINARY_PACKED",
    ColumnKind.INTEGER: "DELTA_BINARY_PACKED",
    ColumnKind.NUMBER: "BYTE_STREAM_SPLIT",
}
_SMALL_ROWS: Final = 500_000  # below this Arrow's own sort takes less time and memory


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentFile:
    """A finished file that is not yet in its place."""

    month: date
    written: Path
    path: str
    """Where it belongs, relative to the lake: ``<dataset>/<month>/<sha256>.parquet``."""
    sha256: str
    n_rows: int
    n_bytes: int
    key_min: list[object]
    key_max: list[object]


def month_split(dataset: Dataset, rows: pa.Table) -> Iterator[tuple[date, pa.Table]]:
    """Yield the rows of each business month; months ascend, rows keep their order."""
    instants = rows[dataset.month_of]
    if rows.num_rows == 0:
        return
    unit = "datetime64[D]" if pa.types.is_date(instants.type) else "datetime64[us]"
    values = instants.to_numpy().astype(unit)
    firsts = _months(values.min().item(), values.max().item())
    starts = np.array(
        [m if unit.endswith("D]") else business_midnight(m).replace(tzinfo=None) for m in firsts],
        dtype=unit,
    )
    # A search among a few boundaries is exact, daylight saving time of the 1980s included.
    numbers = np.searchsorted(starts, values, side="right") - 1
    present = np.unique(numbers)
    if len(present) == 1:
        yield firsts[present[0]], rows
        return
    order = np.argsort(numbers, kind="stable")
    ordered = rows.take(pa.array(order))
    edges = np.searchsorted(numbers[order], [*present, present[-1] + 1])
    for number, start, stop in zip(present, edges, edges[1:], strict=False):
        yield firsts[number], ordered.slice(start, stop - start)


def _months(lowest: date, highest: date) -> list[date]:
    first, last = month_add(lowest.replace(day=1), -1), month_add(highest.replace(day=1), 1)
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [month_add(_day(first), number) for number in range(count)]


def _day(instant: date) -> date:
    return month_add(instant, 0)


def sorted_groups(dataset: Dataset, rows: pa.Table, spill: Path) -> Iterator[pa.Table]:
    """Yield the rows sorted by key, then by source row, in tables of ``ROW_GROUP_ROWS``.

    Memory stays within ``QUERY_MEMORY_MB``: a larger sort spills into the folder ``spill``.
    """
    by = [*dataset.key, "source_row"]
    if rows.num_rows <= _SMALL_ROWS:
        batches = rows.sort_by([(name, "ascending") for name in by]).to_batches()
        yield from regroup(batches, dataset.schema)
        return
    memory = f"{settings.QUERY_MEMORY_MB}MB"
    with duckdb.connect(
        config={"memory_limit": memory, "temp_directory": str(spill)}
    ) as connection:
        names = ", ".join(f'"{name}"' for name in dataset.schema.names)
        order = ", ".join(f'"{name}"' for name in by)
        connection.register("unsorted", rows)
        found = connection.sql(f"SELECT {names} FROM unsorted ORDER BY {order}")  # noqa: S608
        yield from regroup(found.to_arrow_reader(ROW_GROUP_ROWS), dataset.schema)


def regroup(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """Yield tables of exactly one row group each: the bytes must not depend on the batches."""
    held: list[pa.RecordBatch] = []
    n_held = 0
    for batch in batches:
        rest = batch
        while n_held + rest.num_rows >= ROW_GROUP_ROWS:
            taken = ROW_GROUP_ROWS - n_held
            yield (
                pa.Table.from_batches([*held, rest.slice(0, taken)])
                .select(schema.names)
                .cast(schema)
            )
            rest, held, n_held = rest.slice(taken), [], 0
        if rest.num_rows:
            held.append(rest)
            n_held += rest.num_rows
    if held:
        yield pa.Table.from_batches(held).select(schema.names).cast(schema)


def _encodings(dataset: Dataset) -> dict[str, Any]:
    """Return how each column is written: dictionaries where values repeat, as words do."""
    plain = {c.name: _PACKED[c.kind] for c in dataset.columns if c.kind in _PACKED}
    packed = plain | {"source_row": "DELTA_BINARY_PACKED"}
    return {
        "use_dictionary": [name for name in dataset.schema.names if name not in packed],
        "column_encoding": packed,
    }


def segment_write(
    dataset: Dataset, month: date, groups: Iterable[pa.Table], folder: Path
) -> SegmentFile:
    """Write sorted tables, one row group each, to a flushed file in ``folder``."""
    written = folder / f"{dataset.id}-{month}.parquet"
    n_rows = 0
    lows: list[list[object]] = []
    highs: list[list[object]] = []
    with pq.ParquetWriter(
        written, dataset.schema, compression="lz4", store_schema=False, **_encodings(dataset)
    ) as writer:
        for group in groups:
            writer.write_table(group.combine_chunks(), row_group_size=ROW_GROUP_ROWS)
            n_rows += group.num_rows
            extremes = [pc.min_max(group[name]).as_py() for name in dataset.key]
            lows.append([_json(each["min"]) for each in extremes])
            highs.append([_json(each["max"]) for each in extremes])
    sha256 = file_flush(written)
    return SegmentFile(
        month=month,
        written=written,
        path=f"{dataset.id}/{month:%Y-%m}/{sha256}.parquet",
        sha256=sha256,
        n_rows=n_rows,
        n_bytes=written.stat().st_size,
        key_min=[min(column) for column in zip(*lows, strict=True)],
        key_max=[max(column) for column in zip(*highs, strict=True)],
    )


def _json(value: object) -> object:
    """Return a value whose JSON form compares like itself: instants have a fixed width."""
    if isinstance(value, (int, float, str)):
        return value
    return str(np.datetime64(value))  # type: ignore[call-overload]


def file_flush(path: Path) -> str:
    """Flush a file to the disk and return its SHA-256."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return file_sha256(path)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_place(root: Path, files: Sequence[tuple[Path, str]]) -> None:
    """Rename finished files to their places and flush the folders; hold the lock while doing it."""
    for folder in {(root / path).parent for _, path in files}:
        folder.mkdir(parents=True, exist_ok=True)
    for written, path in files:
        written.replace(root / path)
    for folder in {(root / path).parent for _, path in files}:
        _flush_folder(folder)
        _flush_entries(folder, root)


# Folders whose own entry is known to be on the disk: a flush costs as much as a small commit.
_flushed: set[Path] = set()


def _flush_entries(folder: Path, root: Path) -> None:
    """Flush the entries of a folder and of those above it, up to the lake; once per process."""
    while folder not in _flushed and folder != root.parent:
        _flush_folder(folder.parent)
        _flushed.add(folder)
        folder = folder.parent


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def lake_lock(root: Path, *, alone: bool = False) -> Iterator[None]:
    """Hold the lake's lock, shared among those who add files or alone to remove some."""
    root.mkdir(parents=True, exist_ok=True)
    handle = os.open(root / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)

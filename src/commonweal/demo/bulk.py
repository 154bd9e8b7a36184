"""Register readings by the hundred million, for benchmarks: generated in pieces, never held whole.

A meter's register rises evenly at a rate of its own. One meter-month in a thousand has a rollover,
one in a hundred a gap of four days and more. Same arguments, same rows.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import numpy as np
import pyarrow as pa
from django.conf import settings
from django.db import transaction

from commonweal.demo.load import ROLLOVER
from commonweal.demo.organisation import provinces
from commonweal.demo.streams import FIRST_MONTH, stream
from commonweal.errors import InputError
from commonweal.lake.models import Segment, Source
from commonweal.lake.segments import SourceInfo, segment_entry, source_find
from commonweal.lake.segments_files import ROW_GROUP_ROWS, files_place, lake_lock, segment_write
from commonweal.periods import business_midnight, month_add

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

    from numpy.typing import NDArray

    from commonweal.lake.datasets import Dataset

READINGS_A_MONTH: Final = 42
"""Readings of a meter in a month where the number of meters is not given."""
MAX_METERS: Final = 200_000
_DAY_US: Final = 86_400_000_000
_ROLLING_A_MONTH: Final = 0.001
_GAP_SHARE: Final = 0.01
_FEWEST_WITH_GAP: Final = 4


@dataclass(frozen=True, slots=True)
class _Meters:
    """Registers on the first day, and what they rise by in a day; hundredths, axis meter."""

    start: NDArray[np.int64]
    daily: NDArray[np.int64]


def stream_meters(n_readings: int, months: int = 12) -> int:
    """Return how many meters give so many readings: 42 a month each, 200,000 meters at most.

    >>> stream_meters(100_800_000), stream_meters(1_008_000)
    (200000, 2000)
    """
    return max(1, min(MAX_METERS, n_readings // (READINGS_A_MONTH * months)))


def readings_stream(
    n_readings: int, *, n_meters: int | None = None, months: int = 12, seed: int = 1
) -> Iterator[pa.RecordBatch]:
    """Yield exactly ``n_readings`` rows of ``meter_readings``, sorted by month, meter and time.

    Args:
        n_readings: All rows together; months and meters share them evenly.
        n_meters: Meters 1 to ``n_meters``; by default as ``stream_meters`` says.
        months: Consecutive months, the first being January 2023.
        seed: Decides rates, registers, rollovers and gaps.

    Yields:
        Batches of one month each with the columns of a segment, about a row group long;
        ``source_key`` is 0 until the rows are written.

    Raises:
        InputError: There is not a reading for each meter and month.
    """
    n_meters = stream_meters(n_readings, months) if n_meters is None else n_meters
    if n_readings < n_meters * months:
        raise InputError(
            f"{n_readings} readings do not suffice for {n_meters} meters and {months} months",
            hint="each meter needs one reading a month at least",
        )
    meters = _meters(n_meters, months, seed)
    source_row = 1
    for month in range(months):
        n_rows = n_readings * (month + 1) // months - n_readings * month // months
        has_gap = stream(seed, f"bulk gaps {month}").random(n_meters) < _GAP_SHARE
        usual, longer = divmod(n_rows, n_meters)  # the first ``longer`` meters have one more
        blocks = ((0, longer, usual + 1), (longer, n_meters, usual))
        for first, end, n_each in blocks:
            step = max(1, ROW_GROUP_ROWS // n_each)
            for begin in range(first, end, step):
                piece = slice(begin, min(begin + step, end))
                yield _batch(meters, month, piece, n_each, has_gap[piece], source_row)
                source_row += (piece.stop - piece.start) * n_each


def meters_frame(n_meters: int, *, seed: int = 1) -> pa.Table:
    """Return the register of the stream's meters.

    Returns:
        ``meter_id`` 1 to ``n_meters``, ``site_id`` (one meter in 21 shares its site),
        ``province`` (index into ``provinces()``), ``multiplier``, ``rollover_at`` in register
        units, ``max_rate_per_h`` in kWh.
    """
    rng = stream(seed, "bulk register")
    number = np.arange(n_meters, dtype=np.int64)
    bounds = np.cumsum([province.share for province in provinces()])
    province = np.searchsorted(bounds, rng.integers(0, bounds[-1], n_meters), side="right")
    return pa.table(
        {
            "meter_id": (number + 1).astype(np.int32),
            "site_id": number - number // 21 + 1,
            "province": province.astype(np.int16),
            "multiplier": np.array([1.0, 1.0, 1.0, 20.0, 40.0])[rng.integers(0, 5, n_meters)],
            "rollover_at": np.full(n_meters, ROLLOVER / 100.0),
            "max_rate_per_h": np.full(n_meters, 400.0),
        }
    )


def lake_write_stream(
    dataset: Dataset,
    batches: Iterable[pa.RecordBatch],
    *,
    source: SourceInfo,
    now: datetime,
) -> Source:
    """Write sorted batches straight into segments, one a month, and list them in the manifest.

    Rows are not checked: this is for benchmarks, which measure what comes after the door. Memory
    stays at a batch or two. A source that is there already is returned as it is.

    Args:
        dataset: What the rows are.
        batches: In the columns of a segment, sorted by month, then key.
        source: What the rows are entered as.
        now: The instant from which they are known.
    """
    if (found := source_find(source.fingerprint)) is not None:
        return found
    root = Path(settings.LAKE_ROOT)
    folder = root / "tmp" / uuid4().hex
    folder.mkdir(parents=True)
    try:
        files = [
            segment_write(
                dataset, month, (_entered(dataset, batch, source) for batch in rows), folder
            )
            for month, rows in groupby(batches, key=lambda batch: batch["month"][0].as_py())
        ]
        with lake_lock(root):
            files_place(root, [(file.written, file.path) for file in files])
            with transaction.atomic():
                entry = Source.objects.create(
                    dataset=dataset.id,
                    name=source.name,
                    sha256=source.sha256,
                    mapping=source.mapping,
                    fingerprint=source.fingerprint,
                    key=source.key,
                    n_accepted=sum(file.n_rows for file in files),
                    n_rejected=0,
                    actor=source.actor,
                    known_at=now,
                )
                Segment.objects.bulk_create(
                    segment_entry(dataset.id, file, source=entry, known_at=now, at=now)
                    for file in files
                )
        return entry
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _entered(dataset: Dataset, batch: pa.RecordBatch, source: SourceInfo) -> pa.Table:
    rows = pa.Table.from_batches([batch])
    key = pa.repeat(pa.scalar(source.key, pa.int64()), rows.num_rows)
    at = rows.schema.get_field_index("source_key")
    return rows.set_column(at, "source_key", key).cast(dataset.schema)


def _meters(n_meters: int, months: int, seed: int) -> _Meters:
    rng = stream(seed, "bulk meters")
    daily = rng.integers(1_000, 10_000, n_meters)  # 0.4 to 4 kW at multiplier 1
    start = rng.integers(0, ROLLOVER // 2, n_meters)
    is_rolling = rng.random(n_meters) < _ROLLING_A_MONTH * months
    days = (month_add(FIRST_MONTH, months) - FIRST_MONTH).days
    before = (daily * days * rng.random(n_meters)).astype(np.int64)
    return _Meters(np.where(is_rolling, ROLLOVER - 1 - before, start), daily)


def _batch(  # noqa: PLR0917 - which meters, which month, how many, with which gaps
    meters: _Meters,
    month: int,
    piece: slice,
    n_each: int,
    has_gap: NDArray[np.bool_],
    source_row: int,
) -> pa.RecordBatch:
    first = month_add(FIRST_MONTH, month)
    n_meters = piece.stop - piece.start
    times = _times(first, n_each)
    offset = times[has_gap.astype(np.int64)]  # meter × reading, since the month's start
    passed = offset + (first - FIRST_MONTH).days * _DAY_US
    register = meters.start[piece, None] + meters.daily[piece, None] * passed // _DAY_US
    register -= ROLLOVER * (register >= ROLLOVER)
    n_rows = n_meters * n_each
    read_at = offset + _epoch_us(first)
    numbers = np.arange(piece.start + 1, piece.stop + 1, dtype=np.int32)
    columns = {
        "meter_id": pa.array(np.repeat(numbers, n_each)),
        "read_at": pa.array(read_at.ravel(), pa.timestamp("us")),
        "register": pa.array(register.ravel() / 100.0),
        "month": pa.repeat(pa.scalar(first, pa.date32()), n_rows),
        "source_key": pa.repeat(pa.scalar(0, pa.int64()), n_rows),
        "source_row": pa.array(np.arange(source_row, source_row + n_rows)),
    }
    return pa.record_batch(columns)


def _times(first: date, n_each: int) -> NDArray[np.int64]:
    """Return offsets of a month's readings in microseconds: evenly spread, and with a gap."""
    span_us = (month_add(first, 1) - first).days * _DAY_US
    number = np.arange(n_each, dtype=np.int64)
    even = number * span_us // n_each
    half = n_each // 2
    if n_each < _FEWEST_WITH_GAP:
        return np.stack([even, even])
    late = span_us * 5 // 8 + (number - half) * (span_us * 3 // 8) // (n_each - half)
    return np.stack([even, np.where(number < half, even, late)])


def _epoch_us(first: date) -> int:
    return int(business_midnight(first).timestamp()) * 1_000_000

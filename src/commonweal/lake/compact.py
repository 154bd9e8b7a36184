"""Compaction: many files of a month become one, corrections applied; deletion of what is replaced.

A compaction is one transaction that adds one file and ends the visibility of the others. Reads as
of an earlier instant still find the old files until ``vacuum`` deletes them.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from commonweal.errors import StateError
from commonweal.lake.datasets import dataset_get
from commonweal.lake.models import Segment
from commonweal.lake.query import query_opened
from commonweal.lake.segments import segment_entry
from commonweal.lake.segments_files import files_place, lake_lock, regroup, segment_write
from commonweal.lake.views import relation_of, segments_visible

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime, timedelta

    from commonweal.lake.segments_files import SegmentFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Compaction:
    """One month that was compacted."""

    dataset: str
    month: date
    n_files: int
    """Files that one file replaces."""
    n_rows_before: int
    n_rows: int
    """Rows that count; fewer where corrections replaced some."""


def compact(
    dataset_id: str,
    *,
    now: datetime,
    months: Collection[date] | None = None,
    root: Path | None = None,
) -> list[Compaction]:
    """Turn every month that lies in several files into one sorted file without corrected rows.

    ``source_key`` and ``source_row`` stay with every row. Safe at any instant: a process that is
    killed leaves the month as it was.

    Raises:
        InputError: No such dataset.
        StateError: Another process compacted the same month meanwhile, or a file is damaged.
    """
    dataset_get(dataset_id)
    place = Path(root or settings.LAKE_ROOT)
    of_month: dict[date, list[Segment]] = {}
    for segment in segments_visible(dataset_id, months=months):
        of_month.setdefault(segment.month, []).append(segment)
    return [
        _compact_month(dataset_id, month, segments, now, place)
        for month, segments in of_month.items()
        if len(segments) > 1
    ]


def _compact_month(
    dataset_id: str, month: date, segments: Sequence[Segment], now: datetime, root: Path
) -> Compaction:
    dataset = dataset_get(dataset_id)
    relation = relation_of(dataset_id, segments, root)
    columns, key = ", ".join(dataset.schema.names), ", ".join(dataset.key)
    sql = f"SELECT {columns} FROM of_month ORDER BY {key}"  # noqa: S608 - declared names
    folder = root / "tmp" / uuid4().hex
    folder.mkdir(parents=True)
    try:
        with query_opened(sql, {"of_month": relation}, engine="duckdb") as (_, batches):
            file = segment_write(dataset, month, regroup(batches, dataset.schema), folder)
        with lake_lock(root):
            files_place(root, [(file.written, file.path)])
            _replace(dataset_id, file, segments, now)
    finally:
        shutil.rmtree(folder)
    return Compaction(
        dataset=dataset_id,
        month=month,
        n_files=len(segments),
        n_rows_before=relation.n_rows,
        n_rows=file.n_rows,
    )


def _replace(
    dataset_id: str, file: SegmentFile, segments: Sequence[Segment], now: datetime
) -> None:
    at = max(now, *(each.added_at for each in segments))
    # A file that held every row that counts has the very bytes of the result: it stays.
    replaced = [each.pk for each in segments if each.sha256 != file.sha256]
    with transaction.atomic():
        ended = Segment.objects.filter(pk__in=replaced, removed_at=None).update(removed_at=at)
        if ended != len(replaced):
            raise StateError(
                f"{dataset_id} {file.month:%Y-%m} was compacted by another process meanwhile",
                hint="nothing was changed; run it again if files remain",
            )
        if len(replaced) == len(segments):
            known_at = max(each.known_at for each in segments)
            segment_entry(dataset_id, file, source=None, known_at=known_at, at=at).save()


def vacuum(
    *, now: datetime, retention: timedelta, dry_run: bool = True, root: Path | None = None
) -> list[Segment]:
    """Delete files that compaction replaced longer ago than ``retention``; return their entries.

    Afterwards the lake cannot be read as of an instant before the replacement: such a read is
    refused. With ``dry_run`` nothing is deleted.
    """
    place = Path(root or settings.LAKE_ROOT)
    with lake_lock(place, alone=True):
        expired = Segment.objects.filter(removed_at__lt=now - retention, vacuumed_at=None)
        found = list(expired.order_by("dataset", "month", "pk"))
        if not dry_run:
            # The manifest first: a file that outlives its entry is rubbish, not the reverse.
            Segment.objects.filter(pk__in=[each.pk for each in found]).update(vacuumed_at=now)
            for segment in found:
                (place / segment.path).unlink(missing_ok=True)
    return found

"""What the lake holds, from the manifest alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Min, Sum

from commonweal.lake.datasets import datasets
from commonweal.lake.models import Segment, Source
from commonweal.lake.views import segments_grouped, segments_visible

if TYPE_CHECKING:
    from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetStatus:
    """One dataset as it is visible now."""

    dataset: str
    n_sources: int
    n_rejected: int
    n_files: int
    n_rows: int
    n_bytes: int
    first_month: date | None
    last_month: date | None
    n_corrected_months: int
    """Months whose files overlap: reading them costs more until they are compacted."""
    known_at: datetime | None
    n_replaced_files: int
    """Files that only reads of the past need."""


def lake_status() -> list[DatasetStatus]:
    """Return the state of every declared dataset."""
    return [_status(dataset_id) for dataset_id in datasets()]


def _status(dataset_id: str) -> DatasetStatus:
    visible = Segment.objects.filter(dataset=dataset_id, removed_at=None)
    found = visible.aggregate(
        files=Count("pk"),
        rows=Sum("n_rows"),
        size=Sum("n_bytes"),
        first=Min("month"),
        last=Max("month"),
        known=Max("known_at"),
    )
    sources = Source.objects.filter(dataset=dataset_id)
    rejected = sources.aggregate(rejected=Sum("n_rejected"))["rejected"]
    groups = segments_grouped(segments_visible(dataset_id))
    replaced = Segment.objects.filter(dataset=dataset_id, vacuumed_at=None).exclude(removed_at=None)
    return DatasetStatus(
        dataset=dataset_id,
        n_sources=sources.count(),
        n_rejected=rejected or 0,
        n_files=found["files"],
        n_rows=found["rows"] or 0,
        n_bytes=found["size"] or 0,
        first_month=found["first"],
        last_month=found["last"],
        n_corrected_months=len({group[0].month for group in groups if len(group) > 1}),
        known_at=found["known"],
        n_replaced_files=replaced.count(),
    )

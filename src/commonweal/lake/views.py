"""Reading: the files that hold a dataset's rows as they were known at an instant.

A file whose keys meet no other file of its month is read as it lies. Where files overlap, a later
one corrects an earlier one key by key; such files form a *group*, oldest first, and only they pay.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q

from commonweal.errors import StateError
from commonweal.lake.datasets import dataset_get
from commonweal.lake.models import Segment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Rows of one dataset as a list of immutable files; a query gives it a name."""

    dataset: str
    plain_files: tuple[str, ...]
    """Files whose keys stand in no other file."""
    layers: tuple[tuple[str, ...], ...]
    """Groups of files that overlap; in each the oldest first, the later one wins."""
    sha256s: tuple[str, ...]
    """Hashes of all files, sorted: what a result was computed from."""
    n_rows: int
    """Rows in the files; an upper bound where corrections replace rows."""
    n_bytes: int
    plain_bytes: int
    """Those of the plain files."""

    @property
    def layered(self) -> Relation:
        """The rows of files that overlap, without those that can be read as they lie."""
        n_bytes = self.n_bytes - self.plain_bytes
        return replace(self, plain_files=(), plain_bytes=0, n_bytes=n_bytes)

    @property
    def files(self) -> tuple[str, ...]:
        """All files."""
        return (*self.plain_files, *(file for group in self.layers for file in group))


def read(
    dataset_id: str,
    *,
    months: Collection[date] | None = None,
    as_of: datetime | None = None,
    root: Path | None = None,
) -> Relation:
    """Return the rows of a dataset as they are known, or were at an instant.

    Args:
        dataset_id: A declared dataset.
        months: First days of business months; all by default.
        as_of: The instant; by default everything that is visible now.
        root: Folder of the lake, ``settings.LAKE_ROOT`` by default.

    Raises:
        InputError: No such dataset.
        StateError: A file of that instant was deleted by ``lake vacuum``.
    """
    dataset_get(dataset_id)
    segments = list(segments_visible(dataset_id, months=months, as_of=as_of))
    if gone := [each for each in segments if each.vacuumed_at]:
        raise StateError(
            f"{dataset_id} as known at {as_of} was deleted on {gone[0].vacuumed_at:%Y-%m-%d}: "
            f"{gone[0].path} and {len(gone) - 1} more files",
            hint="ask for a later instant, or restore the files from a backup",
        )
    return relation_of(dataset_id, segments, Path(root or settings.LAKE_ROOT))


def relation_of(dataset_id: str, segments: Iterable[Segment], root: Path) -> Relation:
    """Return the rows of these files, sorted by month, then oldest first."""
    segments = list(segments)
    groups = list(segments_grouped(segments))
    named = [tuple(str(root / each.path) for each in group) for group in groups]
    return Relation(
        dataset=dataset_id,
        plain_files=tuple(files[0] for files in named if len(files) == 1),
        layers=tuple(files for files in named if len(files) > 1),
        sha256s=tuple(sorted(each.sha256 for each in segments)),
        n_rows=sum(each.n_rows for each in segments),
        n_bytes=sum(each.n_bytes for each in segments),
        plain_bytes=sum(group[0].n_bytes for group in groups if len(group) == 1),
    )


def segments_visible(
    dataset_id: str,
    *,
    months: Collection[date] | None = None,
    as_of: datetime | None = None,
) -> Iterable[Segment]:
    """Return the manifest's entries that count at an instant, by month, then oldest first."""
    visible = (
        Q(removed_at=None)
        if as_of is None
        else Q(known_at__lte=as_of, added_at__lte=as_of)
        & (Q(removed_at=None) | Q(removed_at__gt=as_of))
    )
    found = Segment.objects.filter(visible, dataset=dataset_id)
    if months is not None:
        found = found.filter(month__in=list(months))
    return found.order_by("month", "known_at", "pk")


def segments_grouped(segments: Iterable[Segment]) -> Iterable[list[Segment]]:
    """Split entries, sorted as above, into groups that share no key; each group oldest first.

    Two files share a key only if their ranges meet in *every* key column. Files are swept along
    the first column, so that many disjoint files cost no more than their sorting.
    """
    for _, of_month in groupby(segments, key=attrgetter("month")):
        yield from _connected(list(of_month))


def _connected(segments: list[Segment]) -> Iterable[list[Segment]]:
    """Return the connected components of "ranges meet", in the order of their oldest member."""
    parent = list(range(len(segments)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    open_numbers: list[int] = []
    for number in sorted(range(len(segments)), key=lambda each: segments[each].key_min):
        start = segments[number].key_min[0]
        open_numbers = [each for each in open_numbers if segments[each].key_max[0] >= start]
        for other in open_numbers:
            if _meet(segments[number], segments[other]):
                parent[max(root(number), root(other))] = min(root(number), root(other))
        open_numbers.append(number)
    groups: dict[int, list[Segment]] = {}
    for number, segment in enumerate(segments):
        groups.setdefault(root(number), []).append(segment)
    return groups.values()


def _meet(one: Segment, other: Segment) -> bool:
    ranges = zip(one.key_min, one.key_max, other.key_min, other.key_max, strict=True)
    return all(
        low <= other_high and other_low <= high for low, high, other_low, other_high in ranges
    )

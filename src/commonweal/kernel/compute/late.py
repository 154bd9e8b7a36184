"""Rows of closed periods that no fact has counted: they wait, and nobody need remember them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.kernel.compute.selectors import snapshot_of
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.facts.selectors import period_locks
from commonweal.lake.datasets import datasets
from commonweal.lake.models import Source
from commonweal.lake.query import query
from commonweal.lake.views import read
from commonweal.periods import Period, PeriodKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from commonweal.kernel.facts.models import PeriodLock


@dataclass(frozen=True, slots=True)
class LateRows:
    """Rows of one file that lie in a closed period and were not known when it was computed."""

    lock: PeriodLock
    dataset: str
    name: str
    sha256: str
    known_at: datetime
    n_rows: int


def rows_late() -> tuple[LateRows, ...]:
    """Return, for each closed period, the files that brought rows after its facts were computed.

    What counts is the instant whose knowledge the newest fact of the period has, not that of the
    lock: a file that came between the two is late as well. Facts do not change by them, `compute`
    refuses until the period is opened again.
    """
    found = []
    for lock in period_locks():
        months = Period(lock.start_date, lock.end_date, PeriodKind.CUMULATIVE).months
        counted_to = _counted_to(lock)
        for name in sorted(datasets()):
            late = Source.objects.filter(dataset=name, known_at__gt=counted_to)
            sources = {each.key: each for each in late}
            counts = _rows_by_source(name, months, sources) if sources else {}
            found += [
                LateRows(lock, name, source.name, source.sha256, source.known_at, counts[key])
                for key, source in sorted(sources.items(), key=lambda pair: pair[1].known_at)
                if key in counts
            ]
    return tuple(found)


def _counted_to(lock: PeriodLock) -> datetime:
    """Return what was known to the newest fact of a closed period; without one, to its lock."""
    inside = Fact.objects.filter(start_date__gte=lock.start_date, end_date__lte=lock.end_date)
    newest = inside.select_related("batch").order_by("-leaf_index").first()
    is_computed = newest is not None and "snapshot" in newest.batch.parameters
    return snapshot_of(newest) if newest is not None and is_computed else lock.locked_at


def _rows_by_source(
    dataset: str, months: tuple[date, ...], sources: Mapping[int, Source]
) -> dict[int, int]:
    keys = ", ".join(map(str, sorted(sources)))
    sql = (
        f"SELECT source_key, count(*) AS n_rows FROM {dataset} "  # noqa: S608 - ours
        f"WHERE source_key IN ({keys}) GROUP BY source_key"
    )
    rows = query(sql, {dataset: read(dataset, months=months)})
    return dict(zip(rows["source_key"].to_pylist(), rows["n_rows"].to_pylist(), strict=True))

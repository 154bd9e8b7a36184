"""What the platform holds, counted when somebody asks."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count, Sum
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from commonweal.kernel.facts.models import Batch
from commonweal.kernel.jobs.leases import workers_here
from commonweal.kernel.jobs.models import Job, JobState
from commonweal.kernel.records.models import Event
from commonweal.lake.models import Segment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from prometheus_client import Metric


class Measures(Collector):
    """Gauges of jobs, lake, logs and disk; a handful of queries along indexes."""

    def __init__(self, now: datetime) -> None:
        """Keep the instant that ages are told for."""
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """Yield each family."""
        jobs = GaugeMetricFamily("commonweal_jobs", "Jobs by state.", labels=["state"])
        counts = dict(
            Job.objects.values_list("state").annotate(n=Count("pk")).values_list("state", "n")
        )
        for state in JobState.values:
            jobs.add_metric([state], counts.get(state, 0))
        yield jobs
        oldest = Job.objects.filter(state=JobState.QUEUED, run_at__lte=self._now)
        first = oldest.order_by("run_at").values_list("run_at", flat=True).first()
        wait_s = (self._now - first).total_seconds() if first else 0.0
        yield _gauge("commonweal_jobs_oldest_wait_seconds", "Longest wait of a due job.", wait_s)
        workers = workers_here(Path(settings.HOME) / "workers")
        yield _gauge("commonweal_workers", "Workers on this machine.", len(workers))
        lake = GaugeMetricFamily("commonweal_lake_bytes", "Bytes by dataset.", labels=["dataset"])
        rows = GaugeMetricFamily("commonweal_lake_rows", "Rows by dataset.", labels=["dataset"])
        held = Segment.objects.filter(removed_at=None).order_by("dataset").values("dataset")
        for each in held.annotate(n_bytes_all=Sum("n_bytes"), n_rows_all=Sum("n_rows")):
            lake.add_metric([each["dataset"]], each["n_bytes_all"])
            rows.add_metric([each["dataset"]], each["n_rows_all"])
        yield from (lake, rows)
        batch = Batch.objects.order_by("-pk").first()
        event = Event.objects.order_by("-sequence").first()
        facts, events = batch.tree_size if batch else 0, event.sequence + 1 if event else 0
        yield _gauge("commonweal_facts", "Facts in the Merkle log.", facts)
        yield _gauge("commonweal_events", "Height of the event log.", events)
        free = shutil.disk_usage(settings.HOME).free
        yield _gauge("commonweal_disk_free_bytes", "Bytes free where the home lies.", free)


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)

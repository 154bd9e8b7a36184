"""The loop of a worker: what is due, what waits, what the dead left behind."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import DatabaseError, connection
from django.db.models import F

from commonweal.kernel.jobs.leases import BEAT_S, LEASE_S, Presence, Watch, job_take
from commonweal.kernel.jobs.models import Job, JobState
from commonweal.kernel.jobs.running import job_run
from commonweal.kernel.jobs.schedules import schedules_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

logger = logging.getLogger(__name__)
_IDLE_S = 1.0
_BROKEN_S = 10.0  # between two tries of a database that does not answer, or has no room
_SCHEDULES_S = 10.0


@dataclass(slots=True)
class Worker:
    """One worker. ``stop`` is set by a signal; a job that runs goes back to those that wait."""

    folder: Path
    """Where workers of this machine leave their locks: ``<home>/workers``."""
    clock: Callable[[], datetime]
    stop: threading.Event = field(default_factory=threading.Event)
    lease_s: float = LEASE_S
    beat_s: float = BEAT_S

    def run(self, *, until_empty: bool = False) -> int:
        """Work until stopped, or until nothing waits.

        Returns:
            How many jobs it ended.
        """
        n_ended, watch, schedules_s = 0, Watch(self.lease_s, _IDLE_S), -_SCHEDULES_S
        with Presence(self.folder) as presence:
            while not self.stop.is_set():
                try:
                    if time.monotonic() - schedules_s >= _SCHEDULES_S:
                        schedules_s = time.monotonic()
                        schedules_run(now=self.clock())
                    job = job_take(presence, watch, now=self.clock(), monotonic_s=time.monotonic())
                    if job is not None:
                        n_ended += self._one(job)
                    elif until_empty:
                        break
                    else:
                        self.stop.wait(_IDLE_S)
                except DatabaseError as fault:
                    if until_empty:
                        raise
                    logger.warning("the register does not answer: %s", fault)
                    connection.close()
                    self.stop.wait(_BROKEN_S)
        return n_ended

    def _one(self, job: Job) -> bool:
        logger.info("job %s (%s), attempt %s", job.pk, job.kind, job.attempts)
        with self._beating(job):
            state = job_run(job, clock=self.clock, is_stopping=self.stop.is_set)
        logger.info("job %s: %s", job.pk, state or "taken by another")
        return state not in {"", JobState.QUEUED}

    @contextmanager
    def _beating(self, job: Job) -> Iterator[None]:
        """Beat beside the work, which may not tell its progress for minutes."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(self.beat_s):
                try:
                    Job.objects.filter(pk=job.pk, lease=job.lease, state=JobState.RUNNING).update(
                        beats=F("beats") + 1, beat_at=self.clock()
                    )
                except DatabaseError as fault:  # the work itself holds the lock: next time
                    logger.debug("a beat was left out: %s", fault)
                finally:
                    connection.close()

        beats = threading.Thread(target=beat, name="beat", daemon=True)
        beats.start()
        try:
            yield
        finally:
            over.set()
            beats.join()

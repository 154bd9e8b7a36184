"""Who works on a job: taking one, beating, ending it; and finding out that a worker died.

No clock is compared. A worker is dead if the lock on its file is free (the system lets go of a
dead process's locks), or if its beats have not grown for ``LEASE_S`` seconds of the watcher's own
monotonic clock. So a clock that jumps, or two machines that disagree, take no job from anybody.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from commonweal.errors import StateError
from commonweal.kernel.jobs.models import Job, JobState

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

LEASE_S: Final = 120.0
"""A worker on another machine that has not beaten for so long is dead."""
BEAT_S: Final = 10.0


class LeaseLostError(StateError):
    """Another worker was given the job: nothing more may be written about it."""


class Presence:
    """A worker's name, and the lock that says it lives; a context manager."""

    def __init__(self, folder: Path, *, token: Callable[[int], str] = secrets.token_hex) -> None:
        """Choose a name that no other worker has."""
        self.folder = folder
        self.name = f"{socket.gethostname()[:60]}-{os.getpid()}-{token(4)}"
        self._handle = -1

    def __enter__(self) -> Self:
        """Take the lock."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(_path(self.folder, self.name), os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Take the file away, then let go."""
        _path(self.folder, self.name).unlink(missing_ok=True)
        os.close(self._handle)


def is_dead(folder: Path, worker: str) -> bool:
    """Return whether a worker is known to be dead: it left its file and nobody holds the lock."""
    try:
        handle = os.open(_path(folder, worker), os.O_RDWR)
    except OSError:
        return False  # on another machine, or gone in order: its beats will tell
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True


def workers_here(folder: Path) -> list[str]:
    """Return the workers that live on this machine; files of dead ones are swept away."""
    found = []
    for path in sorted(folder.glob("*.lock")) if folder.is_dir() else []:
        if is_dead(folder, path.stem):
            if not Job.objects.filter(state=JobState.RUNNING, worker=path.stem).exists():
                path.unlink(missing_ok=True)
        else:
            found.append(path.stem)
    return found


@dataclass(slots=True)
class Watch:
    """What a worker remembers of the others' beats: job → lease, beats, since when."""

    lease_s: float = LEASE_S
    every_s: float = 0.0
    """How often to look; a worker with much to do need not before each job."""
    seen: dict[Any, tuple[int, int, float]] = field(default_factory=dict)

    _next_s: float = -1.0

    def is_due(self, monotonic_s: float) -> bool:
        """Return whether to look again."""
        if monotonic_s < self._next_s:
            return False
        self._next_s = monotonic_s + self.every_s
        return True

    def is_stale(self, job: Job, monotonic_s: float) -> bool:
        """Return whether its beats have not grown for long enough."""
        lease, beats, since_s = self.seen.get(job.pk, (-1, -1, monotonic_s))
        if (lease, beats) != (job.lease, job.beats):
            self.seen[job.pk] = (job.lease, job.beats, monotonic_s)
            return False
        return monotonic_s - since_s >= self.lease_s


def job_take(presence: Presence, watch: Watch, *, now: datetime, monotonic_s: float) -> Job | None:
    """Take the next job: one whose worker died before any that waits; None if there is nothing."""
    left = Job.objects.filter(state=JobState.RUNNING).order_by("id")
    for job in left if watch.is_due(monotonic_s) else ():
        is_own = job.worker == presence.name  # it could not write down what became of it
        if is_own or is_dead(presence.folder, job.worker) or watch.is_stale(job, monotonic_s):
            taken = _claim(job, presence, now)
            if taken is not None:
                return taken
    waiting = Job.objects.filter(state=JobState.QUEUED, run_at__lte=now)
    ordered = waiting.order_by("-priority", "run_at", "id")
    while ordered.exists():  # asked outside of a transaction: an idle worker takes no lock
        with transaction.atomic():
            rows = ordered
            if connection.features.has_select_for_update_skip_locked:
                rows = ordered.select_for_update(skip_locked=True, of=("self",))
            job_next = rows.first()
            if job_next is None:
                return None  # others hold what is left
            taken = _claim(job_next, presence, now)
            if taken is not None:
                return taken
    return None


def _claim(job: Job, presence: Presence, now: datetime) -> Job | None:
    """Count the lease up, if nobody did since the job was read."""
    found = Job.objects.filter(pk=job.pk, state=job.state, lease=job.lease, beats=job.beats)
    n_taken = found.update(
        state=JobState.RUNNING,
        lease=F("lease") + 1,
        attempts=F("attempts") + 1,
        worker=presence.name,
        beats=F("beats") + 1,
        beat_at=now,
        started_at=now,
        n_done=0,
        n_total=0,
        step="",
    )
    return Job.objects.select_related("user", "node").get(pk=job.pk) if n_taken else None


def held_update(job: Job, **values: Any) -> None:  # noqa: ANN401 - columns of the table
    """Write to a job under its lease; every write of a worker goes through here.

    Raises:
        LeaseLostError: The lease is another's by now, or the job was ended or deleted.
    """
    held = Job.objects.filter(pk=job.pk, lease=job.lease, state=JobState.RUNNING)
    if not held.update(beats=F("beats") + 1, **values):
        raise LeaseLostError(_("another worker was given job %(job)s") % {"job": job.pk})


def _path(folder: Path, worker: str) -> Path:
    return folder / f"{worker}.lock"

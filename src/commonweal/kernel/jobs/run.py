"""What a kind's function is given: one attempt at a job."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.db import DatabaseError, transaction

from commonweal.kernel.jobs.leases import held_update
from commonweal.kernel.jobs.models import Job, JobLine
from commonweal.kernel.records.services import event_append

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from commonweal.kernel.accounts.scopes import Scope

logger = logging.getLogger(__name__)
_MOST_LINES: Final = 1000
_LONGEST_LINE: Final = 2000
_PAUSE_S: Final = 0.5  # between two writes of progress: each is a commit


class Cancelled(Exception):  # noqa: N818 - it is no error: somebody asked
    """Somebody asked that the job stop."""


class Stopping(Exception):  # noqa: N818 - it is no error either
    """The worker ends: the job goes back to those that wait."""


@dataclass(slots=True)
class Run:
    """One attempt at a job, as its function sees it."""

    job: Job
    scope: Scope
    clock: Callable[[], datetime]
    is_stopping: Callable[[], bool] = lambda: False
    _told_s: float = field(default=0.0)
    _n_lines: int = field(default=0)

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What was asked for."""
        arguments: Mapping[str, Any] = self.job.arguments
        return arguments

    @property
    def request_key(self) -> str:
        """A key for services that answer a repeated request with the first answer."""
        return f"job:{self.job.pk}"

    def progress(self, done: int = 0, total: int = 0, text: str = "") -> None:
        """Tell how far it is; most calls cost nothing.

        Raises:
            Cancelled: Somebody asked that the job stop.
            LeaseLostError: Another worker has it.
        """
        at_s = time.monotonic()
        if at_s - self._told_s < _PAUSE_S and not (total and done >= total):
            return
        self._told_s = at_s
        if self.is_stopping():
            raise Stopping
        held_update(
            self.job, n_done=done, n_total=total, step=str(text)[:200], beat_at=self.clock()
        )
        if Job.objects.filter(pk=self.job.pk).exclude(cancel_by="").exists():
            raise Cancelled

    def log(self, text: str) -> None:
        """Keep a line for people; never a secret or a personal value. A thousand are kept."""
        if self._n_lines < _MOST_LINES:
            line_keep(self.job, text, self.clock())
            self._n_lines += 1

    def tell(self, record_type: str, action: str, **content: Any) -> None:  # noqa: ANN401 - JSON
        """Append an event of this job's own, as in ``fenced``: proof that something was done."""
        event_append(
            record_type=record_type,
            record_key=str(self.job.pk),
            action=action,
            actor=self.scope.actor,
            content=content,
            now=self.clock(),
        )

    @contextmanager
    def fenced(self) -> Iterator[None]:
        """Hold the lease for a transaction: what is written inside is kept once or not at all.

        Raises:
            LeaseLostError: Another worker has the job; nothing inside was done.
        """
        with transaction.atomic():
            held_update(self.job)
            yield


def line_keep(job: Job, text: str, now: datetime) -> None:
    """Keep a line, if there is room for it: a log that is full must not end the work."""
    try:
        with transaction.atomic():
            JobLine.objects.create(job=job, at=now, text=text[:_LONGEST_LINE])
    except DatabaseError as fault:
        logger.warning("job %s: a line was not kept: %s", job.pk, fault)

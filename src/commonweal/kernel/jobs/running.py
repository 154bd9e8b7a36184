"""Running a job that was taken, and what becomes of it when its function ends."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from commonweal.errors import CommonwealError, InputError
from commonweal.kernel.accounts.scopes import owner_scope, scope_of
from commonweal.kernel.jobs.kinds import TRANSIENT, RetryLaterError, kind_get
from commonweal.kernel.jobs.leases import LeaseLostError, held_update
from commonweal.kernel.jobs.models import Job, JobState
from commonweal.kernel.jobs.run import Cancelled, Run, Stopping, line_keep
from commonweal.kernel.jobs.services import job_tell, role_check
from commonweal.kernel.records.canonical import plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from commonweal.kernel.accounts.scopes import Scope

logger = logging.getLogger(__name__)


def job_run(
    job: Job, *, clock: Callable[[], datetime], is_stopping: Callable[[], bool] = lambda: False
) -> str:
    """Run a job that was taken, and write down what became of it.

    Returns:
        Its new state; empty if another worker has it by now.

    Raises:
        DatabaseError: What became of it cannot be written down; somebody will take it again.
    """
    try:
        return _attempt(job, clock, is_stopping)
    except LeaseLostError as fault:
        logger.warning("%s", fault)
        return ""


def _attempt(  # noqa: PLR0911 - one for each end
    job: Job, clock: Callable[[], datetime], is_stopping: Callable[[], bool]
) -> str:
    try:
        spec = kind_get(job.kind)
        if job.attempts > spec.most_attempts:
            _end(job, JobState.FAILED, clock(), error=_died(job.attempts - 1))
            return JobState.FAILED
        if job.cancel_by:  # while its worker was dying
            _end(job, JobState.CANCELLED, clock(), actor=job.cancel_by)
            return JobState.CANCELLED
        scope = scope_now(job, now=clock())
        role_check(spec, scope, job.node, now=clock())
        result = spec.work(Run(job, scope, clock, is_stopping))
    except Cancelled:
        _end(job, JobState.CANCELLED, clock(), actor=job_canceller(job))
        return JobState.CANCELLED
    except Stopping:
        held_update(job, state=JobState.QUEUED, attempts=job.attempts - 1, worker="", step="")
        return JobState.QUEUED
    except LeaseLostError:
        raise
    except (RetryLaterError, *TRANSIENT) as fault:
        return _again(job, fault, clock())
    except CommonwealError as fault:
        _end(job, JobState.FAILED, clock(), error=str(fault), hint=fault.hint)
        return JobState.FAILED
    except Exception as fault:  # noqa: BLE001 - a bug of one kind must not end the worker
        _log_traceback(job, fault, clock())
        _end(job, JobState.FAILED, clock(), error=_unexpected(fault))
        return JobState.FAILED
    _end(job, JobState.DONE, clock(), result=plain(dict(result or {})))
    return JobState.DONE


def scope_now(job: Job, *, now: datetime) -> Scope:
    """Return what who asked for a job may do now.

    Raises:
        InputError: The account was closed.
    """
    if job.user is None:
        return owner_scope(job.actor)
    interface = job.actor.partition(":")[0]
    try:
        return scope_of(job.user, now=now, interface=interface)
    except InputError as fault:
        raise InputError(str(fault), hint=_("somebody else must ask for this job")) from fault


def job_canceller(job: Job) -> str:
    """Return who asked that a job stop."""
    found = Job.objects.filter(pk=job.pk).values_list("cancel_by", flat=True).first()
    return found or job.actor


def _again(job: Job, fault: Exception, now: datetime) -> str:
    """Queue it once more after a while, unless it was tried often enough."""
    spec = kind_get(job.kind)
    error = str(fault) if isinstance(fault, CommonwealError) else _unexpected(fault)
    if job.attempts >= spec.most_attempts:
        _end(job, JobState.FAILED, now, error=error)
        return JobState.FAILED
    wait = getattr(fault, "after", None) or spec.wait(job.attempts)
    held_update(job, state=JobState.QUEUED, run_at=now + wait, worker="", step="", error=error)
    return JobState.QUEUED


@transaction.atomic
def _end(
    job: Job,
    state: JobState,
    now: datetime,
    *,
    result: object = None,
    error: str = "",
    hint: str = "",
    actor: str = "",
) -> None:
    """Write the end under the lease, with its event: both or neither."""
    held_update(job, state=state, ended_at=now, result=result, error=error, hint=hint, beat_at=now)
    action = {"done": "finish", "failed": "fail", "cancelled": "cancel"}[state.value]
    content = {"kind": job.kind, "attempts": job.attempts}
    job_tell(job, action, actor or job.actor, now, **content)


def _log_traceback(job: Job, fault: Exception, now: datetime) -> None:
    """Keep where it happened, not the message: that may hold values."""
    logger.error("job %s (%s) failed", job.pk, job.kind, exc_info=fault)
    frames = traceback.extract_tb(fault.__traceback__)[-6:]
    where = " ← ".join(f"{each.name}:{each.lineno}" for each in reversed(frames))
    line_keep(job, f"{type(fault).__name__} in {where}", now)


def _unexpected(fault: Exception) -> str:
    return _("unexpected: %(kind)s; the worker's log has more") % {"kind": type(fault).__name__}


def _died(n: int) -> str:
    return _("its worker died or gave up %(n)s times") % {"n": n}

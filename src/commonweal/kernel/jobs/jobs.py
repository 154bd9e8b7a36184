"""Kinds that keep the platform in order: the lake's files, old jobs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from commonweal.kernel.accounts.reads import reads_forget
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.jobs.files import job_files_drop
from commonweal.kernel.jobs.kinds import job_kind
from commonweal.kernel.jobs.models import Job, JobState
from commonweal.lake.compact import compact, vacuum
from commonweal.lake.datasets import datasets

if TYPE_CHECKING:
    from commonweal.kernel.jobs.run import Run

_KEPT_DAYS = 90
_RETENTION_DAYS = 3650


@job_kind("lake_compact", title=_("Compact the lake"), roles={Role.ADMINISTRATOR})
def lake_compact(run: Run) -> dict[str, Any]:
    """Turn each month that lies in several files into one, of all datasets or ``datasets``."""
    names = run.arguments.get("datasets") or list(datasets())
    n_months = 0
    for number, name in enumerate(names):
        run.progress(number, len(names), name)
        n_months += len(compact(name, now=run.clock()))
    return {"datasets": len(names), "months": n_months}


@job_kind("lake_vacuum", title=_("Delete replaced files of the lake"), roles={Role.ADMINISTRATOR})
def lake_vacuum(run: Run) -> dict[str, Any]:
    """Delete files that compaction replaced more than ``retention_days`` ago (ten years)."""
    retention = timedelta(days=int(run.arguments.get("retention_days", _RETENTION_DAYS)))
    found = vacuum(now=run.clock(), retention=retention, dry_run=False)
    return {"files": len(found), "bytes": sum(each.n_bytes for each in found)}


@job_kind("jobs_tidy", title=_("Forget old jobs"), roles={Role.ADMINISTRATOR})
def jobs_tidy(run: Run) -> dict[str, Any]:
    """Delete jobs that ended more than ``days`` ago, with lines and files; the log keeps theirs.

    Who read personal values is forgotten when its own time is over.
    """
    before = run.clock() - timedelta(days=int(run.arguments.get("days", _KEPT_DAYS)))
    ended = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)
    old = list(Job.objects.filter(state__in=ended, ended_at__lt=before).order_by("id"))
    for number, job in enumerate(old):
        run.progress(number, len(old))
        job_files_drop(job)
        job.delete()
    kept = timedelta(days=settings.READS_KEPT_DAYS)
    return {"jobs": len(old), "reads": reads_forget(now=run.clock(), kept=kept)}

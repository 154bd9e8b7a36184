"""Files that a job makes or is given: ``<home>/jobs/<job>/``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from commonweal.errors import InputError
from commonweal.kernel.jobs.kinds import kinds

if TYPE_CHECKING:
    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.jobs.models import Job


def job_folder(job: Job) -> Path:
    """Return the folder of a job's files; it is made if need be."""
    folder = Path(settings.HOME) / "jobs" / str(job.pk)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def job_files(job: Job, *, scope: Scope) -> list[dict[str, Any]]:
    """Return the files that a job's result names, as far as the scope may have them.

    A job that everyone may ask for shows what its asker may read: an administrator, who sees that
    it ran, need not read that.
    """
    kind = kinds().get(job.kind)
    is_own = scope.user_id is None or job.user_id == scope.user_id
    if not is_own and (kind is None or kind.for_everyone):
        return []
    return list((job.result or {}).get("files", ()))


def job_file(job: Job, name: str, *, scope: Scope) -> Path:
    """Return a file that the job's result names.

    Raises:
        InputError: Its result names no such file, it was tidied away, or it is for the asker alone.
    """
    listed = {each["name"] for each in job_files(job, scope=scope)}
    path = Path(settings.HOME) / "jobs" / str(job.pk) / name
    if name not in listed or not path.is_file():
        raise InputError(_("job %(job)s has no file %(name)r") % {"job": job.pk, "name": name})
    return path


def job_files_drop(job: Job) -> None:
    """Delete a job's files, if it has any."""
    shutil.rmtree(Path(settings.HOME) / "jobs" / str(job.pk), ignore_errors=True)

"""Files that a job makes or is given: ``<home>/jobs/<job>/``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from commonweal.errors import InputError

if TYPE_CHECKING:
    from commonweal.kernel.jobs.models import Job


def job_folder(job: Job) -> Path:
    """Return the folder of a job's files; it is made if need be."""
    folder = Path(settings.HOME) / "jobs" / str(job.pk)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def job_file(job: Job, name: str) -> Path:
    """Return a file that the job's result names.

    Raises:
        InputError: Its result names no such file, or it was tidied away.
    """
    listed = {each["name"] for each in (job.result or {}).get("files", ())}
    path = Path(settings.HOME) / "jobs" / str(job.pk) / name
    if name not in listed or not path.is_file():
        raise InputError(_("job %(job)s has no file %(name)r") % {"job": job.pk, "name": name})
    return path


def job_files_drop(job: Job) -> None:
    """Delete a job's files, if it has any."""
    shutil.rmtree(Path(settings.HOME) / "jobs" / str(job.pk), ignore_errors=True)

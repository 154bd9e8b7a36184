"""Files of records and actions on thousands of them, in the background."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from commonweal.errors import InputError
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.jobs.files import job_folder
from commonweal.kernel.jobs.kinds import job_kind
from commonweal.kernel.jobs.services import job_enqueue
from commonweal.kernel.programmes.computing import programme_compute
from commonweal.kernel.programmes.imports import records_import
from commonweal.kernel.programmes.registry import programme_get, record_type
from commonweal.kernel.programmes.reminders import reminders_send
from commonweal.kernel.programmes.services import Context, records_act
from commonweal.kernel.records.models import Event

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.jobs.models import Job
    from commonweal.kernel.jobs.run import Run
    from commonweal.kernel.programmes.registry import RecordType

DONE: Final = "programmes.job"
"""Type of the event that says a bulk action of a job was done: with the action, or not at all."""


@job_kind("records_import", title=_("Import records"), for_everyone=True)
def records_import_job(run: Run) -> dict[str, Any]:
    """Bring in the file that lies in the job's folder: ``type``, ``file``, ``all_or_nothing``.

    A row's code says which record it is, so the same file again changes nothing. With ``is_tried``
    it is read and checked, and nothing is written but the file of the rows that would be refused.
    """
    asked, folder = run.arguments, job_folder(run.job)
    name = str(asked["file"])
    path = folder / name
    if path.parent != folder or not path.is_file():
        raise InputError(f"there is no file {name!r} in the job's folder")
    rejects = folder / "rejects.csv"
    done = records_import(
        record_type(asked["type"]),
        path,
        scope=run.scope,
        now=run.clock(),
        mode="preview" if asked.get("is_tried") else "apply",
        all_or_nothing=bool(asked.get("all_or_nothing")),
        rejects=rejects,
        progress=lambda share, rows: run.progress(round(share * 100), 100, f"{rows:,}"),
    )
    for each in done.refused:
        run.log(f"row {each.row}: {each.rule}")  # the row's values may be personal
    files = [{"name": rejects.name, "bytes": rejects.stat().st_size}] if rejects.exists() else []
    return {
        "is_applied": done.is_applied,
        "rows": done.n_rows,
        "opened": done.n_opened,
        "changed": done.n_changed,
        "unchanged": done.n_unchanged,
        "refused": done.n_refused,
        "files": files,
    }


def records_import_later(
    kind: RecordType, path: Path, *, scope: Scope, now: datetime, key: str, is_tried: bool
) -> Job:
    """Ask for a file to be brought in, or only tried, in the background.

    The file lies in the job's folder before any worker can see the job.
    """
    with transaction.atomic():
        job = job_enqueue(
            "records_import",
            arguments={"type": kind.id, "file": path.name, "is_tried": is_tried},
            scope=scope,
            now=now,
            key=key,
        )
        target = job_folder(job) / path.name
        if job.is_open and not target.exists():
            os.link(path, target)
    return job


@job_kind("records_act", title=_("Act on many records"), for_everyone=True)
def records_act_job(run: Run) -> dict[str, Any]:
    """Do ``action`` on records ``ids`` of ``type``: all of them or none, and once."""
    asked = run.arguments
    ids = [UUID(each) for each in asked["ids"]]
    context = Context(run.scope, run.clock(), asked.get("comment", ""), asked.get("values") or {})
    run.progress(0, len(ids))
    with run.fenced():
        before = Event.objects.filter(record_type=DONE, record_key=str(run.job.pk)).first()
        if before is not None:  # the worker died between the action and the end of the job
            return {"records": before.content["records"]}
        records_act(record_type(asked["type"]), ids, asked["action"], context=context)
        run.tell(DONE, "act", records=len(ids))
    return {"records": len(ids)}


@job_kind(
    "programme_compute",
    title=_("Bring a programme's figures up to date"),
    roles={Role.PROGRAMME_MANAGER},
)
def programme_compute_job(run: Run) -> dict[str, Any]:
    """Compute the figures of ``programme`` for ``year``; ``reason`` where published ones change."""
    asked = run.arguments
    n_facts = programme_compute(
        programme_get(asked["programme"]),
        int(asked["year"]),
        scope=run.scope,
        now=run.clock(),
        reason=asked.get("reason", ""),
    )
    return {"facts": n_facts}


@job_kind(
    "remind",
    title=_("Send reminders of deadlines"),
    roles={Role.PROGRAMME_MANAGER, Role.ADMINISTRATOR},
)
def remind_job(run: Run) -> dict[str, Any]:
    """Tell people by mail of what is due, and those above them of what is long overdue."""
    with translation.override(settings.LANGUAGE_CODE):
        sent = reminders_send(now=run.clock())
    for name in sent.without_address:
        run.log(f"{name} has no address")
    return {
        "messages": sent.n_messages,
        "reminders": sent.n_reminders,
        "without_address": len(sent.without_address),
    }

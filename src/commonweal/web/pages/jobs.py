"""What runs in the background: the list, one job, its progress, what may be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from commonweal.errors import InputError
from commonweal.kernel.disclosure.wording import instant_text
from commonweal.kernel.jobs.files import job_files
from commonweal.kernel.jobs.kinds import kind_get, kinds
from commonweal.kernel.jobs.models import Job, JobState, Schedule
from commonweal.kernel.jobs.services import job_get, jobs_visible, may_ask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.disclosure.wording import Language

_MOST: Final = 50
_MOST_LIVE: Final = 50
_FORMS: Final = ("compute", "report")
"""Kinds that the page has a form for, in this order."""


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job as it is listed; ``share`` is None where it tells no total."""

    pk: str
    title: str
    what: str
    state: str
    state_name: str
    who: str
    asked: str
    ended: str
    share: int | None
    step: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One schedule."""

    name: str
    title: str
    rule: str
    next: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class JobsPage:
    """The list; ``forms`` are the kinds that may be asked for here, ``asked`` the one wanted."""

    rows: tuple[JobRow, ...]
    schedules: tuple[ScheduleRow, ...]
    forms: tuple[str, ...]
    asked: Mapping[str, str]
    states: tuple[tuple[str, str], ...]
    state: str
    request_key: str
    message: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class JobPage:
    """One job."""

    row: JobRow
    began: str
    attempts: int
    results: tuple[tuple[str, str], ...]
    files: tuple[Mapping[str, Any], ...]
    error: str
    hint: str
    lines: tuple[tuple[str, str], ...]
    may_cancel: bool
    may_retry: bool
    is_stopping: bool


def jobs_page(
    *,
    scope: Scope,
    now: datetime,
    language: Language,
    state: str,
    asked: Mapping[str, str],
    request_key: str,
    message: str = "",
    hint: str = "",
) -> JobsPage:
    """Build the page of all jobs that may be seen.

    Raises:
        InputError: There is no such state.
    """
    if state and state not in JobState.values:
        raise InputError(_("no state %(state)r") % {"state": state})
    rows = jobs_visible(scope).order_by("-id")
    shown = (rows.filter(state=state) if state else rows)[:_MOST]
    schedules = Schedule.objects.order_by("next_at")
    own = schedules if scope.user_id is None else schedules.filter(user_id=scope.user_id)
    return JobsPage(
        rows=tuple(_row(each, language) for each in shown),
        schedules=tuple(_schedule(each, language) for each in own),
        forms=tuple(each for each in _FORMS if may_ask(kind_get(each), scope, None, now=now)),
        asked=asked,
        states=tuple((value, str(label)) for value, label in JobState.choices),
        state=state,
        request_key=request_key,
        message=message,
        hint=hint,
    )


def job_page(pk: str, *, scope: Scope, language: Language) -> JobPage:
    """Build the page of one job.

    Raises:
        InputError: There is none, or it is not for this scope.
    """
    job = job_get(pk, scope=scope)
    result = {**job.result} if isinstance(job.result, dict) else {}
    result.pop("files", None)
    files = tuple(job_files(job, scope=scope))
    return JobPage(
        row=_row(job, language),
        began=instant_text(job.started_at, language) if job.started_at else "",
        attempts=job.attempts,
        results=tuple((name, f"{value}") for name, value in result.items() if value is not None),
        files=files,
        error=job.error,
        hint=job.hint,
        lines=tuple((instant_text(each.at, language), each.text) for each in job.lines.all()),
        may_cancel=job.is_open and not job.cancel_by,
        may_retry=job.state in {JobState.FAILED, JobState.CANCELLED},
        is_stopping=job.state == JobState.RUNNING and bool(job.cancel_by),
    )


def jobs_live(pks: Sequence[str], *, scope: Scope) -> list[dict[str, Any]]:
    """Return how far jobs are, of those that may be seen."""
    try:
        found = jobs_visible(scope).filter(pk__in=pks[:_MOST_LIVE])
        return [
            {
                "id": str(each.pk),
                "state": each.state,
                "name": each.get_state_display(),
                "share": _share(each),
                "step": each.step,
                "is_open": each.is_open,
            }
            for each in found
        ]
    except (ValueError, ValidationError) as fault:
        raise InputError(_("this is no number of a job")) from fault


def _row(job: Job, language: Language) -> JobRow:
    known = kinds().get(job.kind)
    return JobRow(
        pk=str(job.pk),
        title=str(known.title) if known else job.kind,
        what=_what(job.arguments),
        state=job.state,
        state_name=job.get_state_display(),
        who=job.actor.rpartition(":")[2],
        asked=instant_text(job.asked_at, language),
        ended=instant_text(job.ended_at, language) if job.ended_at else "",
        share=_share(job),
        step=job.step if job.is_open else "",
        is_open=job.is_open,
    )


def _schedule(schedule: Schedule, language: Language) -> ScheduleRow:
    known = kinds().get(schedule.kind)
    return ScheduleRow(
        name=schedule.name,
        title=str(known.title) if known else schedule.kind,
        rule=schedule.rule,
        next=instant_text(schedule.next_at, language) if schedule.is_active else "",
        is_active=schedule.is_active,
    )


def _what(arguments: Mapping[str, Any]) -> str:
    """Return the arguments that name what a job is about; long lists and comments stay out."""
    told = []
    for name in ("programme", "report", "type", "action", "file", "periods", "period", "year"):
        value = arguments.get(name)
        if value:
            told.append(", ".join(map(str, value)) if isinstance(value, list) else str(value))
    return " · ".join(told)


def _share(job: Job) -> int | None:
    return min(100, 100 * job.n_done // job.n_total) if job.n_total else None

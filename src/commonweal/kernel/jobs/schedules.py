"""Schedules: what is due is enqueued under a key of its own instant, so that twice is once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import chinese_calendar
from django.db import transaction
from django.utils.translation import gettext as _

from commonweal.errors import CommonwealError, InputError
from commonweal.kernel.accounts.scopes import owner_scope, scope_of
from commonweal.kernel.jobs.kinds import kind_get
from commonweal.kernel.jobs.models import Job, Schedule
from commonweal.kernel.jobs.rules import rule_read
from commonweal.kernel.jobs.services import job_enqueue, node_of, role_check
from commonweal.kernel.records.services import event_append

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from commonweal.kernel.accounts.scopes import Scope

logger = logging.getLogger(__name__)
SCHEDULE = "jobs.schedule"
_SATURDAY = 5


@transaction.atomic
def schedule_set(
    name: str,
    *,
    kind: str,
    rule: str,
    arguments: Mapping[str, Any],
    scope: Scope,
    now: datetime,
    node: str = "",
) -> Schedule:
    """Make a schedule, or give the one of this name other words; it acts for who set it.

    Raises:
        InputError: The kind, the rule or the node is none.
        StateError: The scope may not ask for such a job.
    """
    place = node_of(node)
    role_check(kind_get(kind), scope, place, now=now)
    read = rule_read(rule)
    values = {
        "kind": kind,
        "rule": read.text,
        "arguments": dict(arguments),
        "actor": scope.actor,
        "user_id": scope.user_id,
        "node": place,
        "is_active": True,
        "next_at": read.next_after(now, is_workday=is_workday),
    }
    made, _is_new = Schedule.objects.update_or_create(name=name, defaults=values)
    _tell(made, "set", scope, now, kind=kind, rule=read.text)
    return made


@transaction.atomic
def schedule_drop(name: str, *, scope: Scope, now: datetime) -> None:
    """Let a schedule enqueue nothing more.

    Raises:
        InputError: There is none of this name.
        StateError: The scope may not ask for such jobs.
    """
    found = Schedule.objects.filter(name=name).select_related("node").first()
    if found is None:
        raise InputError(_("there is no schedule %(name)r") % {"name": name})
    role_check(kind_get(found.kind), scope, found.node, now=now)
    _tell(found, "drop", scope, now, kind=found.kind, rule=found.rule)
    found.delete()


def schedules_run(*, now: datetime) -> list[Job]:
    """Enqueue what is due. Of instants that were missed the last one counts, once.

    A clock that goes back enqueues nothing twice: the next instant is already set, and the job of
    an instant has its key.
    """
    made = []
    for schedule in Schedule.objects.filter(is_active=True, next_at__lte=now).order_by("name"):
        with transaction.atomic():
            held = (
                Schedule.objects.select_for_update(of=("self",))  # PostgreSQL locks no outer join
                .select_related("user", "node")
                .get(pk=schedule.pk)
            )
            if held.next_at > now:
                continue  # another worker was first
            made += _enqueue(held, now)
            held.last_at = held.next_at
            held.next_at = rule_read(held.rule).next_after(now, is_workday=is_workday)
            held.save()
    return made


def _enqueue(schedule: Schedule, now: datetime) -> list[Job]:
    """Enqueue its job; a schedule whose user may not any more is put aside, and the log says so."""
    try:
        scope = (
            scope_of(schedule.user, now=now, interface="schedule")
            if schedule.user
            else owner_scope(schedule.actor)
        )
        return [
            job_enqueue(
                schedule.kind,
                arguments=schedule.arguments,
                scope=scope,
                now=now,
                key=f"{schedule.name}@{schedule.next_at:%Y-%m-%dT%H:%MZ}",
                node=schedule.node.code if schedule.node else "",
            )
        ]
    except CommonwealError as fault:
        logger.warning("schedule %s is put aside: %s", schedule.name, fault)
        schedule.is_active = False
        event_append(
            record_type=SCHEDULE,
            record_key=schedule.name,
            action="put_aside",
            actor=schedule.actor,
            content={"why": str(fault)},
            now=now,
        )
        return []


def is_workday(day: date) -> bool:
    """Return whether a day is worked, by China's holidays; by the week where none are published."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < _SATURDAY


def _tell(schedule: Schedule, action: str, scope: Scope, now: datetime, **content: str) -> None:
    event_append(
        record_type=SCHEDULE,
        record_key=schedule.name,
        action=action,
        actor=scope.actor,
        content=content,
        now=now,
    )

"""Telling what happened, in the background."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.accounts.scopes import owner_scope
from commonweal.kernel.jobs.kinds import job_kind
from commonweal.kernel.jobs.models import Schedule
from commonweal.kernel.jobs.schedules import schedule_set
from commonweal.kernel.webhooks.services import webhooks_run

if TYPE_CHECKING:
    from datetime import datetime

    from commonweal.kernel.jobs.run import Run

SCHEDULE: Final = "webhooks"
RULE: Final = "every 5 minutes"


@job_kind("webhook", title=_("Tell webhooks what happened"), roles={Role.ADMINISTRATOR})
def webhook_job(run: Run) -> dict[str, Any]:
    """Look through the log and tell what is due."""
    return asdict(webhooks_run(now=run.clock()))


def schedule_ensure(*, now: datetime) -> None:
    """Let webhooks be told by schedule, unless an administrator set another one."""
    if not Schedule.objects.filter(name=SCHEDULE).exists():
        scope = owner_scope("system:webhooks")
        schedule_set(SCHEDULE, kind="webhook", rule=RULE, arguments={}, scope=scope, now=now)

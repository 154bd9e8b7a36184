"""Asking for jobs, stopping them, asking again."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from commonweal.errors import InputError, StateError
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.jobs.kinds import Kind, kind_get
from commonweal.kernel.jobs.models import Job, JobState
from commonweal.kernel.org.models import Node
from commonweal.kernel.org.selectors import tree
from commonweal.kernel.records.canonical import canonical_json
from commonweal.kernel.records.services import event_append
from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from commonweal.kernel.accounts.scopes import Scope

JOB: Final = "jobs.job"
"""Type of a job's events."""
MOST_OPEN: Final = 100
"""Jobs of one account that wait or run."""
_LONGEST_KEY: Final = 150


def job_enqueue(
    kind: str,
    *,
    arguments: Mapping[str, Any],
    scope: Scope,
    now: datetime,
    key: str = "",
    run_at: datetime | None = None,
    node: str = "",
    priority: int = 0,
) -> Job:
    """Ask for a job; the same key of the same kind gives the same job, whatever became of it.

    Args:
        kind: Name of a kind.
        arguments: What its function is given; JSON.
        scope: Who asks. The job may do what this person may at the time it runs.
        now: When.
        key: Names this very request.
        run_at: Not before this instant; at once if None.
        node: Code of the node that it is about; the whole organisation if empty.
        priority: Higher ones first.

    Raises:
        InputError: No such kind or node, the arguments have no JSON spelling, or the key was used
            with other arguments or by somebody else.
        StateError: The scope has none of the roles that the kind asks for, or asked for too many
            already.
    """
    spec, place = kind_get(kind), node_of(node)
    role_check(spec, scope, place, now=now)
    if len(key) > _LONGEST_KEY:
        raise InputError(_("a job's key has at most %(n)s characters") % {"n": _LONGEST_KEY})
    spelt = canonical_json(dict(arguments))
    with transaction.atomic():
        if key:
            before = Job.objects.filter(kind=kind, key=key).first()
            if before is not None:
                return _same(before, spelt, scope)
        _room_check(scope)
        job, is_new = _insert(
            kind,
            key,
            arguments=dict(arguments),
            actor=scope.actor,
            user_id=scope.user_id,
            node=place,
            priority=priority,
            run_at=run_at or now,
            asked_at=now,
        )
        if not is_new:
            return _same(job, spelt, scope)
        # What a job is given may be personal: the log has its digest, the row has the words.
        digest = sha256(spelt).hexdigest()
        job_tell(job, "enqueue", scope.actor, now, kind=kind, key=key, arguments_sha256=digest)
    return job


def job_cancel(job: Job, *, scope: Scope, now: datetime) -> Job:
    """Stop a job: at once if it waits, at its next step if it runs.

    Raises:
        StateError: It has ended, or it is somebody else's.
    """
    manage_check(job, scope)
    with transaction.atomic():
        held = Job.objects.select_for_update().get(pk=job.pk)
        if not held.is_open:
            raise StateError(
                _("the job has ended: %(state)s") % {"state": held.get_state_display()}
            )
        held.cancel_by = scope.actor
        if held.state == JobState.QUEUED:
            held.state, held.ended_at = JobState.CANCELLED, now
            held.save(update_fields=["cancel_by", "state", "ended_at"])
            job_tell(held, "cancel", scope.actor, now)
        else:
            held.save(update_fields=["cancel_by"])
    return held


def job_retry(job: Job, *, scope: Scope, now: datetime) -> Job:
    """Queue a failed or cancelled job again, as the same job.

    It runs in its asker's name, so somebody else repeats only what they may ask for themselves.

    Raises:
        StateError: It waits, runs or is done; or it is somebody else's.
    """
    manage_check(job, scope)
    _repeat_check(job, scope, now)
    with transaction.atomic():
        held = Job.objects.select_for_update().get(pk=job.pk)
        if held.state not in {JobState.FAILED, JobState.CANCELLED}:
            raise StateError(
                _("only a failed or cancelled job is tried again; this one is %(state)s")
                % {"state": held.get_state_display()}
            )
        held.state, held.run_at, held.ended_at = JobState.QUEUED, now, None
        held.attempts, held.cancel_by, held.error, held.hint = 0, "", "", ""
        held.save()
        job_tell(held, "retry", scope.actor, now)
    return held


def jobs_visible(scope: Scope) -> QuerySet[Job]:
    """Return the jobs that may be seen: one's own, and an administrator's part of the rest."""
    nodes = scope.nodes_of(Role.ADMINISTRATOR)
    if nodes is None:
        return Job.objects.all()
    if scope.user_id is None:
        return Job.objects.none()
    own = Job.objects.filter(user_id=scope.user_id)
    return own | Job.objects.filter(node_id__in=sorted(nodes)) if nodes else own


def job_get(pk: UUID | str, *, scope: Scope) -> Job:
    """Return a job that may be seen.

    Raises:
        InputError: There is none of this number, or it is not for this scope.
    """
    found = jobs_visible(scope).filter(pk=pk).select_related("user", "node").first()
    if found is None:
        raise InputError(_("there is no job %(job)s, or it is not yours to see") % {"job": pk})
    return found


def manage_check(job: Job, scope: Scope) -> None:
    """Refuse who may not stop or repeat a job.

    Raises:
        StateError: It is somebody else's.
    """
    is_own = job.user_id is not None and job.user_id == scope.user_id
    if not (is_own or jobs_visible(scope).filter(pk=job.pk).exists()):
        raise StateError(_("the job is somebody else's"), hint=_("ask them, or an administrator"))


def _repeat_check(job: Job, scope: Scope, now: datetime) -> None:
    if scope.user_id is None or scope.user_id == job.user_id:
        return
    spec = kind_get(job.kind)
    if spec.for_everyone:
        raise StateError(_("the job is somebody else's"))
    role_check(spec, scope, job.node, now=now)


def may_ask(spec: Kind, scope: Scope, node: Node | None, *, now: datetime) -> bool:
    """Return whether a scope has a role that the kind asks for, at the node or all over."""
    if scope.user_id is None or spec.for_everyone:
        return True
    if node is not None:
        return any(scope.holds(role, node.pk) for role in spec.roles)
    org = tree(business_date(now))
    roots = [int(org.node_id[i]) for i in range(len(org.code)) if org.depth[i] == 0]
    return bool(roots) and all(
        any(scope.holds(role, root) for role in spec.roles) for root in roots
    )


def role_check(spec: Kind, scope: Scope, node: Node | None, *, now: datetime) -> None:
    """Refuse a scope without a role that the kind asks for.

    Raises:
        StateError: It has none.
    """
    if not may_ask(spec, scope, node, now=now):
        labels = [str(Role(each).label) for each in sorted(spec.roles)]
        raise StateError(
            _("%(kind)s needs the role %(roles)s for %(place)s")
            % {
                "kind": spec.title,
                "roles": " / ".join(labels) or _("of the machine's owner"),
                "place": node.code if node else _("the whole organisation"),
            },
            hint=_("ask an administrator for the role"),
        )


def job_tell(job: Job, action: str, actor: str, now: datetime, **content: object) -> None:
    """Append what happened to a job to the event log."""
    event_append(
        record_type=JOB,
        record_key=str(job.pk),
        action=action,
        actor=actor,
        content=content or {"kind": job.kind},
        now=now,
    )


def _room_check(scope: Scope) -> None:
    """Refuse more than one person may have waiting: the worker is everybody's.

    A schedule asks at its own pace.
    """
    if scope.user_id is None or scope.actor.startswith("schedule:"):
        return
    is_open = (JobState.QUEUED, JobState.RUNNING)
    if Job.objects.filter(user_id=scope.user_id, state__in=is_open).count() >= MOST_OPEN:
        raise StateError(
            _("an account has at most %(most)d jobs that wait") % {"most": MOST_OPEN},
            hint=_("wait for some of them, or stop them"),
        )


def _insert(kind: str, key: str, **values: Any) -> tuple[Job, bool]:  # noqa: ANN401 - columns
    """Insert a job unless another transaction was first with its key."""
    if not key:
        return Job.objects.create(kind=kind, **values), True
    return Job.objects.get_or_create(kind=kind, key=key, defaults=values)


def _same(before: Job, spelt: bytes, scope: Scope) -> Job:
    if canonical_json(before.arguments) != spelt or before.user_id != scope.user_id:
        raise InputError(
            _("key %(key)r of %(kind)s was used for another request")
            % {"key": before.key, "kind": before.kind},
            hint=_("use a new key"),
        )
    return before


def node_of(code: str) -> Node | None:
    """Return a node by its code; None for the whole organisation.

    Raises:
        InputError: There is none.
    """
    if not code:
        return None
    found = Node.objects.filter(code=code).first()
    if found is None:
        raise InputError(_("there is no node %(code)r") % {"code": code})
    return found

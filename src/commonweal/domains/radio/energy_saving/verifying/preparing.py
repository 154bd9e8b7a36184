"""A verification of what plans saved, opened as a draft that an independent person judges."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from commonweal.domains.radio.energy_saving.models import Plan, Verification
from commonweal.domains.radio.energy_saving.verifying.prepared import prepared_of
from commonweal.errors import InputError, StateError
from commonweal.kernel.org.selectors import subtree_ids
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_open
from commonweal.kernel.programmes.services.holding import copies, records_save
from commonweal.kernel.programmes.told import changes_of
from commonweal.kernel.records.services import event_append
from commonweal.periods import business_midnight

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from commonweal.domains.radio.energy_saving.verifying.prepared import Prepared
    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.services import Context

KIND: Final = "energy_saving.verification"
PLAN_KIND: Final = "energy_saving.plan"
_ACTED: Final = ("active", "ended", "stopped")


def verification_prepare(
    *,
    first_date: date,
    last_date: date,
    node: str = "",
    scope: Scope,
    now: datetime,
    is_dry: bool = False,
) -> list[tuple[Prepared, Verification | None]]:
    """Find out what each plan acted on in these days saved, and open a draft for each.

    Args:
        first_date: The first business day.
        last_date: The last, included.
        node: Only sites below this node; each plan's own if empty.
        scope: Who prepares it.
        now: What is known by then counts.
        is_dry: Open nothing.

    Raises:
        InputError: No plan acts on these days there, or one of them is not over.
        StateError: A counterfactual or plan was changed, or frozen after the days began; or some of
            these days are verified already.
    """
    if now < business_midnight(last_date + timedelta(days=1)):
        raise InputError(f"{last_date} is not over yet", hint="verify days that are over")
    found = []
    for plan in _plans(first_date, last_date, node):
        days = tuple(day for day in _days(plan) if first_date <= day <= last_date)
        where = node if node and plan.node_id not in subtree_ids(node, days[0]) else plan.node.code
        if not is_dry:
            _refuse_twice(plan, days, where)
        prepared = prepared_of(plan, days, where, now=now)
        record = None
        if not is_dry:
            opened = record_open(
                record_type(KIND), node=where, values=prepared.values, scope=scope, now=now
            )
            record = Verification.objects.get(pk=opened.pk)
        found.append((prepared, record))
    return found


def outcomes_set(verifications: Sequence[Verification], context: Context) -> None:
    """Tell each plan, and its history, what stands verified of it, nothing if none does.

    The effect of verifying and of withdrawing: these records have their new state but are not saved
    yet.
    """
    kind = record_type(PLAN_KIND)
    changed = {each.pk for each in verifications}
    for sha256 in sorted({each.counterfactual_sha256 for each in verifications}):
        verified = Verification.objects.filter(state="verified", counterfactual_sha256=sha256)
        saved = [*verified.exclude(pk__in=changed).values_list("saved_kwh", flat=True)]
        saved += [
            each.saved_kwh
            for each in verifications
            if each.state == "verified" and each.counterfactual_sha256 == sha256
        ]
        for plan in Plan.objects.select_for_update().filter(counterfactual_sha256=sha256):
            before = copies([plan])
            plan.outcome_kwh = sum(saved) if saved else None
            if not (changes := changes_of(kind, before[plan.pk], plan)):
                continue
            plan.version += 1
            plan.changed_at = context.now
            records_save(kind, [plan], before)
            event_append(
                record_type=PLAN_KIND,
                record_key=str(plan.pk),
                action="change",
                actor=context.scope.actor,
                content={"version": plan.version, "changes": changes},
                now=context.now,
            )


def _plans(first_date: date, last_date: date, node: str) -> list[Plan]:
    plans = Plan.objects.filter(state__in=_ACTED, plan_date__lte=last_date).select_related("node")
    found = [
        plan
        for plan in plans.order_by("plan_date", "code")
        if (days := _days(plan)) and days[0] <= last_date and days[-1] >= first_date
    ]
    if node:
        below = set(subtree_ids(node, first_date))
        found = [
            plan
            for plan in found
            if plan.node_id in below or below <= set(subtree_ids(plan.node.code, plan.plan_date))
        ]
    if not found:
        raise InputError(
            f"no plan was acted on from {first_date} to {last_date}"
            + (f" at {node!r}" if node else ""),
            hint="see `commonweal radio plans`",
        )
    return found


def _days(plan: Plan) -> list[date]:
    """Return a plan's days; of a stopped one those that began before it was, none at the least."""
    days = [plan.plan_date + timedelta(days=number) for number in range(plan.days)]
    if plan.state == "stopped" and plan.closed_at is not None:
        return [day for day in days if business_midnight(day) < plan.closed_at]
    return days


def _refuse_twice(plan: Plan, days: Sequence[date], node: str) -> None:
    """Refuse days and sites that another verification counts, of this plan or of another."""
    others = Verification.objects.filter(
        first_date__lte=days[-1], last_date__gte=days[0], state__in=("draft", "verified")
    ).select_related("node")
    here = set(subtree_ids(node, days[0]))
    for other in others:
        there = set(subtree_ids(other.node.code, days[0]))
        if here & there:
            raise StateError(
                f"{other.code} ({other.state}) counts days from {other.first_date} to"
                f" {other.last_date} of sites of plan {plan.code} already",
                hint="verify other days, or have it "
                + ("disputed first" if other.state == "draft" else "withdrawn first"),
            )

"""Acting on a plan from one instant to another: the loop, its journal, its adapter."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from commonweal.domains.radio.energy_saving.acting.counted import Names, usual_of
from commonweal.domains.radio.energy_saving.acting.guards import guards_read
from commonweal.domains.radio.energy_saving.acting.journal import Journal, journal_path
from commonweal.domains.radio.energy_saving.acting.loop import Loop
from commonweal.domains.radio.energy_saving.acting.register import Register
from commonweal.domains.radio.energy_saving.acting.steps import Manner
from commonweal.domains.radio.energy_saving.models import Plan
from commonweal.errors import InputError, StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from commonweal.domains.radio.energy_saving.acting.adapter import Adapter
    from commonweal.domains.radio.energy_saving.acting.schedule import Schedule
    from commonweal.domains.radio.energy_saving.acting.steps import Step
    from commonweal.engines.radio.guard import Usual
    from commonweal.kernel.accounts.scopes import Scope


_USUAL_DAYS: Final = 28


def plan_get(code: str) -> Plan:
    """Return the record of a plan, by its code or that of its folder.

    Raises:
        InputError: There is none.
    """
    found = Plan.objects.select_related("node").filter(code=code).first()
    found = found or Plan.objects.select_related("node").filter(folder=code).first()
    if found is None:
        raise InputError(f"there is no sleep plan {code!r}", hint="see `commonweal radio plans`")
    return found


def active_check(plan: Plan) -> None:
    """Refuse a plan that nobody approved, or that does not run.

    Raises:
        StateError: It is not active.
    """
    if plan.state != "active":
        raise StateError(
            f"plan {plan.code} is {plan.state}, and only an active plan is acted on",
            hint="it must be proposed, approved by somebody else, and activated",
        )


def plan_act(  # noqa: PLR0913 - what, through whom, who, when, how
    plan: Plan,
    schedule: Schedule,
    adapter: Adapter,
    *,
    scope: Scope,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
    manner: Manner | None = None,
    usual: Usual | None = None,
    wait: Callable[[datetime], None] = lambda _at: None,
) -> Iterator[Step]:
    """Act slot by slot, and yield what each step did; after the last slot everything wakes.

    A plan that is stopped meanwhile wakes everything in the next step, and is done once nothing
    sleeps any more. Where another active plan of the same node goes on the next day, nothing is
    woken for it.

    Args:
        plan: An active plan.
        schedule: What it wants; see ``schedule_read``.
        adapter: Who carries edits out.
        scope: Who acts.
        from_at: Begin with the slot of this instant; the plan's first if None.
        until_at: End before this instant; the plan's end if None.
        manner: How carefully.
        usual: What is usual of cells.
        wait: Called with the instant of each step before it; for real time.

    Raises:
        StateError: The plan is not active.
    """
    active_check(plan)
    manner = manner or Manner()
    register = Register(plan, schedule, scope=scope, hold_h=manner.hold_h)
    first = max(0, schedule.slot(from_at)) if from_at else 0
    last = min(schedule.n_slots, schedule.slot(until_at)) if until_at else schedule.n_slots
    ends = last == schedule.n_slots and not _goes_on(plan)
    with Journal(journal_path(plan.code)) as journal:
        loop = Loop(schedule, adapter, journal, register, manner=manner, usual=usual)
        register.tell(
            f"acting through {adapter.name}: {int(schedule.is_acted.sum())} cells, slots "
            f"{first} to {last - 1}",
            schedule.at(first),
        )
        woken: Counter[str] = Counter()
        for slot in range(first, last + 1 if ends else last):
            at = schedule.at(slot)
            wait(at)
            step = loop.step(at)
            register.step_told(step)
            woken.update(step.woken_by)
            yield step
            if step.is_stopped and not step.n_asleep:
                register.tell("stopped: all cells are awake", at)
                return
        register.done_told(woken, schedule.at(last))


def manner_of(schedule: Schedule) -> Manner:
    """Return how carefully a schedule is acted on: guards judge periods as long as its slots.

    Raises:
        DefinitionError: The operator's ``guard.toml`` is wrong.
    """
    return guards_read().manner(schedule.slot_s)


def usual_before(schedule: Schedule) -> Usual:
    """Return what was usual of cells in the weeks before a schedule, while they were on."""
    since = schedule.start_at - timedelta(days=_USUAL_DAYS)
    return usual_of(Names(schedule.cells), since, schedule.start_at)


def _goes_on(plan: Plan) -> bool:
    """Whether another active plan of the same node begins when this one ends."""
    end = plan.plan_date + timedelta(days=plan.days)
    return Plan.objects.filter(state="active", node=plan.node, plan_date=end).exists()

"""What the loop asks of the register: is the plan stopped, who is held, tell of troubles."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from commonweal.domains.radio.energy_saving.acting.holds import (
    Asked,
    held_cells,
    holds_expire,
    holds_open,
)
from commonweal.domains.radio.energy_saving.models import Plan
from commonweal.kernel.records.services import event_append

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from commonweal.domains.radio.energy_saving.acting.schedule import Schedule
    from commonweal.domains.radio.energy_saving.acting.steps import Step, Trouble
    from commonweal.engines.radio.sectors import Bools
    from commonweal.kernel.accounts.scopes import Scope

PLAN_KIND: Final = "energy_saving.plan"
_LONGEST: Final = 300
_MOST_TOLD: Final = 5


class Register:
    """The register as one plan's loop sees it; asked anew at every step."""

    def __init__(self, plan: Plan, schedule: Schedule, *, scope: Scope, hold_h: int) -> None:
        """Remember whose loop it is.

        Args:
            plan: The plan's record.
            schedule: What it wants.
            scope: Who acts.
            hold_h: How long a cell in trouble is held.
        """
        self._plan, self._schedule, self._scope = plan, schedule, scope
        self._hold = timedelta(hours=hold_h)

    def is_stopped(self, _at: datetime) -> bool:
        """Whether the plan is no longer active: stopped, or ended."""
        state = Plan.objects.values_list("state", flat=True).get(pk=self._plan.pk)
        return state != "active"

    def held(self, at: datetime) -> Bools:
        """Which cells are held; holds whose time is over end here."""
        holds_expire(scope=self._scope, now=at)
        return held_cells(self._schedule, at)

    def troubled(self, troubles: Sequence[Trouble], at: datetime) -> list[str]:
        """Open a hold for each cell in trouble, and return their codes."""
        asked = [
            Asked(
                node_id=int(self._schedule.node_id[each.place]),
                cell_id=self._schedule.cells[each.place].cell_id,
                kind="guard",
                reason=self._reason(each),
                from_at=at,
                until_at=at + self._hold,
            )
            for each in troubles
        ]
        return holds_open(asked, scope=self._scope, now=at)

    def _reason(self, trouble: Trouble) -> str:
        """Write a trouble so that ``why`` can say it in any language: code, witness, numbers."""
        witness = self._schedule.cells[trouble.witness].cell_id if trouble.witness >= 0 else ""
        numbers = [f"{each:.4g}" for each in (trouble.value, trouble.limit) if each is not None]
        return " ".join([f"{trouble.code}:", witness, *numbers])[:_LONGEST]

    def tell(self, sentence: str, at: datetime) -> None:
        """Append an event to the plan's own history."""
        event_append(
            record_type=PLAN_KIND,
            record_key=str(self._plan.pk),
            action="act",
            actor=self._scope.actor,
            content={"version": self._plan.version, "comment": sentence},
            now=at,
        )

    def step_told(self, step: Step) -> None:
        """Append an event where cells were held: somebody has to know."""
        if not step.troubles:
            return
        parts = [
            f"{self._schedule.cells[each.place].cell_id}: {each.code}"
            for each in step.troubles[:_MOST_TOLD]
        ]
        if more := len(step.troubles) - _MOST_TOLD:
            parts += [f"{more} more"] if more > 0 else []
        if step.holds:
            parts.append(f"{len(step.holds)} held from {step.holds[0]}")
        self.tell("; ".join(parts), step.at)

    def done_told(self, counts: Mapping[str, int], at: datetime) -> None:
        """Append an event at the end of a run: until when, and what woke cells beside the plan."""
        woken = "".join(f"; {count} woken: {code}" for code, count in sorted(counts.items()))
        self.tell(f"acted until {at.isoformat()}{woken}", at)

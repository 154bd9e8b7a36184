"""What a journal, the register and the plan know of one cell at an instant."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from django.db.models import Q

from commonweal.domains.radio.energy_saving.acting.journal import journal_path
from commonweal.domains.radio.energy_saving.models import Hold, Plan
from commonweal.domains.radio.energy_saving.planning.store import plan_read
from commonweal.domains.radio.network.places import sites_of
from commonweal.engines.radio.sectors import Mode
from commonweal.errors import InputError
from commonweal.kernel.accounts.scopes import person_of
from commonweal.kernel.org.selectors import subtree_ids
from commonweal.kernel.records.selectors import record_history
from commonweal.lake.query import query
from commonweal.lake.views import read
from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonweal.domains.radio.energy_saving.planning.store import StoredPlan
    from commonweal.engines.radio.sectors import Modes

_CELL: Final = """
SELECT site_id, radio_cells.cell_id, sector, role, protected, partner, partner_sleep
FROM radio_cells INNER JOIN asked ON radio_cells.cell_id = asked.cell_id
WHERE from_date <= asked.day
ORDER BY from_date DESC
LIMIT 1
"""
_ACTED: Final = ("active", "ended", "stopped")
_DECIDED: Final = (*_ACTED, "approved")


def cell_row(cell_id: str, at: datetime) -> dict[str, Any]:
    """Return a cell's row of the inventory on a day, with its site's code and who runs it.

    Raises:
        InputError: There is no such cell on that day.
    """
    day = business_date(at)
    asked = pa.table({"cell_id": [cell_id], "day": pa.array([day], pa.date32())})
    rows = query(_CELL, {"radio_cells": read("radio_cells"), "asked": asked}).to_pylist()
    if not rows:
        raise InputError(
            f"no cell {cell_id!r} stands in the inventory on {day}",
            hint="see `commonweal ingest radio_cells`",
        )
    sites = sites_of(day, site_ids=[rows[0]["site_id"]]).to_pylist()
    if not sites:
        raise InputError(f"nobody runs the site of cell {cell_id!r} on {day}")
    return {**rows[0], "site_code": sites[0]["site_code"], "node_id": sites[0]["node_id"]}


@dataclass(frozen=True, slots=True)
class Planned:
    """A cell in a plan.

    Attributes:
        plan: The plan's record.
        stored: What was planned.
        row: The sector's row of that day.
        mode: What the cell does in each slot of the whole plan. Shape (slot,).
        slot: The slot asked for, from the plan's first.
        asked_at: The instant asked for, in it.
    """

    plan: Plan
    stored: StoredPlan
    row: Mapping[str, Any]
    mode: Modes
    slot: int
    asked_at: datetime

    def at(self, slot: int) -> datetime:
        """Return the instant at which a slot begins."""
        return self.stored.start_at + timedelta(seconds=slot * self.stored.slot_s)

    @property
    def slot_of_day(self) -> int:
        """The slot asked for, from the day's first."""
        return self.slot % self.stored.slots_a_day

    @property
    def wanted(self) -> Mode:
        """What the plan wants of the cell in the slot; everything is on once it was stopped."""
        stopped_at = self.plan.closed_at if self.plan.state == "stopped" else None
        if stopped_at is not None and stopped_at <= self.asked_at:
            return Mode.ON
        return Mode(int(self.mode[self.slot]))

    @property
    def since(self) -> datetime:
        """The instant from which the cell is in its mode, within the plan."""
        first = self.slot
        while first and self.mode[first - 1] == self.mode[self.slot]:
            first -= 1
        return self.at(first)

    @property
    def until(self) -> datetime:
        """The instant at which its mode changes, or the plan ends."""
        last = self.slot
        while last < len(self.mode) and self.mode[last] == self.mode[self.slot]:
            last += 1
        return self.at(last)


def planned_of(cell_id: str, site_code: str, at: datetime) -> Planned | None:
    """Return what the plan that was acted on says of a cell, or the one that will be."""
    day = business_date(at)
    near = Plan.objects.filter(state__in=_DECIDED, plan_date__lte=day).select_related("node")
    rank = {state: number for number, state in enumerate(_DECIDED)}
    for plan in sorted(
        near.order_by("-plan_date", "-opened_at"), key=lambda each: rank[each.state]
    ):
        if plan.plan_date + timedelta(days=plan.days) <= day:
            continue
        stored = plan_read(plan.folder)
        of_cell = [
            row for row in stored.sectors(site=site_code).to_pylist() if cell_id in row["cell_ids"]
        ]
        today = [row for row in of_cell if row["day"] == day]
        if today:
            modes = [stored.modes_of(row)[row["cell_ids"].index(cell_id)] for row in of_cell]
            slot = (at - stored.start_at) // timedelta(seconds=stored.slot_s)
            return Planned(plan, stored, today[0], np.concatenate(modes), slot, at)
    return None


@dataclass(frozen=True, slots=True)
class Done:
    """What the journal says of a cell up to an instant; ``mode`` is None before anybody acted."""

    mode: int | None = None
    changed_at: datetime | None = None
    answer: str = ""
    woken_at: datetime | None = None
    woken_by: str = ""


def done_to(plan_code: str, cell_id: str, at: datetime) -> Done:
    """Return what was done to a cell up to an instant."""
    mode, changed_at, answer, woken_at, woken_by = None, None, "", None, ""
    for line in _lines_about(plan_code, cell_id):
        when = datetime.fromisoformat(line["at"])
        if when > at:
            break
        for each, value, told in line.get("answers", ()):
            if each == cell_id:
                changed_at = when if value != mode else changed_at
                mode, answer = value, told
        for each, reason in line.get("woken", ()):
            if each == cell_id:
                woken_at, woken_by = when, reason
    return Done(mode, changed_at, answer, woken_at, woken_by)


def _lines_about(plan_code: str, cell_id: str) -> Iterator[dict[str, Any]]:
    """Yield lines of a journal that name a cell; the others are not even parsed."""
    path = journal_path(plan_code)
    if not path.exists():
        return
    needle = json.dumps(cell_id, ensure_ascii=False).encode()
    with path.open("rb") as file:
        for line in file:
            if needle in line and line.endswith(b"\n"):
                yield json.loads(line)


def hold_of(cell_id: str, node_id: int, at: datetime) -> Hold | None:
    """Return the hold that kept a cell awake at an instant, the one that lasts longest."""
    lasting = Q(state="in_force") | Q(closed_at__gt=at)
    holds = Hold.objects.filter(lasting, from_at__lte=at, until_at__gt=at)
    for hold in (
        holds.filter(cell_id__in=["", cell_id]).select_related("node").order_by("-until_at")
    ):
        if hold.cell_id or node_id in subtree_ids(hold.node.code, business_date(at)):
            return hold
    return None


def people_of(plan: Plan) -> dict[str, str]:
    """Return who proposed, approved and activated a plan; a dash for nobody."""
    found = dict.fromkeys(("proposed", "approved", "activated"), "–")
    names = {
        "propose": "proposed",
        "approve": "approved",
        "activate": "activated",
        "activate_unmetered": "activated",
    }
    for event in record_history("energy_saving.plan", str(plan.pk)):
        if event.action in names:
            found[names[event.action]] = person_of(event.actor)
    return found

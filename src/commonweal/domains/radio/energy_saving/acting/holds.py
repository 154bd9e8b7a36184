"""What keeps cells awake in spite of a plan: guards that tripped, people, and the kill switch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from commonweal.domains.radio.energy_saving.models import Hold, holds_in_force
from commonweal.errors import InputError
from commonweal.kernel.org.models import Node
from commonweal.kernel.org.selectors import subtree_ids
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Context, Opening, records_act, records_open
from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from commonweal.domains.radio.energy_saving.acting.schedule import Schedule
    from commonweal.engines.radio.sectors import Bools
    from commonweal.kernel.accounts.scopes import Scope

KIND = "energy_saving.hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A hold to be opened; without a cell it holds all below the node."""

    node_id: int
    cell_id: str
    kind: str
    reason: str
    from_at: datetime
    until_at: datetime

    @property
    def values(self) -> dict[str, Any]:
        """The record's fields."""
        names = ("cell_id", "kind", "reason", "from_at", "until_at")
        return {name: getattr(self, name) for name in names}


def holds_open(asked: Sequence[Asked], *, scope: Scope, now: datetime) -> list[str]:
    """Open holds and return their codes; a cell that is held for the same kind already is not.

    Raises:
        InputError: A hold ends before it begins.
    """
    held = set(
        holds_in_force(now)
        .filter(cell_id__in=[each.cell_id for each in asked])
        .values_list("node_id", "cell_id", "kind")
    )
    fresh = [each for each in asked if (each.node_id, each.cell_id, each.kind) not in held]
    if not fresh:
        return []
    nodes = Node.objects.in_bulk({each.node_id for each in fresh})
    if lost := [each.node_id for each in fresh if each.node_id not in nodes]:
        raise InputError(f"there is no organisation node {lost[0]}")
    openings = [Opening(node=nodes[each.node_id], values=each.values) for each in fresh]
    opened = records_open(record_type(KIND), openings, scope=scope, now=now)
    return [each.code for each in opened]


def holds_lift(holds: Iterable[Hold], *, scope: Scope, now: datetime, reason: str) -> list[str]:
    """Lift holds, and return their codes."""
    found = list(holds)
    context = Context(scope, now, reason)
    records_act(record_type(KIND), [each.pk for each in found], "lift", context=context)
    return [each.code for each in found]


def holds_expire(*, scope: Scope, now: datetime) -> list[str]:
    """End the holds whose time is over, and return their codes."""
    over = list(Hold.objects.filter(state="in_force", until_at__lte=now))
    if over:
        context = Context(scope, now)
        records_act(record_type(KIND), [each.pk for each in over], "expire", context=context)
    return [each.code for each in over]


def held_cells(schedule: Schedule, at: datetime) -> Bools:
    """Return which cells of a schedule are held at an instant; two queries at most for all."""
    held = np.zeros(len(schedule.cells), np.bool_)
    for node_id, node_code, cell_id in holds_in_force(at).values_list(
        "node_id", "node__code", "cell_id"
    ):
        if cell_id:
            place = schedule.place.get(cell_id)
            if place is not None:
                held[place] = True
            continue
        below = subtree_ids(node_code, business_date(at))
        held |= np.isin(schedule.node_id, [node_id, *below])
    return held

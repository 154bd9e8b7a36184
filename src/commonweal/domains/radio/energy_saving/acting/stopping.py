"""The kill switch: a plan for good, or everything below a node for some hours."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from commonweal.domains.radio.energy_saving.acting.holds import KIND
from commonweal.domains.radio.energy_saving.acting.past import cell_row
from commonweal.domains.radio.energy_saving.acting.running import plan_get
from commonweal.errors import InputError
from commonweal.kernel.org.models import Node
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_open

if TYPE_CHECKING:
    from datetime import datetime

    from commonweal.kernel.accounts.scopes import Scope


def plan_stop(code: str, *, scope: Scope, now: datetime, reason: str) -> str:
    """Stop a plan for good; a reviewer may, and so may who runs the programme.

    Raises:
        RefusedError: It is not approved or active, or the scope has neither role.
    """
    plan = plan_get(code)
    is_manager = scope.holds("programme_manager", plan.node_id)
    action = "stop" if is_manager else "halt"
    record_act(plan, action, scope=scope, now=now, comment=reason)
    return plan.code


def hold_open(
    *,
    node: str,
    cell_id: str,
    kind: str,
    reason: str,
    hours: float,
    scope: Scope,
    now: datetime,
) -> str:
    """Hold one cell, or everything below a node, and return the hold's code.

    Raises:
        InputError: Neither is named, the cell does not stand, or the hours are not positive.
    """
    if hours <= 0:
        raise InputError(f"hours={hours}: a hold lasts some time", hint="give a positive number")
    if bool(node) == bool(cell_id):
        raise InputError(
            "name a node or a cell, and not both",
            hint="as --node GD, or --cell S-GD-000001-1-n78",
        )
    at = Node.objects.get(pk=cell_row(cell_id, now)["node_id"]).code if cell_id else node
    values = {
        "cell_id": cell_id,
        "kind": kind,
        "reason": reason,
        "from_at": now,
        "until_at": now + timedelta(hours=hours),
    }
    return record_open(record_type(KIND), node=at, values=values, scope=scope, now=now).code

"""The record of a stored plan: what people propose, approve and activate."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from commonweal.domains.radio.energy_saving.models import Plan
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_open

if TYPE_CHECKING:
    from datetime import datetime

    from commonweal.domains.radio.energy_saving.planning.store import StoredPlan
    from commonweal.kernel.accounts.scopes import Scope

KIND: Final = "energy_saving.plan"


def plan_open(stored: StoredPlan, *, scope: Scope, now: datetime) -> Plan:
    """Open the record of a stored plan as a draft; a plan has one record.

    Raises:
        RoleError: The scope may not open plans at the plan's node.
    """
    if before := Plan.objects.filter(folder=stored.code).first():
        return before
    totals = stored.document["totals"]
    values = {
        "plan_date": stored.first_date,
        "days": stored.days,
        "quantile": Decimal(str(stored.document["policy"]["quantile"])),
        "n_sites": totals["n_sites"],
        "n_sectors": totals["n_sectors"],
        "expected_kwh": _decimal(totals["expected_kwh"], 3),
        "all_on_kwh": _decimal(totals["all_on_kwh"], 3),
        "gap_share": _decimal(totals["gap_share"] or 0, 6),
        "unserved_share": _decimal(totals["unserved_share"] or 0, 6),
        "folder": stored.code,
        "plan_sha256": stored.sha256,
        "holdout_share": Decimal(str(stored.document["policy"]["holdout_share"])),
    }
    node = stored.document["node"]
    record_open(record_type(KIND), node=node, values=values, scope=scope, now=now)
    return Plan.objects.get(folder=stored.code)


def _decimal(value: float, decimals: int) -> Decimal:
    return round(Decimal(value), decimals)

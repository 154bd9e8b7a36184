"""Green power as activity data: what was claimed, by unit and month, as known at an instant.

A claim counts from its approval until it is withdrawn; the event log knows both, so figures as
known before a withdrawal still hold it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.domains.carbon.green_power.models import OWN, Batch
from commonweal.kernel.compute.activities import Activities, activity_source
from commonweal.kernel.compute.spans import cut_to_months
from commonweal.kernel.programmes.asof import head_at, known_rows
from commonweal.kernel.programmes.registry import record_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.kernel.compute.activities import ActivityRequest

_FIELDS: Final = ("id", "batch", "use_from", "use_until", "energy_mwh", "regional_rule")
_CARRIERS: Final = ("electricity", "electricity_pv_own")
_KWH_PER_MWH: Final = 1000.0


@activity_source("green_power")
def green_power(request: ActivityRequest) -> Sequence[Activities]:
    """Return electricity that was claimed as green by node and month, kWh.

    Power of plants of one's own is a carrier apart: it never was among what came from the grid, so
    it covers nothing of that.
    """
    return [_claimed(request, rule="")]


@activity_source("green_power_beijing")
def green_power_beijing(request: ActivityRequest) -> Sequence[Activities]:
    """Return the part of it that the carbon market of Beijing counts as zero, kWh."""
    return [_claimed(request, rule="CN-BJ")]


def _claimed(request: ActivityRequest, *, rule: str) -> Activities:
    head = head_at(request.as_of)
    rows = known_rows(record_type("green_power.claim"), _FIELDS, head)
    rows = rows.filter(pc.equal(rows["state"], "claimed"))
    if rule:
        rows = rows.filter(pc.equal(rows["regional_rule"], rule))
    rows = rows.filter(pa.array(request.asks_for(rows["node_id"].to_numpy()))).sort_by("id")
    rows = rows.rename_columns({"use_from": "start_date", "use_until": "end_date"})
    cut = cut_to_months(rows, request, "id")
    energy_kwh = rows["energy_mwh"].cast(pa.float64()).to_numpy() * _KWH_PER_MWH
    quantity = energy_kwh[cut.span] * cut.share
    is_own = pc.is_in(
        pc.replace_substring(rows["batch"], "-", ""), pa.array(_own_batches(), pa.string())
    )
    return Activities(
        subject="node",
        subject_id=rows["node_id"].to_numpy().astype(np.int64)[cut.span],
        month=cut.month,
        carriers=_CARRIERS,
        carrier=np.asarray(is_own).astype(np.int64)[cut.span],
        quantity=quantity,
        estimated=np.zeros(len(quantity)),
        inputs={"events": (str(head),)},
    )


def _own_batches() -> pa.Array:
    """Return batches of plants of one's own, as 32 digits; a contract keeps its kind."""
    found = Batch.objects.filter(contract__kind=OWN).values_list("pk", flat=True)
    return pa.array([pk.hex for pk in found], pa.string())

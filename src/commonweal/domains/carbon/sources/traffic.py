"""Information traffic by node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonweal.kernel.compute.activities import Activities
from commonweal.kernel.compute.spans import cut_to_months, span_rows

if TYPE_CHECKING:
    from commonweal.kernel.compute.activities import ActivityRequest


def information_traffic(request: ActivityRequest) -> Activities:
    """Return traffic in TB, spread over the days it was counted."""
    rows, hashes = span_rows("traffic", "node_id, traffic_tb", request)
    row, month, share = cut_to_months(rows, request)
    node_id = rows["node_id"].to_numpy().astype(np.int64)[row]
    asked = request.asks_for(node_id)
    quantity = (rows["traffic_tb"].to_numpy()[row] * share)[asked]
    return Activities(
        subject="node",
        subject_id=node_id[asked],
        month=month[asked],
        carriers=("traffic",),
        carrier=np.zeros(len(quantity), np.int64),
        quantity=quantity,
        estimated=np.zeros(len(quantity)),
        inputs={"traffic": hashes},
    )

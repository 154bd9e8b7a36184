"""Information traffic by node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from commonweal.kernel.compute.activities import Activities
from commonweal.kernel.compute.spans import cut_to_months, overlaps, span_rows

if TYPE_CHECKING:
    from commonweal.kernel.compute.activities import ActivityRequest


def information_traffic(request: ActivityRequest) -> Activities:
    """Return traffic in TB, spread over the days it was counted; each day counts once."""
    rows, hashes = span_rows("traffic", "node_id, traffic_tb", request)
    rows = rows.filter(pa.array(request.asks_for(rows["node_id"].to_numpy())))
    cut = cut_to_months(rows, request, "node_id")
    node_id = rows["node_id"].to_numpy().astype(np.int64)[cut.span]
    part = rows["traffic_tb"].to_numpy()[cut.span] * cut.share
    quantity = part * cut.once
    return Activities(
        subject="node",
        subject_id=node_id,
        month=cut.month,
        carriers=("traffic",),
        carrier=np.zeros(len(quantity), np.int64),
        quantity=quantity,
        estimated=np.where(cut.once < 1, quantity, 0.0),
        inputs={"traffic": hashes},
        findings=overlaps("node", "traffic_overlap", node_id, cut, part),
    )

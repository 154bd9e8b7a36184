"""Declared values as activity data: each indicator that takes submissions is its own carrier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonweal.catalogue import catalogue
from commonweal.kernel.compute.activities import Activities, activity_source
from commonweal.kernel.compute.spans import cut_to_months, span_rows
from commonweal.units import conversion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.kernel.compute.activities import ActivityRequest


@activity_source("submissions")
def submissions(request: ActivityRequest) -> Sequence[Activities]:
    """Return declared values in their indicator's unit, spread over months by days."""
    rows, hashes = span_rows("submissions", "node_id, indicator, value, unit", request)
    node_id = rows["node_id"].to_numpy().astype(np.int64)
    names = rows["indicator"].to_pylist()
    carriers = tuple(sorted(set(names)))
    scale = {
        (name, unit): float(conversion(unit, catalogue().indicators[name].unit))
        for name, unit in set(zip(names, rows["unit"].to_pylist(), strict=True))
    }
    scales = np.array([scale[p] for p in zip(names, rows["unit"].to_pylist(), strict=True)])
    index = np.array([carriers.index(name) for name in names], dtype=np.int64)
    row, month, share = cut_to_months(rows, request)
    quantity = (rows["value"].to_numpy() * scales)[row] * share
    asked = request.asks_for(node_id[row])
    return [
        Activities(
            "node",
            node_id[row][asked],
            month[asked],
            carriers,
            index[row][asked],
            quantity[asked],
            np.zeros(int(asked.sum())),
            {"submissions": hashes},
        )
    ]

"""Declared values as activity data: each indicator that takes submissions is its own carrier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from commonweal.catalogue import catalogue
from commonweal.kernel.compute.activities import Activities, Findings, activity_source
from commonweal.kernel.compute.spans import cut_to_months, span_rows
from commonweal.units import conversion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.kernel.compute.activities import ActivityRequest


@activity_source("submissions")
def submissions(request: ActivityRequest) -> Sequence[Activities]:
    """Return declared values in their indicator's unit, spread over months by days.

    Where two declared spans cover a day, the day counts once, at the mean of what they say.
    """
    rows, hashes = span_rows("submissions", "node_id, indicator, value, unit", request)
    rows = rows.filter(pa.array(request.asks_for(rows["node_id"].to_numpy())))
    pairs = list(zip(rows["indicator"].to_pylist(), rows["unit"].to_pylist(), strict=True))
    known = catalogue().indicators
    scale = {(name, unit): float(conversion(unit, known[name].unit)) for name, unit in set(pairs)}
    carriers = tuple(sorted({name for name, _ in pairs}))
    place = {name: i for i, name in enumerate(carriers)}
    declared = rows["value"].to_numpy() * np.array([scale[pair] for pair in pairs])

    cut = cut_to_months(rows, request, "node_id", "indicator")
    node_id = rows["node_id"].to_numpy().astype(np.int64)[cut.span]
    carrier = np.array([place[name] for name, _ in pairs], dtype=np.int64)[cut.span]
    part = declared[cut.span] * cut.share
    quantity = part * cut.once
    findings = Findings()
    for name, i in place.items():
        of = (carrier == i) & (cut.once < 1)
        rule = f"declared_overlap {name}"
        findings += Findings.of("node", rule, node_id[of], cut.month[of], part[of])
    return [
        Activities(
            "node",
            node_id,
            cut.month,
            carriers,
            carrier,
            quantity,
            np.where(cut.once < 1, quantity, 0.0),
            {"submissions": hashes},
            findings,
        )
    ]

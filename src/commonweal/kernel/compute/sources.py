"""Declared values as activity data: each indicator that takes submissions is its own carrier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from commonweal.catalogue import catalogue
from commonweal.kernel.compute.activities import Activities, Findings, activity_source
from commonweal.kernel.compute.spans import cut_to_months, span_rows
from commonweal.units import conversion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.kernel.compute.activities import ActivityRequest

_DAYS: Final = ("start_date", "end_date")


@activity_source("submissions")
def submissions(request: ActivityRequest) -> Sequence[Activities]:
    """Return declared values in their indicator's unit: flows spread over months by days.

    A stock, of which a year takes the last value, is what stands at the end of its span: all of it
    counts in the span's last month, and nothing in those before. Where two declared spans cover a
    day, the day counts once, at the mean of what they say.
    """
    rows, hashes = span_rows("submissions", "node_id, indicator, value, unit", request)
    rows = rows.filter(pa.array(request.asks_for(rows["node_id"].to_numpy())))
    rows = _stocks_at_end(rows)
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


def _stocks_at_end(rows: pa.Table) -> pa.Table:
    """Let the span of a stock begin no earlier than the month in which it ends."""
    known = catalogue().indicators
    is_stock = np.array(
        [known[name].rollup.over_time == "last" for name in rows["indicator"].to_pylist()], np.bool_
    )
    start, end = (rows[name].to_numpy().astype("datetime64[D]") for name in _DAYS)
    last_month = (end - np.timedelta64(1, "D")).astype("datetime64[M]").astype("datetime64[D]")
    begin = np.where(is_stock, np.maximum(start, last_month), start)
    place = rows.column_names.index("start_date")
    return rows.set_column(place, "start_date", pa.array(begin, pa.date32()))

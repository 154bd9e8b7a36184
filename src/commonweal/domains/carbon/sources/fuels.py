"""Fuels and heat by site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from commonweal.catalogue import catalogue
from commonweal.kernel.compute.activities import Activities, Findings
from commonweal.kernel.compute.spans import cut_to_months, overlaps, span_rows
from commonweal.units import conversion

if TYPE_CHECKING:
    from commonweal.kernel.compute.activities import ActivityRequest


def fuel_use(request: ActivityRequest) -> Activities:
    """Return deliveries in their carrier's unit, spread over the days they cover.

    Two deliveries may serve the same days, so spans that overlap all count, and are listed.
    """
    rows, hashes = span_rows("fuel_use", "site_id, carrier, quantity, unit", request)
    rows = rows.filter(pa.array(request.asks_for(rows["site_id"].to_numpy())))
    pairs = list(zip(rows["carrier"].to_pylist(), rows["unit"].to_pylist(), strict=True))
    known = catalogue().carriers
    scale = {(c, unit): float(conversion(unit, known[c].unit)) for c, unit in set(pairs)}
    carriers = tuple(sorted({carrier for carrier, _ in pairs}))
    index = np.array([carriers.index(carrier) for carrier, _ in pairs], dtype=np.int64)
    quantity = rows["quantity"].to_numpy() * np.array([scale[pair] for pair in pairs])
    cut = cut_to_months(rows, request, "site_id", "carrier")
    site_id = rows["site_id"].to_numpy().astype(np.int64)[cut.span]
    part = quantity[cut.span] * cut.share
    return Activities(
        subject="site",
        subject_id=site_id,
        month=cut.month,
        carriers=carriers,
        carrier=index[cut.span],
        quantity=part,
        estimated=np.zeros(len(part)),
        inputs={"fuel_use": hashes},
        findings=overlaps("site", "fuel_overlap", site_id, cut, part),
    )


def told_twice(used: Activities, stocked: Activities) -> Findings:
    """List fuel of a site and month told by its use and by purchases or stock: both count."""
    keys = [
        list(
            zip(
                each.subject_id.tolist(),
                each.month.tolist(),
                (each.carriers[i] for i in each.carrier.tolist()),
                strict=True,
            )
        )
        for each in (used, stocked)
    ]
    beside = {key for key, kg in zip(keys[1], stocked.quantity.tolist(), strict=True) if kg > 0}
    hit = np.array([key in beside for key in keys[0]], np.bool_) & (used.quantity > 0)
    site, month = used.subject_id[hit], used.month[hit]
    return Findings.of("site", "fuel_told_twice", site, month, used.quantity[hit])

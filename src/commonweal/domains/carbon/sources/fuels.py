"""Fuels and heat by site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from commonweal.catalogue import catalogue
from commonweal.kernel.compute.activities import Activities
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

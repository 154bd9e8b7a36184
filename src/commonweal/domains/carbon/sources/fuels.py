"""Fuels and heat by site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonweal.catalogue import catalogue
from commonweal.kernel.compute.activities import Activities
from commonweal.kernel.compute.spans import cut_to_months, span_rows
from commonweal.units import conversion

if TYPE_CHECKING:
    from commonweal.kernel.compute.activities import ActivityRequest


def fuel_use(request: ActivityRequest) -> Activities:
    """Return deliveries in their carrier's unit, spread over the days they cover."""
    rows, hashes = span_rows("fuel_use", "site_id, carrier, quantity, unit", request)
    pairs = list(zip(rows["carrier"].to_pylist(), rows["unit"].to_pylist(), strict=True))
    known = catalogue().carriers
    scale = {(c, unit): float(conversion(unit, known[c].unit)) for c, unit in set(pairs)}
    carriers = tuple(sorted({carrier for carrier, _ in pairs}))
    index = np.array([carriers.index(carrier) for carrier, _ in pairs], dtype=np.int64)
    quantity = rows["quantity"].to_numpy() * np.array([scale[pair] for pair in pairs])
    row, month, share = cut_to_months(rows, request)
    site_id = rows["site_id"].to_numpy().astype(np.int64)[row]
    asked = request.asks_for(site_id)
    return Activities(
        subject="site",
        subject_id=site_id[asked],
        month=month[asked],
        carriers=carriers,
        carrier=index[row][asked],
        quantity=(quantity[row] * share)[asked],
        estimated=np.zeros(int(asked.sum())),
        inputs={"fuel_use": hashes},
    )

"""Virtual meters: the use of one meter as a sum over others, month by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonweal.engines.metering import MONTHS_PER_KEY, meter_month_key
from commonweal.kernel.compute.activities import Findings

if TYPE_CHECKING:
    from commonweal.domains.carbon.sources.electricity import MeteredUse
    from commonweal.domains.carbon.sources.meters import Floats, Ints
    from commonweal.kernel.compute.activities import ActivityRequest
    from commonweal.kernel.org.selectors import Arrangements


def virtual_use(
    use: MeteredUse, request: ActivityRequest, found: Arrangements
) -> tuple[Ints, Ints, Floats, Floats, Findings]:
    """Return (meter position, month, quantity, estimated) of virtual meters, and what was noticed.

    A part without data counts nothing where it was not installed in the month; else the virtual
    meter has no data either, and a finding says so.
    """
    n_months = len(request.months)
    named = {m for each in found.virtual for m in (each.meter_id, *each.terms)}
    ids = np.array(sorted(named & set(use.meters.meter_id.tolist())), np.int64)
    position = np.searchsorted(use.meters.meter_id, ids)
    value, rough = _known(use, position, request)
    place = {int(meter): i for i, meter in enumerate(ids)}
    month = request.first_month + np.arange(n_months)
    absent = use.meters.served_share(
        np.repeat(position, n_months), np.tile(month, len(ids))
    ).reshape(len(ids), n_months)
    value = np.where(np.isnan(value) & (absent == 0), 0.0, value)
    hit = np.zeros(value.shape, np.bool_)
    for each in found.virtual:
        if each.meter_id not in place:
            continue
        i, span = place[each.meter_id], slice(each.first, min(each.last, n_months))
        parts = [(place[meter], factor) for meter, factor in each.terms.items()]
        value[i, span] = sum(factor * value[p, span] for p, factor in parts)
        rough[i, span] = sum(abs(factor) * rough[p, span] for p, factor in parts)
        hit[i, span] = True
    row, column = np.nonzero(hit & ~np.isnan(value))
    lost, lost_month = np.nonzero(hit & np.isnan(value))
    below, below_month = np.nonzero(hit & (value < 0))
    findings = Findings.of(
        "meter", "virtual_incomplete", ids[lost], month[lost_month], np.full(len(lost), np.nan)
    ) + Findings.of(
        "meter", "virtual_negative", ids[below], month[below_month], value[below, below_month]
    )
    return position[row], month[column], value[row, column], rough[row, column], findings


def _known(use: MeteredUse, position: Ints, request: ActivityRequest) -> tuple[Floats, Floats]:
    """Return quantity and estimated part of some meters, shape (meter, month); NaN without data."""
    key = meter_month_key(use.meter, use.month)
    value = np.full((len(position), len(request.months)), np.nan)
    rough = np.zeros(value.shape)
    for i, at in enumerate(position.tolist()):
        first = at * MONTHS_PER_KEY
        rows = slice(*np.searchsorted(key, [first, first + MONTHS_PER_KEY]))
        value[i, use.month[rows] - request.first_month] = use.quantity[rows]
        rough[i, use.month[rows] - request.first_month] = use.estimated[rows]
    return value, rough

"""Use from electricity bills: judge each, then cut it to months by days."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from commonweal.catalogue import catalogue
from commonweal.domains.carbon.sources.meters import month_numbers
from commonweal.engines.metering import meter_month_key
from commonweal.engines.metering.bills import BillQuality, billed_use
from commonweal.errors import InputError
from commonweal.kernel.compute.activities import Findings
from commonweal.kernel.compute.spans import cut_to_months, days, overlaps, span_rows
from commonweal.units import conversion

if TYPE_CHECKING:
    from commonweal.domains.carbon.sources.meters import Floats, Ints, Meters
    from commonweal.kernel.compute.activities import ActivityRequest


@dataclass(frozen=True, slots=True)
class BilledMonths:
    """Use by meter and month (``key``, rising) from bills; shape (row,)."""

    key: Ints
    quantity: Floats
    estimated: Floats
    covered_share: Floats  # of the month, by bills that could be used
    hashes: tuple[str, ...]
    findings: Findings

    def among(self, meters: range) -> BilledMonths:
        """Return the rows of some meters; what was noticed is not theirs alone and left out."""
        edges = meter_month_key(np.array([meters.start, meters.stop]), np.zeros(2, np.int64))
        rows = slice(*np.searchsorted(self.key, edges))
        return BilledMonths(
            self.key[rows],
            self.quantity[rows],
            self.estimated[rows],
            self.covered_share[rows],
            self.hashes,
            Findings(),
        )


def use_by_bills(request: ActivityRequest, meters: Meters) -> BilledMonths:
    """Return what the bills support, in the carriers' units, and what was noticed about them.

    Where two bills of a meter cover a day, the day counts once, at the mean of what they say.
    """
    columns = "meter_id, register_start, register_end, quantity_kwh"
    rows, hashes = span_rows("electricity_bills", columns, request, whole_years=True)
    rows = meters.only_known(rows)
    rows = rows.filter(pa.array(~np.isnan(_per_kwh(meters)[meters.index(rows["meter_id"])])))
    meter = meters.index(rows["meter_id"])
    amount = rows["quantity_kwh"].to_numpy() * _per_kwh(meters)[meter]
    hours = np.asarray(days(rows, "end_date") - days(rows, "start_date"), np.float64) * 24
    start, end = (rows[n].to_numpy() for n in ("register_start", "register_end"))
    began = month_numbers(rows["start_date"])
    _, peers = np.unique(meter_month_key(meter, began // 12), return_inverse=True)
    judged = billed_use(meter, peers, hours, amount, start, end, meters.rules)

    usable = ~np.isnan(judged.quantity)
    cut = cut_to_months(rows.filter(pa.array(usable)), request, "meter_id")
    row = np.flatnonzero(usable)[cut.span]
    part = judged.quantity[row] * cut.share
    once = part * cut.once
    key, first, place = np.unique(
        meter_month_key(meter[row], cut.month), return_index=True, return_inverse=True
    )
    is_rough = judged.is_estimated[row] | (cut.once < 1)
    return BilledMonths(
        key,
        _added(once, place, len(key)),
        _added(once * is_rough, place, len(key)),
        cut.covered_share[first],
        hashes,
        meters.findings(
            "bill",
            BillQuality,
            flags=judged.flags,
            meter=meter,
            month=began,
            quantity=amount,
        )
        + overlaps("meter", "bill_overlap", meters.meter_id[meter[row]], cut, part),
    )


def _per_kwh(meters: Meters) -> Floats:
    """Return what a kWh billed is in each meter's carrier unit; NaN where it is no energy.

    A bill in kWh of a gas meter in m3 says nothing without a calorific value: its row is left out.
    """
    known = catalogue().carriers
    carriers, index = np.unique(meters.carrier, return_inverse=True)
    scale = np.full(len(carriers), np.nan)
    for i, carrier in enumerate(carriers.tolist()):
        with suppress(InputError):
            scale[i] = float(conversion("kWh", known[carrier].unit))
    return np.asarray(scale[index])


def billed_as_told(request: ActivityRequest, meters: Meters) -> tuple[Ints, Floats, Floats]:
    """Return (key, kWh, covered share) by meter and month as the bills say it, unjudged."""
    rows, _ = span_rows("electricity_bills", "meter_id, quantity_kwh", request)
    rows = meters.only_known(rows)
    cut = cut_to_months(rows, request, "meter_id")
    meter = meters.index(rows["meter_id"])[cut.span]
    part = rows["quantity_kwh"].to_numpy()[cut.span] * cut.share * cut.once
    key, first, place = np.unique(
        meter_month_key(meter, cut.month), return_index=True, return_inverse=True
    )
    return key, _added(part, place, len(key)), cut.covered_share[first]


def _added(part: Floats, place: Ints, n: int) -> Floats:
    return np.bincount(place, part, minlength=n).astype(np.float64)

"""Electricity by meter and month, from the strongest evidence there is.

Readings count where they cover nearly all of the days that the meter served in a month, the rest
of those filled at the month's own rate; else the bills or the readings count, whichever cover more
of it. What was filled counts as estimated; what nothing covers counts nothing and is listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.domains.carbon.sources.bills import use_by_bills
from commonweal.domains.carbon.sources.meters import meters_asked
from commonweal.domains.carbon.sources.readings import use_by_readings
from commonweal.engines.metering import (
    MONTHS_PER_KEY,
    Quality,
    blocks,
    is_member,
    looked_up,
    meter_month_key,
)
from commonweal.kernel.compute.activities import Activities, Findings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from commonweal.domains.carbon.sources.bills import BilledMonths
    from commonweal.domains.carbon.sources.meters import Floats, Ints, Meters
    from commonweal.engines.metering import Consumption
    from commonweal.kernel.compute.activities import ActivityRequest

ENOUGH_COVERED_SHARE: Final = 0.9
_NO_TIME_SHARE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class MeteredUse:
    """Use by meter and month, in the carrier's unit; shape (row,), sorted by meter, then month."""

    meters: Meters
    meter: Ints  # position in ``meters``
    month: Ints
    quantity: Floats
    estimated: Floats
    is_read: NDArray[np.bool_]  # from readings; else from bills
    inputs: Mapping[str, tuple[str, ...]]
    findings: Findings

    def activities(self) -> Activities:
        """Return the same by site and carrier."""
        carriers, carrier = np.unique(self.meters.carrier, return_inverse=True)
        return Activities(
            subject="site",
            subject_id=self.meters.site_id[self.meter],
            month=self.month,
            carriers=tuple(str(c) for c in carriers),
            carrier=carrier.astype(np.int64)[self.meter],
            quantity=self.quantity,
            estimated=self.estimated,
            inputs=self.inputs,
            findings=self.findings,
        )


def metered_use(request: ActivityRequest) -> MeteredUse:
    """Return every asked meter's use by month; a block of meters is settled at a time."""
    meters = meters_asked(request)
    among = blocks(len(meters.meter_id))
    read, read_hashes = use_by_readings(request, meters, among)
    billed = use_by_bills(request, meters)
    parts = [
        _strongest(meters, request, block, use, billed.among(block))
        for block, use in zip(among, read, strict=True)
    ]
    columns = ("meter", "month", "quantity", "estimated", "is_read")
    return MeteredUse(
        meters=meters,
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in columns},
        inputs={"meter_readings": read_hashes, "electricity_bills": billed.hashes},
        findings=Findings.joined([billed.findings, *(part.findings for part in parts)]),
    )


def _strongest(
    meters: Meters, request: ActivityRequest, block: range, read: Consumption, billed: BilledMonths
) -> MeteredUse:
    """Return the use of some meters from the strongest evidence of each month."""
    read_key = meter_month_key(read.meter, read.month)
    served = meters.served_share(read.meter, read.month)
    covered = read.covered_share
    is_enough = (covered > 0) & (covered >= ENOUGH_COVERED_SHARE * served)
    taken = is_enough | (covered >= looked_up(billed.key, billed.covered_share, read_key))
    missing = np.where(is_enough, served / np.maximum(covered, 1e-9), 1.0)
    missing[missing < 1 + _NO_TIME_SHARE] = 1.0  # rounding of instants is no gap
    filled = read.quantity * missing
    rough = filled - read.quantity + read.interpolated
    needed = ~is_member(read_key[taken], billed.key)

    key = np.concatenate([read_key[taken], billed.key[needed]])
    order = np.argsort(key, kind="stable")
    return MeteredUse(
        meters=meters,
        meter=(key // MONTHS_PER_KEY)[order],
        month=(key % MONTHS_PER_KEY)[order],
        quantity=np.concatenate([filled[taken], billed.quantity[needed]])[order],
        estimated=np.concatenate([rough[taken], billed.estimated[needed]])[order],
        is_read=(np.arange(len(key)) < int(taken.sum()))[order],
        inputs={},
        findings=Findings.joined(
            [
                _noticed(meters, read, taken & ~is_enough),
                _bills_too_short(meters, billed, needed),
                _out_of_service(meters, read, served),
                _without_data(meters, request, block, key[order]),
            ]
        ),
    )


def _noticed(meters: Meters, read: Consumption, is_incomplete: NDArray[np.bool_]) -> Findings:
    """List what was noticed; a month that ends early matters only where nothing else covers it."""
    flags = read.flags & ~np.uint8(Quality.PARTIAL)
    flags[is_incomplete] |= np.uint8(Quality.PARTIAL)
    return meters.findings(
        "reading", Quality, flags=flags, meter=read.meter, month=read.month, quantity=read.quantity
    )


def _bills_too_short(meters: Meters, billed: BilledMonths, needed: NDArray[np.bool_]) -> Findings:
    """List months that only bills tell of, and bills cover too little of."""
    meter, month = billed.key // MONTHS_PER_KEY, billed.key % MONTHS_PER_KEY
    enough = ENOUGH_COVERED_SHARE * meters.served_share(meter, month)
    hit = needed & (billed.covered_share < enough)
    return Findings.of(
        "meter", "bill_partial", meters.meter_id[meter[hit]], month[hit], billed.quantity[hit]
    )


def _out_of_service(meters: Meters, read: Consumption, served: Floats) -> Findings:
    """List use in months in which the meter was not installed; its successor may count it too."""
    hit = (served == 0) & (read.quantity > 0)
    meter = meters.meter_id[read.meter[hit]]
    return Findings.of(
        "meter", "reading_out_of_service", meter, read.month[hit], read.quantity[hit]
    )


def _without_data(meters: Meters, request: ActivityRequest, block: range, key: Ints) -> Findings:
    """List months in which a meter served and nothing is known of it; they count nothing."""
    position, month = meters.in_service(request.first_month, len(request.months), block)
    missing = ~is_member(key, meter_month_key(position, month))
    position, month = position[missing], month[missing]
    none = np.full(len(position), np.nan)
    return Findings.of("meter", "meter_no_data", meters.meter_id[position], month, none)

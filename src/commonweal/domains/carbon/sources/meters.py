"""The register of meters as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.catalogue import catalogue
from commonweal.engines.metering import MeterRules, is_member
from commonweal.kernel.compute.activities import Findings
from commonweal.kernel.org.selectors import meters_known, replacements
from commonweal.periods import business_date, business_midnight
from commonweal.units import conversion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from enum import IntFlag

    from numpy.typing import NDArray

    from commonweal.kernel.compute.activities import ActivityRequest

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Meters:
    """Meters in order of id; arrays of shape (meter,)."""

    meter_id: Ints
    site_id: Ints
    carrier: NDArray[np.str_]
    installed_day: Floats  # days since 1970; a part of one where it was replaced within a day
    removed_day: Floats
    rules: MeterRules  # in the carriers' units, whatever the registers' units are

    def index(self, column: pa.ChunkedArray) -> Ints:
        """Return the positions of a column of ids, all of which are registered."""
        return np.searchsorted(self.meter_id, np.asarray(column)).astype(np.int64)

    def only_known(self, rows: pa.Table) -> pa.Table:
        """Drop rows of meters that were not asked for."""
        return rows.filter(pa.array(is_member(self.meter_id, rows["meter_id"].to_numpy())))

    def asked(self, positions: Ints) -> pa.Table:
        """Return ids of some meters as a relation that a query may join."""
        return pa.table({"meter_id": pa.array(self.meter_id[positions], pa.int32())})

    def in_service(self, first_month: int, n_months: int, among: range) -> tuple[Ints, Ints]:
        """Return (position, month) of each of some meters in every whole month that it served."""
        month = first_month + np.arange(n_months)
        start, end = first_day(month), first_day(month + 1)
        block = slice(among.start, among.stop)
        serves = self.installed_day[block, None] <= start
        serves &= end <= self.removed_day[block, None]
        position, at = np.nonzero(serves)
        return position + among.start, month[at]

    def served_share(self, position: Ints, month: Ints) -> Floats:
        """Return the part of a month for which a meter was installed, shape (row,)."""
        start, end = first_day(month), first_day(month + 1)
        n_days = np.minimum(end, self.removed_day[position]) - np.maximum(
            start, self.installed_day[position]
        )
        return np.asarray(n_days.clip(0) / (end - start))

    def findings(
        self,
        prefix: str,
        kinds: Iterable[IntFlag],
        *,
        flags: NDArray[np.uint8],
        meter: Ints,
        month: Ints,
        quantity: Floats,
    ) -> Findings:
        """Return a finding for each flag that is set."""
        found = Findings()
        for kind in kinds:
            hit = (flags & np.uint8(kind)) != 0
            rule = f"{prefix}_{kind.name}".lower()
            found += Findings.of(
                "meter", rule, self.meter_id[meter[hit]], month[hit], quantity[hit]
            )
        return found


def meters_asked(request: ActivityRequest) -> Meters:
    """Return the meters asked for: all, or those of some sites, or of some carriers.

    What becomes of electricity are carriers of their own, named after it.
    """
    carriers = sorted({name.split("_")[0] for name in request.carriers} | {*request.carriers})
    table = meters_known(request.as_of, carriers)
    table = table.filter(pa.array(request.asks_for(table["site_id"].to_numpy())))
    if carriers:
        table = table.filter(pc.is_in(table["carrier"], pa.array(carriers)))
    table = table.sort_by("meter_id")
    carrier = np.array(table["carrier"].to_pylist(), dtype=np.str_)
    scale = _scales(table)
    meter_id = table["meter_id"].to_numpy().astype(np.int64)
    installed = day_numbers(table["installed_date"].fill_null(date.min)).astype(np.float64)
    removed = day_numbers(table["removed_date"].fill_null(date.max)).astype(np.float64)
    for days, instants in zip((installed, removed), replacements(request.as_of), strict=True):
        _at_instants(days, meter_id, instants)
    return Meters(
        meter_id,
        table["site_id"].to_numpy().astype(np.int64),
        carrier,
        installed,
        removed,
        MeterRules(
            table["rollover_at"].to_numpy(),
            table["multiplier"].to_numpy() * scale,
            table["max_rate_per_h"].to_numpy() * scale,
        ),
    )


def _at_instants(days: Floats, meter_id: Ints, instants: Mapping[int, datetime]) -> None:
    """Let meters that were replaced begin or end at the instant, not at the day's start."""
    ids = np.array(sorted(instants), np.int64)
    known = ids[is_member(meter_id, ids)]
    for meter in known.tolist():
        instant = instants[meter]
        local = business_date(instant)
        passed = (instant - business_midnight(local)) / timedelta(days=1)
        days[np.searchsorted(meter_id, meter)] = (local - date(1970, 1, 1)).days + passed


def _scales(table: pa.Table) -> Floats:
    """Return what one unit of each meter is in its carrier's unit, shape (meter,)."""
    known = catalogue().carriers
    joined = pc.binary_join_element_wise(table["unit"], table["carrier"], " ")
    pairs = joined.combine_chunks().dictionary_encode()
    named = (pair.rsplit(" ", 1) for pair in pairs.dictionary.to_pylist())
    scale = [float(conversion(unit, known[carrier].unit)) for unit, carrier in named]
    return np.asarray(np.array(scale, np.float64)[np.asarray(pairs.indices)])


def first_day(month: Ints) -> Ints:
    """Return the first day of months, in days since 1970."""
    since_1970 = (month - 1970 * 12).astype("datetime64[M]")
    return np.asarray(since_1970.astype("datetime64[D]").astype(np.int64))


def day_numbers(column: pa.ChunkedArray) -> Ints:
    """Return a column of days as days since 1970."""
    return np.asarray(column.cast("int32"), dtype=np.int64)


def month_numbers(column: pa.ChunkedArray) -> Ints:
    """Return a column of days as months, January of year 0 being 0."""
    day = day_numbers(column).astype("datetime64[D]")
    return np.asarray(day.astype("datetime64[M]").astype(np.int64) + 1970 * 12)


def instants_us(column: pa.ChunkedArray) -> Ints:
    """Return a column of instants as microseconds since 1970."""
    return np.asarray(column.cast("timestamp[us]").cast("int64"), dtype=np.int64)

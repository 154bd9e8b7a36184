"""Fuels by purchase and by stock: opening + purchases - closing, cut to months by days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from commonweal.catalogue import catalogue
from commonweal.engines.metering.spans import cut_spans
from commonweal.engines.metering.stock import stock_use
from commonweal.kernel.compute.activities import Activities, Findings
from commonweal.lake.query import query
from commonweal.lake.views import read
from commonweal.periods import month_add
from commonweal.units import conversion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from commonweal.kernel.compute.activities import ActivityRequest

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_AROUND_MONTHS = 13  # two counts that enclose a day lie within a year of each other


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of one dataset; ``series`` numbers pairs of site and carrier."""

    site: Ints
    carrier: NDArray[Any]
    day: Ints
    quantity: Floats


def stocked_use(request: ActivityRequest) -> Iterator[Activities]:
    """Yield fuel use by site and month from purchases and stock counts; nothing without any."""
    bought, bought_from = _rows("fuel_purchases", "delivered_date", request)
    counted, counted_from = _rows("fuel_stock", "counted_date", request)
    if not len(bought.day) and not len(counted.day):
        return
    carriers = tuple(sorted({*bought.carrier.tolist(), *counted.carrier.tolist()}))
    series = [
        each.site * len(carriers) + np.searchsorted(np.array(carriers), each.carrier.astype(str))
        for each in (counted, bought)
    ]
    use = stock_use(
        series[0], counted.day, counted.quantity, series[1], bought.day, bought.quantity
    )
    starts = np.array([*request.months, month_add(request.months[-1], 1)], dtype="datetime64[D]")
    cut = cut_spans(np.arange(len(use.series)), use.start_day, use.end_day, starts.astype(np.int64))
    month, of = cut.month + request.first_month, cut.span
    quantity = use.quantity[of] * cut.share
    site = use.series // len(carriers)
    rough, wrong = use.is_estimated[of], use.is_negative[of]
    yield Activities(
        subject="site",
        subject_id=site[of],
        month=month,
        carriers=carriers,
        carrier=(use.series % len(carriers))[of],
        quantity=quantity,
        estimated=quantity * rough,
        inputs={"fuel_purchases": bought_from, "fuel_stock": counted_from},
        findings=Findings.of(
            "site", "stock_negative", site[of][wrong], month[wrong], use.missing[of][wrong]
        )
        + Findings.of("site", "stock_uncounted", site[of][rough], month[rough], quantity[rough]),
    )


def _rows(dataset: str, day: str, request: ActivityRequest) -> tuple[_Rows, tuple[str, ...]]:
    """Return the rows around the months asked for, in the carriers' units."""
    n = len(request.months)
    around = [month_add(request.months[0], i) for i in range(-_AROUND_MONTHS, n + _AROUND_MONTHS)]
    relation = read(dataset, months=around, as_of=request.as_of)
    sql = (
        f"SELECT site_id, carrier, {day} AS day, quantity, unit FROM {dataset} "  # noqa: S608 - ours
        f"ORDER BY site_id, carrier, {day}, source_key, source_row"
    )
    rows = query(sql, {dataset: relation})
    rows = rows.filter(pa.array(request.asks_for(rows["site_id"].to_numpy())))
    known = catalogue().carriers
    pairs = list(zip(rows["carrier"].to_pylist(), rows["unit"].to_pylist(), strict=True))
    scale = {(c, unit): float(conversion(unit, known[c].unit)) for c, unit in set(pairs)}
    return _Rows(
        rows["site_id"].to_numpy().astype(np.int64),
        np.array([carrier for carrier, _ in pairs], dtype=str),
        np.asarray(rows["day"].cast("int32"), dtype=np.int64),
        rows["quantity"].to_numpy() * np.array([scale[pair] for pair in pairs]),
    ), relation.sha256s

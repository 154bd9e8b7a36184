"""Two routes to one total: readings from below, bills from above, the difference term by term.

Axis: ``row`` is one meter in one month. Everything is counted in whole watt-hours, so that the
terms add up to the difference exactly, in every row and over any set of rows.

Source: formulated here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from commonweal.engines.metering.registers import Booleans, Floats, Ints

TERMS: Final = (
    "without_bills",  # read, never billed
    "without_readings",  # billed, never read
    "days_not_billed",  # the bills cover fewer days than the readings
    "days_not_read",  # the readings cover fewer days than the bills
    "estimates",  # what was filled into the readings
    "bills_corrected",  # bills that their own register or other bills contradict
    "multiplier",  # the bill forgets the transformer ratio, or counts it twice
    "metering_difference",  # what is left: losses between meters, reading dates, rounding
)
_WH: Final = 1000.0
_NEAR: Final = 0.02


@dataclass(frozen=True, slots=True)
class Route:
    """One route's kWh by row, NaN where it knows nothing, and the part of the month it covers."""

    quantity_kwh: Floats
    covered_share: Floats


@dataclass(frozen=True, slots=True)
class Explained:
    """Both totals and the terms between them, whole watt-hours, shape (row,).

    ``from_readings - from_bills`` is the sum of ``terms``, which go by the names of ``TERMS``.
    """

    from_readings: Ints
    from_bills: Ints
    terms: dict[str, Ints]


def routes_explained(
    readings: Route, estimated_kwh: Floats, bills: Route, judged_kwh: Floats, multiplier: Floats
) -> Explained:
    """Explain the difference between what was read and what was billed.

    Args:
        readings: Use from registers, estimates included.
        estimated_kwh: The estimated part of it, shape (row,).
        bills: Amounts as billed.
        judged_kwh: What the bills support after their registers were checked; NaN where nothing.
        multiplier: Transformer ratio of each row's meter.

    >>> import numpy as np
    >>> one = np.ones(1)
    >>> found = routes_explained(
    ...     Route(110 * one, one), 0 * one, Route(50 * one, one / 2), 50 * one, one
    ... )
    >>> {name: int(wh[0]) for name, wh in found.terms.items() if wh[0]}
    {'days_not_billed': 55000, 'metering_difference': 5000}
    """
    has_read, has_bill = ~np.isnan(readings.quantity_kwh), ~np.isnan(bills.quantity_kwh)
    read, billed = _wh(readings.quantity_kwh), _wh(bills.quantity_kwh)
    both = has_read & has_bill
    terms = {name: np.zeros(len(read), np.int64) for name in TERMS}
    terms["without_bills"] = np.where(has_read & ~has_bill, read, 0)
    terms["without_readings"] = np.where(has_bill & ~has_read, -billed, 0)
    rough = np.where(both, _wh(estimated_kwh), 0)
    judged = np.where(both & ~np.isnan(judged_kwh), _wh(judged_kwh), billed)
    terms["estimates"] = rough
    terms["bills_corrected"] = np.where(both, judged - billed, 0)

    measured = read - rough
    below, above = readings.covered_share, bills.covered_share
    unbilled = measured * (1 - above / np.maximum(below, 1e-9)).clip(0)
    unread = judged * (1 - below / np.maximum(above, 1e-9)).clip(0)
    terms["days_not_billed"] = np.where(both, np.rint(unbilled), 0).astype(np.int64)
    terms["days_not_read"] = np.where(both, -np.rint(unread), 0).astype(np.int64)

    left = read - billed - sum(terms.values())
    common_read = measured - terms["days_not_billed"]
    common_billed = judged + terms["days_not_read"]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = common_read / common_billed
    is_ratio = _is_near(ratio, multiplier) | _is_near(ratio, 1 / multiplier)
    is_ratio &= both & (multiplier != 1)
    terms["multiplier"] = np.where(is_ratio, left, 0)
    terms["metering_difference"] = np.where(is_ratio, 0, left)
    return Explained(read, billed, terms)


def _wh(kwh: Floats) -> Ints:
    return np.rint(np.nan_to_num(kwh) * _WH).astype(np.int64)


def _is_near(ratio: Floats, expected: Floats) -> Booleans:
    return np.asarray(np.abs(ratio / expected - 1) < _NEAR, np.bool_)

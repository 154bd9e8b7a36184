"""Judging bills: the register and the amount billed must tell the same story.

Axis: ``bill``. A unit slip (MWh typed as kWh or the reverse) shows as a factor of a thousand
between the two, or against the meter's other bills.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from commonweal.engines.metering.registers import Booleans, Flags, Floats, Ints, MeterRules

_AGREES: Final = 0.01  # register and amount differ by rounding, losses and reading dates
_SLIP: Final = 1000.0
_SLIP_BAND: Final = 1.25  # against other bills a factor of 1000 is blurred by the season
_FEW: Final = 3  # bills from which a meter's usual use is known


class BillQuality(IntFlag):
    """What was noticed about a bill; several may hold at once."""

    GOOD = 0
    ROLLOVER = 1  # the register passed its end
    UNIT_SLIP = 2  # a factor of a thousand too large or too small; the corrected value is used
    MISMATCH = 4  # amount and register differ; the register is used
    IMPLAUSIBLE = 8  # more than the meter can measure; estimated from its other bills
    NO_DATA = 16  # implausible, and no other bill to estimate from
    REGISTER = 32  # the register given is impossible; the amount billed is used


@dataclass(frozen=True, slots=True)
class BilledUse:
    """Use of each bill, shape (bill,): NaN exactly where flagged NO_DATA."""

    quantity: Floats
    is_estimated: Booleans
    flags: Flags


def billed_use(  # noqa: PLR0917 - a bill has this many columns
    meter: Ints,
    peers: Ints,
    hours: Floats,
    quantity: Floats,
    register_start: Floats,
    register_end: Floats,
    rules: MeterRules,
) -> BilledUse:
    """Return the use that each bill supports, and what was noticed.

    Where the register is plausible it decides; else the amount billed, if it is plausible and no
    slip against the meter's other bills; else an estimate at the meter's usual rate.

    Args:
        meter: Index into ``rules``, shape (bill,).
        peers: Number of the set of bills among which a bill is judged, such as those of its meter
            in its calendar year, shape (bill,). Sets are numbered from 0.
        hours: Length of the bill's span, h, shape (bill,).
        quantity: Amount billed, in the meter's unit, shape (bill,).
        register_start: Register at the start, NaN where not given, shape (bill,).
        register_end: Register at the end, NaN where not given, shape (bill,).
        rules: Rules of each meter.
    """
    limit = rules.max_rate_per_h[meter] * hours
    step = register_end - register_start
    rolled = step < 0
    by_register = np.where(rolled, step + rules.rollover_at[meter], step) * rules.multiplier[meter]
    has_register = np.isfinite(by_register) & (by_register >= 0) & (by_register <= limit)
    amount_fits = quantity <= limit
    flags = np.where(rolled & has_register, np.uint8(BillQuality.ROLLOVER), np.uint8(0))

    close = np.abs(quantity - by_register) <= np.maximum(_AGREES * by_register, 1.0)
    slipped = has_register & ~close & (_is_slip(quantity, by_register, 1.0 + 2 * _AGREES) != 0)
    flags[slipped] |= np.uint8(BillQuality.UNIT_SLIP)
    flags[has_register & ~close & ~slipped] |= np.uint8(BillQuality.MISMATCH)

    usual = _usual_rate(peers, quantity / hours, amount_fits)[peers]
    slip = _is_slip(quantity, usual * hours, _SLIP_BAND)
    corrected = ~has_register & (slip != 0)
    flags[corrected] |= np.uint8(BillQuality.UNIT_SLIP)
    hopeless = ~has_register & ~corrected & ~amount_fits
    flags[hopeless] |= np.uint8(BillQuality.IMPLAUSIBLE)
    is_given = np.isfinite(step)
    flags[is_given & ~has_register & ~corrected & amount_fits] |= np.uint8(BillQuality.REGISTER)
    estimate = np.where(slip != 0, quantity * _SLIP**-slip, usual * hours)
    flags[hopeless & np.isnan(estimate)] |= np.uint8(BillQuality.NO_DATA)

    is_estimated = corrected | hopeless
    use = np.where(has_register & ~close, by_register, quantity)
    return BilledUse(np.where(is_estimated, estimate, use), is_estimated, flags)


def _is_slip(quantity: Floats, expected: Floats, band: float) -> Ints:
    """Return 1 where quantity is a thousand times expected, -1 where a thousandth, else 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = quantity / expected
    high = (ratio > _SLIP / band) & (ratio < _SLIP * band)
    low = (ratio > 1 / (_SLIP * band)) & (ratio < band / _SLIP)
    return high.astype(np.int64) - low.astype(np.int64)


def _usual_rate(peers: Ints, rate: Floats, good: Booleans) -> Floats:
    """Return the median rate of each set's good bills, NaN where there are too few."""
    order = np.lexsort((rate, peers))
    order = order[good[order]]
    count = np.bincount(peers[order], minlength=int(peers.max(initial=-1)) + 1)
    start = np.cumsum(count) - count
    usual = np.full(len(count), np.nan)
    enough = count >= _FEW
    usual[enough] = rate[order][(start + count // 2)[enough]]
    return usual

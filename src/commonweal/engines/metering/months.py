"""Cutting rising registers at the months' boundaries.

Axes: ``group`` as in ``registers``; ``bridge`` is the stretch between two groups of one meter in
adjacent months; ``row`` is one meter in one month of the result.

What a month gets depends on its own readings and those of the months beside it, on nothing else:
so a month computed alone and as part of a year has the same value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.engines.metering.registers import US_PER_H, Quality

if TYPE_CHECKING:
    from commonweal.engines.metering.registers import (
        Flags,
        Floats,
        Groups,
        Ints,
        MeterRules,
        Rises,
    )

_GAP_STEPS: Final = 1.5  # a stretch longer than this many usual steps is a gap
_MISSING_SHARE: Final = 0.05  # of a month's usual readings: fewer missing ones are not worth a note


@dataclass(frozen=True, slots=True)
class Consumption:
    """Use by meter and month, shape (row,), sorted by meter, then month; in the meter's unit.

    ``quantity`` is never negative; ``interpolated`` is the part of it that a gap at a boundary
    leaves uncertain in time; ``covered_share`` the part of the month between readings.
    """

    meter: Ints
    month: Ints
    quantity: Floats
    interpolated: Floats
    covered_share: Floats
    flags: Flags


def consumption(
    rises: Rises,
    rules: MeterRules,
    *,
    month_start_us: Ints,
    first_month: int,
) -> Consumption:
    """Return use by meter and month, from the rises within and between months.

    Between the last reading of one month and the first of the next the register rises evenly, and
    is cut at the boundary in proportion to time. A bridge longer than one and a half of the usual
    steps counts as a gap: what it adds is ``interpolated``. Nothing is assumed beyond the first
    and last reading where the month beside has none: that part is not covered.

    Args:
        rises: Screened, and walked where odd.
        rules: Rules of each meter.
        month_start_us: Start of each month from ``first_month`` and of the one after the last,
            shape (month + 1,).
        first_month: Month number of ``month_start_us[0]``.

    Returns:
        One row for each group within the months asked. The sum over adjacent months is last minus
        first: nothing is lost at a boundary.
    """
    groups = rises.groups
    adjacent = np.diff(groups.key) == 1
    at = groups.month - first_month
    boundary_us = month_start_us[at[1:].clip(0, len(month_start_us) - 1)]
    bridge_us = np.where(adjacent, groups.first_at_us[1:] - groups.last_at_us[:-1], 0)
    before_us = np.where(adjacent, (boundary_us - groups.last_at_us[:-1]).clip(0), 0)
    rise = np.where(adjacent, rises.rise[1:], 0.0)
    rise_before = rise * before_us / bridge_us.clip(1)

    quantity = rises.use.copy()
    quantity[:-1] += rise_before
    quantity[1:] += rise - rise_before
    covered_us = groups.last_at_us - groups.first_at_us
    covered_us[:-1] += before_us
    covered_us[1:] += bridge_us - before_us

    step_us = _usual_step_us(groups)
    is_gap = bridge_us > _GAP_STEPS * np.minimum(step_us[:-1], step_us[1:])
    interpolated = np.zeros(len(quantity))
    interpolated[:-1] += rise_before * is_gap
    interpolated[1:] += (rise - rise_before) * is_gap

    end, rate = (a[groups.meter[1:]] for a in (rules.rollover_at, rules.rate_per_h))
    turns = adjacent & (rise + end <= rate * bridge_us / US_PER_H)
    flags = rises.flags.copy()
    flags[:-1][turns] |= np.uint8(Quality.TURNS)
    flags[1:][turns] |= np.uint8(Quality.TURNS)
    expected = (1.0 - _MISSING_SHARE) * covered_us / step_us
    flags[interpolated > 0] |= np.uint8(Quality.INTERPOLATED)
    flags[groups.n_readings < expected - 1] |= np.uint8(Quality.GAP)

    asked = (at >= 0) & (at < len(month_start_us) - 1)
    at, meter = at[asked], groups.meter[asked]
    covered_share = covered_us[asked] / np.diff(month_start_us).astype(np.float64)[at]
    flags = flags[asked]
    flags[covered_share < 1.0] |= np.uint8(Quality.PARTIAL)
    return Consumption(
        meter=meter,
        month=groups.month[asked],
        quantity=quantity[asked] * rules.multiplier[meter],
        interpolated=interpolated[asked] * rules.multiplier[meter],
        covered_share=covered_share,
        flags=flags,
    )


def _usual_step_us(groups: Groups) -> Floats:
    """Return the usual time between readings of each group, infinite if unknown.

    The middle one of the means of this month and the two beside it, so that one month's gap does
    not hide itself; the mean where a month beside is missing.
    """
    span_us = (groups.last_at_us - groups.first_at_us).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        own = np.where(groups.n_readings > 1, span_us / (groups.n_readings - 1), np.nan)
    adjacent = np.diff(groups.key) == 1
    before, after = np.full_like(own, np.nan), np.full_like(own, np.nan)
    before[1:][adjacent] = own[:-1][adjacent]
    after[:-1][adjacent] = own[1:][adjacent]
    middle = np.maximum(np.minimum(before, own), np.minimum(np.maximum(before, own), after))
    n_known = sum((~np.isnan(part)).astype(np.int64) for part in (before, own, after))
    total = np.nan_to_num(before) + np.nan_to_num(own) + np.nan_to_num(after)
    mean = np.divide(total, n_known, out=np.full_like(own, np.inf), where=n_known > 0)
    return np.where(np.isnan(middle), mean, middle)

"""Cutting rising registers at the months' boundaries.

Axes: ``group`` as in ``registers``; ``piece`` is the part of the stretch between two groups of one
meter that lies in one month; ``row`` is one meter in one month of the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.engines.metering.keys import MONTHS_PER_KEY, merged, meter_month_key
from commonweal.engines.metering.registers import Quality

if TYPE_CHECKING:
    from commonweal.engines.metering.registers import (
        Booleans,
        Flags,
        Floats,
        Groups,
        Ints,
        MeterRules,
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


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Parts of stretches between groups, cut at months' boundaries, shape (piece,)."""

    key: Ints
    length_us: Ints
    rise: Floats
    is_gap: Booleans


def consumption(
    groups: Groups,
    rules: MeterRules,
    *,
    group_flags: Flags,
    month_start_us: Ints,
    first_month: int,
) -> Consumption:
    """Return use by meter and month, from rising registers.

    Between the last reading of one group and the first of the meter's next group the register
    rises evenly; every boundary inside is cut in proportion to time. A stretch longer than one
    and a half of the meter's usual steps counts as a gap: what it adds is ``interpolated``.
    Before the first and after the last reading nothing is assumed: that part is not covered.

    Args:
        groups: Rising (walked where suspicious) registers.
        rules: Rules of each meter.
        group_flags: Flags found while walking, shape (group,).
        month_start_us: Start of each month from ``first_month`` and of the one after the last,
            shape (month + 1,).
        first_month: Month number of ``month_start_us[0]``.

    Returns:
        One row for each meter and month, within the months asked, from its first reading to its
        last. The sum over adjacent months is last minus first: nothing is lost at a boundary.
    """
    step_us = _usual_step_us(groups, rules.multiplier.shape[0])
    inside = (groups.month >= first_month) & (groups.month < first_month + len(month_start_us) - 1)
    pieces = _cut(groups, step_us, month_start_us, first_month)
    row_key = merged(groups.key[inside], pieces.key)
    own, between = (
        np.searchsorted(row_key, groups.key[inside]),
        np.searchsorted(row_key, pieces.key),
    )

    quantity, interpolated, covered_us, n_readings = np.zeros((4, row_key.shape[0]))
    flags = np.zeros(row_key.shape[0], dtype=np.uint8)
    quantity[own] = (groups.last - groups.first)[inside]
    covered_us[own] = (groups.last_at_us - groups.first_at_us)[inside]
    n_readings[own] = groups.n_readings[inside]
    flags[own] = group_flags[inside]
    np.add.at(quantity, between, pieces.rise)
    np.add.at(covered_us, between, pieces.length_us)
    gaps = between[pieces.is_gap]
    np.add.at(interpolated, gaps, pieces.rise[pieces.is_gap])
    flags[gaps] |= np.uint8(Quality.INTERPOLATED)

    meter, month = row_key // MONTHS_PER_KEY, row_key % MONTHS_PER_KEY
    at = month - first_month
    month_us = (month_start_us[at + 1] - month_start_us[at]).astype(np.float64)
    expected = (1.0 - _MISSING_SHARE) * covered_us / step_us[meter]
    flags[n_readings < expected - 1] |= np.uint8(Quality.GAP)
    flags[covered_us < month_us] |= np.uint8(Quality.PARTIAL)
    return Consumption(
        meter=meter,
        month=month,
        quantity=quantity * rules.multiplier[meter],
        interpolated=interpolated * rules.multiplier[meter],
        covered_share=covered_us / month_us,
        flags=flags,
    )


def _usual_step_us(groups: Groups, n_meters: int) -> Floats:
    """Return each meter's mean time between readings, shape (meter,); infinite if unknown."""
    span_us = np.bincount(groups.meter, groups.last_at_us - groups.first_at_us, n_meters)
    n_steps = np.bincount(groups.meter, groups.n_readings - 1, n_meters)
    return np.where(n_steps > 0, span_us / np.maximum(n_steps, 1), np.inf)


def _cut(groups: Groups, step_us: Floats, month_start_us: Ints, first_month: int) -> _Pieces:
    """Cut the stretch between each two groups of a meter at every boundary that it crosses."""
    left = np.flatnonzero(groups.meter[1:] == groups.meter[:-1])
    right = left + 1
    n_months = groups.month[right] - groups.month[left] + 1
    of = np.repeat(np.arange(left.shape[0]), n_months)
    offset = np.arange(of.shape[0]) - np.repeat(np.cumsum(n_months) - n_months, n_months)
    month = groups.month[left][of] + offset
    at = month - first_month
    inside = (at >= 0) & (at < len(month_start_us) - 1)
    of, month, at = of[inside], month[inside], at[inside]

    begin_us = np.maximum(groups.last_at_us[left][of], month_start_us[at])
    end_us = np.minimum(groups.first_at_us[right][of], month_start_us[at + 1])
    length_us = np.maximum(end_us - begin_us, 0)
    stretch_us = (groups.first_at_us[right] - groups.last_at_us[left]).astype(np.float64)
    rise = (groups.first[right] - groups.last[left])[of] * length_us / stretch_us[of]
    is_gap = (stretch_us > _GAP_STEPS * step_us[groups.meter[left]])[of]
    used = length_us > 0
    key = meter_month_key(groups.meter[left][of], month)
    return _Pieces(key[used], length_us[used], rise[used], is_gap[used])

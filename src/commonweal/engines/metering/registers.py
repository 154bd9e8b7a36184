"""Registers by meter and month: what one pass of aggregation gives, and the screen over it.

Axes: ``group`` is one meter in one month, sorted by meter, then month; ``meter`` indexes the rules.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntFlag
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.engines.metering.keys import MONTHS_PER_KEY, is_member, meter_month_key
from commonweal.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.uint8]
    Booleans = NDArray[np.bool_]

US_PER_H: Final = 3.6e9
SLACK: Final = 1e-9  # of a register's span: forgives rounding, never a real step


class Quality(IntFlag):
    """What was noticed about a meter's month; several may hold at once."""

    GOOD = 0
    ROLLOVER = 1  # the register passed its end and started again at 0
    SPIKE = 2  # a value that its neighbours contradict; left out
    RESET = 4  # a drop or jump that neither explains: the step is not counted
    GAP = 8  # readings are missing; the register bridges them
    INTERPOLATED = 16  # a month's boundary lies in a gap: split in proportion to time
    PARTIAL = 32  # no reading beyond one end of the month: that part is not covered
    TURNS = 64  # between two readings it may have turned once more: the fewest turns are counted


@dataclass(frozen=True, slots=True)
class Groups:
    """Aggregates of one meter's readings in one month; all arrays have shape (group,).

    ``meter`` indexes the meters' arrays; ``month`` counts months, January of year 0 being 0.
    """

    meter: Ints
    month: Ints
    first: Floats
    last: Floats
    smallest: Floats
    largest: Floats
    first_at_us: Ints
    last_at_us: Ints
    n_readings: Ints

    @property
    def key(self) -> Ints:
        """Meter and month as one rising integer, shape (group,)."""
        return meter_month_key(self.meter, self.month)

    def __post_init__(self) -> None:
        """Refuse groups out of order: every later step relies on it."""
        if np.any(np.diff(self.key) <= 0):
            raise InputError("groups are not sorted by meter and month, each once")


@dataclass(frozen=True, slots=True)
class MeterRules:
    """Rules of each meter, shape (meter,): register end, multiplier, highest plausible use."""

    rollover_at: Floats
    multiplier: Floats
    max_rate_per_h: Floats

    @property
    def rate_per_h(self) -> Floats:
        """Highest plausible rise of the register an hour, before the multiplier."""
        return self.max_rate_per_h / self.multiplier


@dataclass(frozen=True, slots=True)
class Screened:
    """Groups with rollovers undone, what was noticed, and which meters must be walked instead."""

    groups: Groups
    flags: Flags  # (group,)
    is_suspicious: Booleans  # (meter,)


def screen(groups: Groups, rules: MeterRules) -> Screened:
    """Undo plain rollovers and return which meters need a closer look.

    A month is plain if no reading lies outside first and last, or if it ends below its beginning
    and the register's end explains that within one usual step; its use must be at or below the
    highest plausible rate, and so must the step to the next month. A meter whose every month is
    plain needs no walk: last minus first, with the register's end added at each rollover, is the
    sum of its steps.

    Args:
        groups: Of raw registers.
        rules: Rules of each meter.
    """
    end = rules.rollover_at[groups.meter]
    rate = rules.rate_per_h[groups.meter]
    slack = SLACK * end
    hours = (groups.last_at_us - groups.first_at_us) / US_PER_H
    step_h = hours / np.maximum(groups.n_readings - 1, 1)

    rolled = groups.last < groups.first - slack
    within = (groups.smallest >= groups.first - slack) & (groups.largest <= groups.last + slack)
    around = end - groups.largest + groups.smallest <= rate * step_h + slack
    use = groups.last - groups.first + end * rolled
    bad = ~np.where(rolled, around, within) | (use > rate * hours + slack)
    bad |= end <= rate * np.maximum(hours, 1.0)  # it may have turned more than once

    same = groups.meter[1:] == groups.meter[:-1]
    bridge = groups.first[1:] - groups.last[:-1]
    crossed = np.zeros(len(bad), dtype=np.bool_)
    crossed[1:] = same & (bridge < -slack[1:])
    bridge_h = (groups.first_at_us[1:] - groups.last_at_us[:-1]) / US_PER_H
    bad[1:] |= same & (bridge + end[1:] * crossed[1:] > rate[1:] * bridge_h + slack[1:])

    found = np.zeros(len(rules.multiplier), dtype=np.bool_)
    found[groups.meter[bad]] = True
    flags = np.where(rolled | crossed, np.uint8(Quality.ROLLOVER), np.uint8(Quality.GOOD))
    if not flags.any():
        return Screened(groups, flags, found)
    return Screened(_unrolled(groups, end, rolled, crossed), flags, found)


def _unrolled(groups: Groups, end: Floats, rolled: Booleans, crossed: Booleans) -> Groups:
    """Add the register's end for every turn since the meter's first group."""
    turns = np.cumsum(rolled.astype(np.int64) + crossed)
    begins = np.append(True, groups.meter[1:] != groups.meter[:-1])[: len(turns)]
    before = turns - rolled  # those inside a group come after its first reading
    start = before[begins][np.cumsum(begins) - 1]
    first = groups.first + end * (before - start)
    last = groups.last + end * (turns - start)
    return replace(groups, first=first, last=last, smallest=first, largest=last)


def group_readings(
    meter: Ints, month: Ints, at_us: Ints, register: Floats, flags: Flags
) -> tuple[Groups, Flags]:
    """Aggregate walked readings to groups; spikes (NaN) are left out, their flags are kept.

    Args:
        meter: Shape (reading,), sorted by meter, then time.
        month: Shape (reading,).
        at_us: Shape (reading,).
        register: Unwrapped registers, shape (reading,).
        flags: Of each reading, shape (reading,).

    Returns:
        Groups, and the union of flags in each, shape (group,).
    """
    key = meter_month_key(meter, month)
    good = ~np.isnan(register)
    kept, starts = np.unique(key[good], return_index=True)
    ends = np.append(starts[1:], good.sum())[: starts.shape[0]] - 1
    values, instants = register[good], at_us[good]
    union = np.zeros(kept.shape[0], dtype=np.uint8)
    known = is_member(kept, key)  # a month of nothing but spikes has no group
    np.bitwise_or.at(union, np.searchsorted(kept, key[known]), flags[known])
    groups = Groups(
        meter=kept // MONTHS_PER_KEY,
        month=kept % MONTHS_PER_KEY,
        first=values[starts],
        last=values[ends],
        smallest=values[starts],
        largest=values[ends],
        first_at_us=instants[starts],
        last_at_us=instants[ends],
        n_readings=ends - starts + 1,
    )
    return groups, union

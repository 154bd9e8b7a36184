"""Registers by meter and month: what one pass of aggregation gives, and the screen over it.

Axes: ``group`` is one meter in one month, sorted by meter, then month; ``meter`` indexes the rules.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntFlag
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from commonweal.engines.metering.keys import MONTHS_PER_KEY, is_member, meter_month_key
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

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

    def where(self, kept: slice | Booleans) -> Groups:
        """Return some of the groups."""
        return Groups(**{f.name: getattr(self, f.name)[kept] for f in fields(self)})

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
class Rises:
    """How far the registers rose within and between groups; all arrays have shape (group,).

    ``use`` is the rise within a group, ``rise`` the one from the same meter's group before (0 for
    its first); both are never negative.
    """

    groups: Groups
    use: Floats
    rise: Floats
    flags: Flags

    @classmethod
    def of(cls, groups: Groups, flags: Flags) -> Rises:
        """Return the rises of registers that only rise."""
        rise = np.append(0.0, groups.first[1:] - groups.last[:-1])[: len(groups.meter)]
        rise[np.append(True, groups.meter[1:] != groups.meter[:-1])[: len(rise)]] = 0.0
        return cls(groups, groups.last - groups.first, rise, flags)

    def where(self, kept: Booleans) -> Rises:
        """Return those of some meters."""
        return Rises(self.groups.where(kept), self.use[kept], self.rise[kept], self.flags[kept])


@dataclass(frozen=True, slots=True)
class Screened:
    """Rises with plain rollovers undone, and what must be walked instead, shape (group,).

    ``is_odd`` says that readings inside contradict one another, ``is_odd_bridge`` that the step
    from the meter's group before is not plausible.
    """

    rises: Rises
    is_odd: Booleans
    is_odd_bridge: Booleans

    @property
    def suspicious(self) -> Ints:
        """Meters with anything odd, rising, each once: their readings must be walked."""
        return np.unique(self.rises.groups.meter[self.is_odd | self.is_odd_bridge])

    def where(self, kept: Booleans) -> Screened:
        """Return those of some meters."""
        return Screened(self.rises.where(kept), self.is_odd[kept], self.is_odd_bridge[kept])

    @classmethod
    def joined(cls, parts: Sequence[Screened]) -> Screened:
        """Return several as one; they come in order of meters."""
        rises = [part.rises for part in parts]
        groups = Groups(**_joined([each.groups for each in rises], Groups))
        return cls(
            Rises(groups, **_joined(rises, Rises, beside="groups")),
            **_joined(parts, Screened, beside="rises"),
        )


def _joined(parts: Sequence[Any], kind: type[Any], *, beside: str = "") -> dict[str, NDArray[Any]]:
    names = (f.name for f in fields(kind) if f.name != beside)
    return {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}


def screen(groups: Groups, rules: MeterRules) -> Screened:
    """Undo plain rollovers and say which months need a closer look.

    A month is plain if no reading lies outside first and last, or if it ends below its beginning
    and the register's end explains that within one usual step; its use must be at or below the
    highest plausible rate, and so must the step to the next month. A plain month needs no walk:
    last minus first, with the register's end added at a rollover, is the sum of its steps.

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
    odd = ~np.where(rolled, around, within) | (use > rate * hours + slack)
    odd |= end <= rate * np.maximum(hours, 1.0)  # it may have turned more than once

    same = groups.meter[1:] == groups.meter[:-1]
    bridge_h = (groups.first_at_us[1:] - groups.last_at_us[:-1]) / US_PER_H
    step = np.where(same, groups.first[1:] - groups.last[:-1], 0.0)
    crossed = step < -slack[1:]
    step = step + end[1:] * crossed
    odd_bridge = step > rate[1:] * bridge_h + slack[1:]

    rolled[1:] |= crossed
    flags = np.where(rolled, np.uint8(Quality.ROLLOVER), np.uint8(Quality.GOOD))
    rises = Rises(groups, use.clip(0), np.append(0.0, step.clip(0))[: len(use)], flags)
    return Screened(rises, odd, np.append(False, odd_bridge & same)[: len(use)])


def mended(screened: Screened, walked: Rises) -> Rises:
    """Return all rises, with odd months and odd steps between months as the walk found them.

    Plain months of a walked meter stay as the screen has them, so that what one month is does not
    depend on whether another one is odd.

    Args:
        screened: All meters.
        walked: All groups of the suspicious meters, from unwrapped registers.
    """
    plain = screened.rises
    at = np.searchsorted(plain.groups.key, walked.groups.key)
    odd, odd_bridge = screened.is_odd[at], screened.is_odd_bridge[at] | screened.is_odd[at]
    odd_bridge[1:] |= odd[:-1] | (np.diff(at) != 1)  # the month before held nothing but spikes
    left_out = is_member(screened.suspicious, plain.groups.meter)
    left_out[at] = False

    def patched(where: Booleans, ours: NDArray[Any], theirs: NDArray[Any]) -> NDArray[Any]:
        column = ours.copy()
        column[at[where]] = theirs[where]
        return column[~left_out] if left_out.any() else column

    columns = {
        f.name: patched(odd, getattr(plain.groups, f.name), getattr(walked.groups, f.name))
        for f in fields(Groups)
    }
    return Rises(
        Groups(**columns),
        patched(odd, plain.use, walked.use),
        patched(odd_bridge, plain.rise, walked.rise),
        patched(odd | odd_bridge, plain.flags, walked.flags),
    )


def group_readings(meter: Ints, month: Ints, at_us: Ints, register: Floats, flags: Flags) -> Rises:
    """Aggregate walked readings to groups; spikes (NaN) are left out, their flags are kept.

    Args:
        meter: Shape (reading,), sorted by meter, then time.
        month: Shape (reading,).
        at_us: Shape (reading,).
        register: Unwrapped registers, shape (reading,).
        flags: Of each reading, shape (reading,).

    Returns:
        Rises of the groups; their flags are the union of their readings'.
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
    return Rises.of(groups, union)

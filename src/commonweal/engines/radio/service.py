"""What users lost while cells slept, and what waking cost: told beside the saving.

What a group would have carried in the slots of sleep is its usual traffic there, put right by what
it carried of its usual in the other slots of the same day, because days are busy or quiet as a
whole; not where it slept nearly all day. What is left is put right by held-out groups in the same
slots, as far as they are sure.

Axes: ``group × slot``; NaN is not told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from commonweal.engines.radio.counterfactual import by_day

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.engines.radio.sectors import Bools, Doubles


_TELLING: Final = 0.25  # of a day's usual traffic must lie beside sleep to tell the day's level
_SURE: Final = 0.01
"""How far the usual is trusted to tell nights from days without hold-outs; assumed."""


@dataclass(frozen=True, slots=True)
class Service:
    """Traffic while cells slept.

    Attributes:
        carried: In slots with sleepers.
        expected: What would have been carried in them.
        lost_share: The difference as a share; NaN where nothing was told. Below 0, more was
            carried than expected.
        error: Standard error of the share.
        n_compared: Group-days of hold-outs that it was held against.
    """

    carried: float
    expected: float
    lost_share: float
    error: float
    n_compared: int


def usual_traffic(traffic: Doubles, kind: NDArray[np.int64], n_kinds: int) -> Doubles:
    """Return each group's mean by kind of slot, NaN where never told. Shape (group, kind).

    Args:
        traffic: Shape (group, slot).
        kind: Such as the hour of a working day, or of a day off. Shape (slot,).
        n_kinds: How many there are.
    """
    told = np.isfinite(traffic)
    found = np.full((len(traffic), n_kinds), np.nan)
    for slot in range(n_kinds):
        of_slot = kind == slot
        n = told[:, of_slot].sum(axis=1)
        total = np.where(told[:, of_slot], traffic[:, of_slot], 0.0).sum(axis=1)
        found[:, slot] = np.where(n > 0, total / np.maximum(n, 1), np.nan)
    return found


def service(
    usual: Doubles, traffic: Doubles, asleep: Bools, held: Bools, day: NDArray[np.int64]
) -> Service:
    """Return what became of traffic while cells slept.

    Args:
        usual: What each group usually carries in each slot of the span. Shape (group, slot).
        traffic: What it carried. Shape (group, slot).
        asleep: A cell of the group slept, and the group was not held out. Shape (group, slot).
        held: The group was held out, and most others slept. Shape (group, slot).
        day: Number of each slot's day, not falling. Shape (slot,).
    """
    acting = _compared(usual, traffic, asleep, day)
    others = _compared(usual, traffic, held, day)
    if not acting.expected > 0:
        return Service(0.0, 0.0, np.nan, np.nan, others.n)
    right, unsure = 1.0, _SURE
    if others.expected > 0 and others.n > 1:
        weight = _SURE**2 / (_SURE**2 + others.error**2)
        right = (others.carried / others.expected) ** weight
        unsure = float(np.hypot(weight * others.error, (1 - weight) * _SURE))
    expected = acting.expected * right
    return Service(
        acting.carried,
        expected,
        1 - acting.carried / expected,
        float(np.hypot(acting.error, unsure)),
        others.n,
    )


class _Sums(NamedTuple):
    """Carried and expected in some slots of some group-days, and how sure their ratio is."""

    carried: float
    expected: float
    error: float
    n: int


def _compared(usual: Doubles, traffic: Doubles, chosen: Bools, day: NDArray[np.int64]) -> _Sums:
    told = np.isfinite(usual) & np.isfinite(traffic)

    def summed(values: Doubles, where: Bools) -> Doubles:
        return by_day(np.where(where, values, 0.0), day)

    within, beside = told & chosen, told & ~chosen
    within_usual, beside_usual = summed(usual, within), summed(usual, beside)
    tells = beside_usual > _TELLING * (within_usual + beside_usual)
    level = np.where(tells, summed(traffic, beside) / np.where(tells, beside_usual, 1.0), 1.0)
    expected, carried = within_usual * level, summed(traffic, within)
    kept = expected > 0
    total, n = float(expected[kept].sum()), int(kept.sum())
    if not n:
        return _Sums(0.0, 0.0, np.nan, 0)
    ratio = float(carried[kept].sum()) / total
    off = np.where(kept, carried - ratio * expected, 0.0).sum(axis=1)
    return _Sums(ratio * total, total, float(np.sqrt((off**2).sum()) / total), n)


def rebound_kwh(saving_kwh: Doubles, asleep: Bools, *, n_slots: int = 2) -> float:
    """Return what groups drew beyond the counterfactual in the slots after they woke.

    It is in the saving already; negative where they drew less.

    Args:
        saving_kwh: By group and slot, 0 where nothing was measured. Shape (group, slot).
        asleep: Something slept. Shape (group, slot).
        n_slots: How many slots after waking are looked at.
    """
    after = np.zeros_like(asleep)
    for behind in range(1, n_slots + 1):
        after[:, behind:] |= asleep[:, :-behind]
    return float(-saving_kwh[after & ~asleep].sum())

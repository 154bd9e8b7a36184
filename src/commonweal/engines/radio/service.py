"""What users lost while cells slept, and what waking cost: told beside the saving.

The traffic that a group would have carried is its usual one at that slot of the day, put right by
what held-out groups carried of theirs in the same slots. Axes: ``group × slot``; NaN is not told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.engines.radio.sectors import Bools, Doubles


@dataclass(frozen=True, slots=True)
class Service:
    """Traffic while cells slept.

    Attributes:
        carried: In slots with sleepers.
        usual: What is usual in them.
        lost_share: Of what would have been carried; NaN where nothing was told. Below 0, more was
            carried than expected.
        n_compared: Slots of held-out groups that the usual was put right by; 0 is not at all.
    """

    carried: float
    usual: float
    lost_share: float
    n_compared: int


def usual_traffic(traffic: Doubles, slot_of_day: NDArray[np.int64]) -> Doubles:
    """Return each group's mean, NaN where never told. Shape (group, slot of the day)."""
    told = np.isfinite(traffic)
    n_slots = int(slot_of_day.max()) + 1
    found = np.full((len(traffic), n_slots), np.nan)
    for slot in range(n_slots):
        of_slot = slot_of_day == slot
        n = told[:, of_slot].sum(axis=1)
        total = np.where(told[:, of_slot], traffic[:, of_slot], 0.0).sum(axis=1)
        found[:, slot] = np.where(n > 0, total / np.maximum(n, 1), np.nan)
    return found


def service(usual: Doubles, traffic: Doubles, asleep: Bools, held: Bools) -> Service:
    """Return what became of traffic while cells slept.

    Args:
        usual: What each group usually carries in each slot of the span. Shape (group, slot).
        traffic: What it carried. Shape (group, slot).
        asleep: A cell of the group slept, and the group was not held out. Shape (group, slot).
        held: The group was held out, and others of its kind slept. Shape (group, slot).
    """
    told = np.isfinite(usual) & np.isfinite(traffic)
    carried, expected = (float(each[told & asleep].sum()) for each in (traffic, usual))
    compared = told & held
    right = 1.0
    if compared.any() and usual[compared].sum() > 0:
        right = float(traffic[compared].sum() / usual[compared].sum())
    would = expected * right
    lost = 1 - carried / would if would > 0 else np.nan
    return Service(carried, expected, lost, int(compared.sum()))


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

"""The rule of open peers: a booster sleeps when its load is low, and wakes when others' is high.

Three thresholds as in TS 28.541: load of the original cell for so many periods, load of the
candidate cells that would take over, and load of these that wakes it again. Reactive: a decision in
a slot rests on the slot before. Nothing is forecast and nothing is weighed against energy.

Axes: sector × layer × slot.

Source: 3GPP TS 28.541, 4.3.63 (intra-RAT and inter-RAT energy-saving load parameters).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonweal.engines.radio.sectors import Mode
from commonweal.errors import InputError

if TYPE_CHECKING:
    from commonweal.engines.radio.sectors import Bools, Demand, Doubles, Layers, Modes, Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """When a booster sleeps and wakes. Loads are shares of what layers may carry.

    Attributes:
        own_below_share: It sleeps when its own load has been below this,
        n_periods: for so many slots,
        others_below_share: and the load of those that would take over is below this.
        others_above_share: It wakes when their load is above this.
    """

    own_below_share: float = 0.3
    n_periods: int = 2
    others_below_share: float = 0.5
    others_above_share: float = 0.7

    def __post_init__(self) -> None:
        """Refuse thresholds under which a booster would wake as soon as it slept.

        Raises:
            InputError: Others' load for sleeping is above that for waking, or a value is negative.
        """
        if not 0 <= self.others_below_share <= self.others_above_share:
            raise InputError(
                f"others_below_share={self.others_below_share} and"
                f" others_above_share={self.others_above_share}: need 0 <= first <= second"
            )
        if self.own_below_share < 0 or self.n_periods < 1:
            raise InputError(
                f"own_below_share={self.own_below_share}, n_periods={self.n_periods}:"
                " need >= 0, >= 1"
            )


def plan_threshold(
    layers: Layers, truth: Demand, rules: Rules, thresholds: Thresholds | None = None
) -> Modes:
    """Return what layers do if each booster follows the rule under true demand.

    A booster sleeps as deeply as it may, and stays in a mode for the dwell. Layers of one
    technology share its traffic evenly.

    Args:
        layers: What layers may do, and carry at the highest load allowed: the same guard as plans.
        truth: What users ask, slot by slot.
        rules: Dwell.
        thresholds: The rule's; the defaults if None.

    Returns:
        Modes, shape (sector, layer, slot).
    """
    rule = thresholds or Thresholds()
    n_slots = truth.lte_mbit_s.shape[1]
    full = (layers.capacity_mbit_s[:, :, Mode.ON] * layers.present).astype(np.float64)
    asleep = (layers.allowed & (layers.capacity_mbit_s == 0.0))[:, :, Mode.CARRIER_OFF :]
    is_booster = asleep.any(axis=2) & layers.present
    deepest = np.where(asleep[:, :, -1], int(Mode.DEEP_SLEEP), int(Mode.CARRIER_OFF))
    awake, idle = layers.present.copy(), np.zeros(full.shape, dtype=np.int64)
    since = np.full(full.shape, rules.dwell_slots)
    mode = np.zeros((*full.shape, n_slots), dtype=np.int8)
    for t in range(n_slots):
        if t:
            lte, both = (each[:, t - 1].astype(np.float64) for each in (
                truth.lte_mbit_s, truth.nr_mbit_s))  # fmt: skip
            own, others = _loads(layers.is_nr, full, awake, lte, both)
            idle = np.where(awake & (own < rule.own_below_share), idle + 1, 0)
            sleeps = awake & (idle >= rule.n_periods) & (others < rule.others_below_share)
            wakes = ~awake & (others > rule.others_above_share)
            moves = (sleeps | wakes) & is_booster & (since >= rules.dwell_slots)
            awake, since = awake ^ moves, np.where(moves, 0, since)
        mode[:, :, t] = np.where(awake | ~is_booster, int(Mode.ON), deepest)
        since += 1
    return mode


def _loads(
    nr: Bools, full: Doubles, awake: Bools, lte: Doubles, both: Doubles
) -> tuple[Doubles, Doubles]:
    """Return each layer's own load, and that of the layers that would take over from it."""
    open_mbit_s = full * awake
    on_nr = (open_mbit_s * nr).sum(axis=1)
    on_lte = (open_mbit_s * ~nr).sum(axis=1)
    left = lte + np.maximum(both - on_nr, 0.0)
    own = np.where(nr, _share(both, on_nr)[:, None], _share(left, on_lte)[:, None])
    rest = np.where(nr, (on_nr + on_lte)[:, None], on_lte[:, None]) - open_mbit_s
    asked = np.where(nr, (lte + both)[:, None], left[:, None])
    return own, _share(asked, rest)


def _share(asked: Doubles, capacity: Doubles) -> Doubles:
    """Return load; where nothing can carry, any demand is more than all there is."""
    full = np.where(asked > 0.0, np.inf, 0.0)
    return np.divide(asked, capacity, out=full, where=capacity > 0.0)

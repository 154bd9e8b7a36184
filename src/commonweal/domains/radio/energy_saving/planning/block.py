"""One day of some sectors: planned, and weighed on what is expected. Arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonweal.engines.radio.carrying import carry
from commonweal.engines.radio.sectors import Demand, Layers
from commonweal.engines.radio.sleep import plan_sleep

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.engines.radio.sectors import Bools, Doubles, Floats, Modes, Rules


@dataclass(frozen=True, slots=True)
class Asked:
    """What sectors are expected to be asked on a day; NaN where there is no forecast.

    Attributes:
        mean: LTE-only and NR-capable, Mbit/s. Shape (class, sector, slot).
        planned: The quantile that capacity is kept for. The same shape.
        reason: Why there is no forecast, or none to rest on; None where there is. Shape (sector,).
    """

    mean: Floats
    planned: Floats
    reason: NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class DayPlan:
    """The plan of a day; ``ON`` and NaN where there is no forecast.

    Attributes:
        mode: Shape (sector, layer, slot).
        expected_wh: The saving expected, at the mean of the forecast. Shape (sector,), as below.
        expected_at_quantile_wh: The same if all that was planned for comes.
        all_on_wh: With every layer on, at the mean.
        cost_wh: The plan's objective.
        bound_wh: No plan has a lower one.
        demand_mbit: Planned for.
        unserved_mbit: Of it, left uncarried.
        unserved_anyway_mbit: Of that, what every layer together could not carry either.
        changes: Changes of configuration.
    """

    mode: Modes
    expected_wh: Doubles
    expected_at_quantile_wh: Doubles
    all_on_wh: Doubles
    cost_wh: Doubles
    bound_wh: Doubles
    demand_mbit: Doubles
    unserved_mbit: Doubles
    unserved_anyway_mbit: Doubles
    changes: NDArray[np.int32]


def day_plan(
    layers: Layers,
    asked: Asked,
    rules: Rules,
    *,
    weight: Doubles | None,
    awake: Bools,
    first_mode: Modes,
) -> DayPlan:
    """Plan a day.

    Args:
        layers: What layers may do, carry and draw.
        asked: What is expected of them.
        rules: What the plan keeps to.
        weight: Worth of energy by slot, 1 on average.
        awake: What may not sleep. Shape (sector, layer, slot).
        first_mode: What layers did before the first slot. Shape (sector, layer).
    """
    known = without(asked.reason)
    part, planned, mean = (
        layers[known],
        demand_of(asked.planned, known),
        demand_of(asked.mean, known),
    )
    found = plan_sleep(
        part, planned, rules, weight=weight, awake=awake[known], first_mode=first_mode[known]
    )
    all_on = carry(part, mean, np.zeros_like(found.mode), rules).energy_wh.sum(axis=1)
    drawn = carry(part, mean, found.mode, rules, first_mode=first_mode[known]).energy_wh.sum(axis=1)
    mode = np.zeros((*layers.present.shape, asked.mean.shape[2]), np.int8)
    mode[known] = found.mode
    changes = np.zeros(len(known), np.int32)
    changes[known] = found.changes
    seconds = rules.slot_h * 3600
    anyway = np.zeros(len(drawn))
    short = found.unserved_mbit > 0
    anyway[short] = _unserved(part[short], planned[short], rules) * seconds

    def placed(values: Doubles) -> Doubles:
        whole = np.full(len(known), np.nan)
        whole[known] = values
        return whole

    return DayPlan(
        mode=mode,
        expected_wh=placed(all_on - drawn),
        expected_at_quantile_wh=placed(found.all_on_wh - found.energy_wh),
        all_on_wh=placed(all_on),
        cost_wh=placed(found.cost_wh),
        bound_wh=placed(found.bound_wh),
        demand_mbit=placed((planned.lte_mbit_s + planned.nr_mbit_s).sum(1) * seconds),
        unserved_mbit=placed(found.unserved_mbit),
        unserved_anyway_mbit=placed(anyway),
        changes=changes,
    )


def _unserved(layers: Layers, demand: Demand, rules: Rules) -> Doubles:
    """Return what every layer together leaves uncarried, summed over slots. Shape (sector,)."""
    mode = np.zeros((*layers.present.shape, demand.lte_mbit_s.shape[1]), np.int8)
    found = carry(layers, demand, mode, rules)
    return np.asarray(
        (found.lte_unserved_mbit_s + found.nr_unserved_mbit_s).sum(axis=1, dtype=np.float64)
    )


def demand_of(classes: Floats, known: Bools) -> Demand:
    """Return demand of the sectors that have a forecast, from (class, sector, slot)."""
    return Demand(classes[0][known], classes[1][known])


def without(reason: NDArray[np.object_]) -> Bools:
    """Return which sectors have no reason against them."""
    return np.array([each is None for each in reason], np.bool_)

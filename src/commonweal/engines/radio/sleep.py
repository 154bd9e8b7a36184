"""Which layers sleep when: the sector programme, solved exactly, with a bound for every sector.

A dynamic programme over configurations (a mode for every layer). Whatever is changed to lasts the
dwell; a layer that wakes draws power at once and serves after its lead, and one that goes to
sleep waits for it. The bound lets every layer change on its own and whenever it likes, which no
rule could make cheaper.

Axes: sector × layer × slot.

Source: min-plus products along the axes of a grid: Felzenszwalb and Huttenlocher (2012), Distance
transforms of sampled functions, doi:10.4086/toc.2012.v008a019.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.engines.radio.carrying import asked, columns, merit_order
from commonweal.engines.radio.sectors import N_MODES
from commonweal.engines.radio.solving import Problem, planned, with_few_changes
from commonweal.errors import InputError

if TYPE_CHECKING:
    from commonweal.engines.radio.choices import Choices
    from commonweal.engines.radio.filling import Instance
    from commonweal.engines.radio.sectors import (
        Bools,
        Demand,
        Doubles,
        Layers,
        Modes,
        Rules,
        SleepPlan,
    )

MOST_CONFIGURATIONS: Final = 64


def plan_sleep(
    layers: Layers,
    demand: Demand,
    rules: Rules,
    *,
    weight: Doubles | None = None,
    awake: Bools | None = None,
    first_mode: Modes | None = None,
    threads: int = 2,
) -> SleepPlan:
    """Return the plan of least cost that keeps the rules, and a bound on any.

    The cost is weighted energy, plus switching, plus the price of what nothing carries. A
    configuration before the first slot may be left at once; every later one lasts ``dwell_slots``
    (``lead_slots`` if those are more) within the plan's span. ``awake`` goes before
    ``most_changes``.

    Args:
        layers: What layers may do, carry and draw.
        demand: What users are expected to ask, Mbit/s.
        rules: What the plan keeps to.
        weight: Price of energy by slot, 1 on average. Shape (slot,).
        awake: These layers are on in these slots. Shape (sector, layer, slot).
        first_mode: Modes before the first slot; free to choose if None. Shape (sector, layer).
        threads: Threads that share the sectors.

    Returns:
        Modes and figures for each sector; the same whatever other sectors are in the call. No plan
        in which each *layer* keeps its modes for the dwell costs less than ``bound_wh``. With
        ``most_changes`` the plan is the best of a search along prices of a change.

    Raises:
        InputError: Shapes do not fit, a deeper mode carries more than one that is on, or a weight
            is negative.
    """
    n_slots = demand.lte_mbit_s.shape[1]
    _check(layers, n_slots, weight, awake, first_mode)
    first = np.zeros((layers.n_sectors, 0)) if first_mode is None else first_mode
    if first_mode is not None:
        first = np.where(layers.present, first_mode, 0)
    held = np.zeros((*layers.present.shape, 0)) if awake is None else awake
    given = _instance(layers, demand, rules)._replace(
        weight=np.ones(n_slots) if weight is None else weight.astype(np.float64),
        awake=np.ascontiguousarray(held, dtype=np.bool_),
        first=np.ascontiguousarray(first, dtype=np.int8),
    )
    problem = Problem(given, *choices_of(layers), threads)
    found = planned(problem)
    if rules.most_changes is not None and (found.changes > rules.most_changes).any():
        found = with_few_changes(problem, found, rules.most_changes)
    return replace(found, bound_wh=np.minimum(found.bound_wh, found.cost_wh))


def choices_of(layers: Layers) -> tuple[Choices, Choices]:
    """Return what layers choose from, in the plan and in the bound.

    Args:
        layers: What layers may do, carry and draw.

    Returns:
        The same twice, unless a sector has more than ``MOST_CONFIGURATIONS``.
    """
    from commonweal.engines.radio.choices import (  # noqa: PLC0415 - the compiler
        Choices,
        list_choices,
        merge_choices,
    )

    _, capacity, base, _, switch = columns(layers)
    two = layers.present.shape
    three = (*two, N_MODES)
    plan = Choices(
        np.zeros(two, np.int8), np.zeros(three, np.int8), np.zeros(three, np.float32),
        np.zeros(three, np.float32), np.zeros(three, np.float32), np.zeros(two[0], np.bool_),
    )  # fmt: skip
    order = merit_order(layers)
    list_choices(order, layers.present, layers.allowed, capacity, base, switch, plan)
    if plan.n_choices.astype(np.int64).prod(axis=1).max(initial=1) <= MOST_CONFIGURATIONS:
        return plan, plan
    bound = Choices._make(each.copy() for each in plan)
    merge_choices(MOST_CONFIGURATIONS, plan, bound)
    return plan, bound


def _check(
    layers: Layers,
    n_slots: int,
    weight: Doubles | None,
    awake: Bools | None,
    first_mode: Modes | None,
) -> None:
    may = layers.allowed & layers.present[..., None]
    if ((layers.capacity_mbit_s > layers.capacity_mbit_s[..., :1]) & may).any():
        raise InputError(
            "a layer carries more in a deeper mode than when it is on",
            hint="check the capacities of its modes",
        )
    wanted = {
        "weight": (weight, (n_slots,)),
        "awake": (awake, (*layers.present.shape, n_slots)),
        "first_mode": (first_mode, layers.present.shape),
    }
    for name, (values, shape) in wanted.items():
        if values is not None and values.shape != shape:
            raise InputError(f"{name} has shape {values.shape}, layers and demand ask for {shape}")
    if weight is not None and not (np.isfinite(weight) & (weight >= 0)).all():
        raise InputError(f"weight holds {weight.min()}", hint="give finite weights from 0 on")
    if first_mode is not None and not ((first_mode >= 0) & (first_mode < N_MODES)).all():
        raise InputError(f"first_mode holds {first_mode.min()} to {first_mode.max()}, not 0 to 3")


def _instance(layers: Layers, demand: Demand, rules: Rules) -> Instance:
    """Gather what compiled code reads; nothing is weighted, awake or given before."""
    from commonweal.engines.radio.filling import Instance  # noqa: PLC0415 - the compiler

    n, n_layers = layers.present.shape
    n_slots = demand.lte_mbit_s.shape[1]
    lasting = max(rules.dwell_slots, rules.lead_slots)
    return Instance(
        merit_order(layers), *columns(layers), *asked(layers, demand),
        awake=np.zeros((n, n_layers, 0), np.bool_), first=np.zeros((n, 0), np.int8),
        change=np.zeros(n, np.float32), weight=np.ones(n_slots),
        price_w=rules.unserved_w_per_mbit_s, slot_h=rules.slot_h,
        dwell=max(1, min(lasting, n_slots)), lead=rules.lead_slots,
    )  # fmt: skip

"""Merit-order filling of layers, compiled. Private to ``carrying`` and ``sleep``.

Axes are sector × layer × mode and sector × slot; a layer's ``order`` is cheapest slope first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from commonweal.engines.radio.compiling import compiled, inner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.engines.radio.sectors import Bools, Doubles, Floats, Modes

    Order = NDArray[np.int64]


class Instance(NamedTuple):
    """Sectors and what is asked of them, as arrays.

    Attributes:
        order: Layers, cheapest first. Shape (sector, place).
        nr: Shape (sector, layer).
        capacity: Shape (sector, layer, mode).
        base: Shape (sector, layer, mode).
        slope: Shape (sector, layer).
        switch: Shape (sector, layer, mode).
        lte: LTE-only demand. Shape (sector, slot).
        both: NR-capable demand. Shape (sector, slot).
        awake: Shape (sector, layer, slot), or no slot at all.
        first: Modes before the first slot; no layer at all if any would do. Shape (sector, layer).
        change: What a change of configuration costs beyond its switching, Wh. Shape (sector,).
        weight: Price of energy. Shape (slot,).
        price_w: Price of unserved demand, for each Mbit/s.
        slot_h: Length of a slot, hours.
        dwell: Slots that a configuration lasts.
        lead: Slots before a layer that woke serves.
    """

    order: Order
    nr: Bools
    capacity: Floats
    base: Floats
    slope: Floats
    switch: Floats
    lte: Floats
    both: Floats
    awake: Bools
    first: Modes
    change: Floats
    weight: Doubles
    price_w: float
    slot_h: float
    dwell: int
    lead: int


@inner
def fill(  # noqa: PLR0917 - compiled: plain arrays
    order: Order, nr: Bools, usable: Doubles, slope: Doubles, lte_ask: float, nr_ask: float,
    carried: Doubles,
) -> float:  # fmt: skip
    """Write what each layer of one sector carries; return the power that it adds, watts.

    What layers may carry is a polymatroid: NR layers no more than NR-capable demand, all of them
    no more than all demand. So the greedy is optimal: cheapest first, each as much as it can.
    """
    left, nr_left, power_w = lte_ask + nr_ask, nr_ask, 0.0
    for layer in order:
        amount = min(usable[layer], left)
        if nr[layer]:
            amount = min(amount, nr_left)
            nr_left -= amount
        left -= amount
        carried[layer] = amount
        power_w += slope[layer] * amount
    return power_w


@inner
def usable_at(  # noqa: PLR0917
    t: int, lead: int, capacity: Floats, mode: Modes, first: Modes, usable: Doubles
) -> None:
    """Write what each layer of one sector can carry in a slot: the least since ``lead`` ago."""
    for layer in range(mode.shape[0]):
        least = capacity[layer, mode[layer, t]]
        for before in range(t - lead, t):
            which = mode[layer, before] if before >= 0 else first[layer]
            least = min(least, capacity[layer, which])
        usable[layer] = least


@compiled
def carry_slots(  # noqa: PLR0913, PLR0917
    order: Order, nr: Bools, capacity: Floats, base: Floats, slope: Floats,
    lte_ask: Floats, nr_ask: Floats, mode: Modes, first: Modes, lead: int, slot_h: float,
    energy_wh: Doubles, carried: Floats, lte_unserved: Floats, nr_unserved: Floats,
) -> None:  # fmt: skip
    """Write what happens in every slot of every sector."""
    n_sectors, n_layers, n_slots = mode.shape
    usable, amount = np.zeros(n_layers), np.zeros(n_layers)
    for s in range(n_sectors):
        held = slope[s].astype(np.float64)
        for t in range(n_slots):
            usable_at(t, lead, capacity[s], mode[s], first[s], usable)
            lte, both = float(lte_ask[s, t]), float(nr_ask[s, t])
            power_w = fill(order[s], nr[s], usable, held, lte, both, amount)
            on_lte = on_nr = 0.0
            for layer in range(n_layers):
                carried[s, layer, t] = amount[layer]
                power_w += base[s, layer, mode[s, layer, t]]
                if nr[s, layer]:
                    on_nr += amount[layer]
                else:
                    on_lte += amount[layer]
            energy_wh[s, t] = power_w * slot_h
            lte_unserved[s, t] = max(lte - on_lte, 0.0)
            nr_unserved[s, t] = max(both - on_nr - max(on_lte - lte, 0.0), 0.0)


@inner
def usable_row(capacity: Floats, lead: int, mode: Modes, first: int, usable: Doubles) -> None:
    """Write what one layer can carry in every slot: the least since ``lead`` ago."""
    n_slots = mode.shape[0]
    for t in range(n_slots):
        usable[t] = capacity[mode[t]]
    for later in range(1, lead + 1):
        for t in range(n_slots):
            before = mode[t - later] if t >= later else first
            usable[t] = min(usable[t], capacity[before])


@inner
def fill_row(  # noqa: PLR0917
    usable: Doubles, slope: float, is_nr: bool, left: Doubles, nr_left: Doubles, power_w: Doubles  # noqa: FBT001
) -> None:  # fmt: skip
    """Let one layer carry what it can of what is left in every slot: a step of ``fill``."""
    for t in range(left.shape[0]):
        amount = min(usable[t], left[t])
        if is_nr:
            amount = min(amount, nr_left[t])
            nr_left[t] -= amount
        left[t] -= amount
        power_w[t] += slope * amount


@inner
def switch_row(  # noqa: PLR0917
    base: Floats, switch: Floats, mode: Modes, first: int, power_w: Doubles, switched_wh: Doubles,
    changed: Bools,
) -> None:  # fmt: skip
    """Add what one layer draws in every slot, and what its changes cost."""
    before = first
    for t in range(mode.shape[0]):
        now = mode[t]
        power_w[t] += base[now]
        if now != before:
            switched_wh[t] += switch[now] + switch[before]
            changed[t] = True
            before = now


@compiled
def plan_totals(  # noqa: PLR0917
    given: Instance, mode: Modes, first: Modes, a: int, b: int, totals: Doubles
) -> None:
    """Write cost, energy, unserved demand (Mbit/s × h) and changes of sectors from a to b."""
    _, n_layers, n_slots = mode.shape
    usable, left, nr_left, power_w, switched_wh = np.zeros((5, n_slots))
    changed = np.zeros(n_slots, np.bool_)
    for s in range(a, b):
        power_w[:], switched_wh[:], changed[:] = 0.0, 0.0, False
        for t in range(n_slots):
            nr_left[t] = given.both[s, t]
            left[t] = given.lte[s, t] + nr_left[t]
        for layer in given.order[s]:
            usable_row(
                given.capacity[s, layer], given.lead, mode[s, layer], first[s, layer], usable
            )
            fill_row(
                usable, float(given.slope[s, layer]), given.nr[s, layer], left, nr_left, power_w
            )
        for layer in range(n_layers):
            base, switch = given.base[s, layer], given.switch[s, layer]
            switch_row(base, switch, mode[s, layer], first[s, layer], power_w, switched_wh, changed)
        totals[s] = 0.0
        for t in range(n_slots):
            unserved = max(left[t], 0.0)
            priced_w = power_w[t] * given.weight[t] + unserved * given.price_w
            totals[s, 0] += priced_w * given.slot_h + switched_wh[t]
            totals[s, 1] += power_w[t] * given.slot_h
            totals[s, 2] += unserved * given.slot_h
            totals[s, 3] += changed[t]

"""One layer's plan at a time, the others' held: what configurations as a whole leave on the table.

A plan whose configurations last as a whole keeps every layer from changing soon after another. Each
layer in turn gets its best plan given the others', its own modes lasting; the cost never rises.
Compiled. Axes: place in merit order × choice × lane; slot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonweal.engines.radio.blocks import ask
from commonweal.engines.radio.compiling import compiled, inner
from commonweal.engines.radio.lanes import (
    LANES,
    NEVER,
    NO_LIMIT,
    NR,
    SLOPE,
    Block,
    fill_all,
    new_block,
    solve,
)
from commonweal.engines.radio.tracing import trace

if TYPE_CHECKING:
    from commonweal.engines.radio.choices import Choices
    from commonweal.engines.radio.filling import Instance
    from commonweal.engines.radio.lanes import Numbers
    from commonweal.engines.radio.sectors import Floats, Modes


@inner
def usable_one(given: Instance, s: int, place: int, mode: Modes, usable: Floats) -> None:
    """Write what one layer of a sector can carry in every slot: the least since the lead."""
    layer = given.order[s, place]
    capacity, modes = given.capacity[s, layer], mode[s, layer]
    first = given.first[s, layer] if given.first.shape[1] else modes[0]
    for t in range(modes.shape[0]):
        least = capacity[modes[t]]
        for before in range(t - given.lead, t):
            least = min(least, capacity[modes[before] if before >= 0 else first])
        usable[t] = least


@inner
def pack_one(  # noqa: PLR0917
    given: Instance, plan: Choices, s: int, j: int, place: int, mode: Modes, block: Block
) -> None:
    """Write tables of a sector of which one layer is free, and what a change of it costs.

    A change costs nothing extra where another layer changes in the same slot.
    """
    ask(given, s, j, block)
    for i in range(given.order.shape[1]):
        nr = given.nr[s, given.order[s, i]]
        block.traffic[i, SLOPE, j] = given.slope[s, given.order[s, i]]
        block.traffic[i, NR, j] = np.float32(nr)
        block.traffic[i, NO_LIMIT, j] = np.float32(0.0) if nr else NEVER
        if i == place or given.change[s] == 0.0:
            continue
        layer = given.order[s, i]
        for t in range(mode.shape[2]):
            if t or given.first.shape[1]:
                before = mode[s, layer, t - 1] if t else given.first[s, layer]
                if before != mode[s, layer, t]:
                    block.change[t, j] = 0.0
    for m in range(plan.n_choices[s, place]):
        block.switch[place, m, j] = plan.switch[s, place, m]
        block.base[m, j] = plan.base[s, place, m] - plan.base[s, place, 0]
        block.traffic[place, m, j] = plan.capacity[s, place, m]


@inner
def fill_slot(  # noqa: PLR0917
    n: Numbers, place: int, t: int, usable: Floats, price_h: float, block: Block, cost: Floats
) -> None:
    """Write what traffic costs in a slot under every choice of one layer."""
    for i in range(n.shape[0]):
        if i != place:
            for j in range(LANES):
                block.traffic[i, 0, j] = usable[t, i, j]
    fill_all(n, block, t, price_h, cost)


@inner
def begin_one(  # noqa: PLR0917
    given: Instance, plan: Choices, lanes: Numbers, n: Numbers, place: int, usable: Floats,
    block: Block,
) -> None:  # fmt: skip
    """Write least regrets of one layer before the first slot."""
    block.v[:] = 0.0
    if given.first.shape[1] == 0:
        return
    block.start[:] = 0.0
    for j in range(LANES):
        s = lanes[min(j, lanes.shape[0] - 1)]
        layer = given.order[s, place]
        before = given.first[s, layer]
        for m in range(n[place]):
            carried = min(plan.capacity[s, place, m], given.capacity[s, layer, before])
            block.traffic[place, m, j] = carried
            block.v[m, j] = NEVER
            if plan.mode[s, place, m] == before:
                block.v[m, j] = 0.0
            else:
                block.start[m, j] = plan.switch[s, place, m] + given.switch[s, layer, before]
    for t in range(min(given.lead, block.flow.shape[0])):
        fill_slot(n, place, t, usable, given.price_w * given.slot_h, block, block.x)
        for m in range(n[place]):
            for j in range(LANES):
                block.start[m, j] += block.x[m, j] - block.on[t, j]


@inner
def plan_one(  # noqa: PLR0913, PLR0917
    given: Instance, plan: Choices, lanes: Numbers, n: Numbers, place: int, mode: Modes,
    usable: Floats, path: Numbers, block: Block,
) -> bool:  # fmt: skip
    """Write the best modes of one layer of each sector; return whether any differs."""
    for j in range(LANES):
        pack_one(given, plan, lanes[min(j, lanes.shape[0] - 1)], j, place, mode, block)
    for t in range(path.shape[0]):
        block.weight_h[t] = given.weight[t] * given.slot_h
        fill_slot(n, place, t, usable, given.price_w * given.slot_h, block, block.flow[t])
        for j in range(LANES):
            block.on[t, j] = block.flow[t, 0, j]
            for m in range(n[place]):
                block.flow[t, m, j] -= block.on[t, j]
    begin_one(given, plan, lanes, n, place, usable, block)
    solve(n, block, given.dwell, given.lead, given.first.shape[1] > 0)
    moved = False
    for j in range(lanes.shape[0]):
        s = lanes[j]
        layer, differs = given.order[s, place], False
        trace(j, n, block, given.dwell, given.lead, path)
        for t in range(path.shape[0]):
            found = plan.mode[s, place, path[t]]
            differs |= found != mode[s, layer, t]
            mode[s, layer, t] = found
        if differs:
            usable_one(given, s, place, mode, usable[:, place, j])
            moved = True
    return moved


@compiled
def improve_sectors(
    which: Numbers, given: Instance, plan: Choices, mode: Modes, most_sweeps: int
) -> None:
    """Improve modes of sectors of one shape, layer by layer, until nothing moves."""
    n_slots, n_places = given.lte.shape[1], given.order.shape[1]
    n = np.ones(n_places, np.int64)
    usable, path = np.zeros((n_slots, n_places, LANES), np.float32), np.zeros(n_slots, np.int64)
    for start in range(0, which.shape[0], LANES):
        lanes = which[start : start + LANES]
        for j in range(LANES):
            s = lanes[min(j, lanes.shape[0] - 1)]
            for place in range(n_places):
                usable_one(given, s, place, mode, usable[:, place, j])
        for _ in range(most_sweeps):
            moved = False
            for place in range(n_places):
                if plan.n_choices[lanes[0], place] == 1:
                    continue
                n[:] = 1
                n[place] = plan.n_choices[lanes[0], place]
                block = new_block(n[place], n_places, n_slots, given.dwell, given.awake.shape[2])
                moved |= plan_one(given, plan, lanes, n, place, mode, usable, path, block)
            if not moved:
                break

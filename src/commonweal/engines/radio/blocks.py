"""Blocks of sectors of one shape: packed into lanes, planned, traced back. Compiled.

Axes: sector × layer × mode and sector × slot outside; place in merit order × choice × lane inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

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
    relax,
    solve,
)
from commonweal.engines.radio.tracing import trace

if TYPE_CHECKING:
    from commonweal.engines.radio.choices import Choices
    from commonweal.engines.radio.filling import Instance
    from commonweal.engines.radio.lanes import Numbers
    from commonweal.engines.radio.sectors import Bools, Doubles, Modes


@inner
def ask(given: Instance, s: int, j: int, block: Block) -> None:
    """Write what is asked of one sector into a lane."""
    for t in range(given.lte.shape[1]):
        block.change[t, j] = given.change[s]
        block.lte[t, j], block.both[t, j] = given.lte[s, t], given.both[s, t]
    for t in range(given.awake.shape[2]):
        for i in range(given.order.shape[1]):
            held = given.awake[s, given.order[s, i], t]
            block.asleep[t, i, j] = NEVER if held else np.float32(0.0)


@inner
def pack(given: Instance, plan: Choices, choices: Choices, s: int, j: int, block: Block) -> None:  # noqa: PLR0917
    """Write one sector's tables into a lane; base draw is less what being on draws."""
    stride = 1
    block.base[:, j] = 0.0
    for i in range(given.order.shape[1]):
        layer, n = given.order[s, i], choices.n_choices[s, i]
        nr = given.nr[s, layer]
        block.traffic[i, SLOPE, j] = given.slope[s, layer]
        block.traffic[i, NR, j] = np.float32(nr)
        block.traffic[i, NO_LIMIT, j] = np.float32(0.0) if nr else NEVER
        for m in range(n):
            block.traffic[i, m, j] = choices.capacity[s, i, m]
            block.switch[i, m, j] = choices.switch[s, i, m]
        for k in range(block.base.shape[0]):
            m = k // stride % n
            block.base[k, j] += choices.base[s, i, m] - plan.base[s, i, 0]
        stride *= n


@inner
def enter(given: Instance, choices: Choices, s: int, j: int, block: Block) -> None:
    """Write what changing from the modes before the first slot costs, and what they can carry.

    A configuration that goes on as before costs nothing. Until the lead has passed layers carry
    the lesser of both capacities: those stand in the table until the lane is packed again.
    """
    stride, same = 1, 0
    block.start[:, j] = 0.0
    block.v[:, j] = NEVER
    for i in range(given.order.shape[1]):
        layer, n = given.order[s, i], choices.n_choices[s, i]
        before, found = given.first[s, layer], -1
        for m in range(n):
            carried = given.capacity[s, layer, before]
            block.traffic[i, m, j] = min(choices.capacity[s, i, m], carried)
            if choices.mode[s, i, m] == before:
                found = m
        for k in range(block.start.shape[0]):
            m = k // stride % n
            if m != found:
                block.start[k, j] += choices.switch[s, i, m] + given.switch[s, layer, before]
        same = same + found * stride if same >= 0 and found >= 0 else -1
        stride *= n
    if same >= 0:
        block.v[same, j] = 0.0


@inner
def cost_all(given: Instance, n: Numbers, block: Block, is_plan: bool) -> None:  # noqa: FBT001
    """Write what traffic costs in every slot, less what it costs with every layer on."""
    for t in range(block.flow.shape[0]):
        flow = block.flow[t]
        fill_all(n, block, t, given.price_w * given.slot_h, flow)
        if is_plan:
            for j in range(LANES):
                block.on[t, j] = flow[0, j]
        for k in range(flow.shape[0]):
            for j in range(LANES):
                flow[k, j] -= block.on[t, j]


@inner
def write_modes(  # noqa: PLR0917
    given: Instance, plan: Choices, n: Numbers, s: int, path: Numbers, mode: Modes
) -> None:
    """Write what the configurations of one sector mean for its layers."""
    since = 0
    for t in range(1, path.shape[0] + 1):
        if t < path.shape[0] and path[t] == path[since]:
            continue
        rest = path[since]
        for i in range(n.shape[0]):
            mode[s, given.order[s, i], since:t] = plan.mode[s, i, rest % n[i]]
            rest //= n[i]
        since = t


@inner
def begin(  # noqa: PLR0917
    given: Instance, choices: Choices, lanes: Numbers, n: Numbers, lead: int, block: Block
) -> None:
    """Write least regrets before the first slot."""
    block.v[:] = 0.0
    if given.first.shape[1] == 0:
        return
    for j in range(LANES):
        enter(given, choices, lanes[min(j, lanes.shape[0] - 1)], j, block)
    for t in range(min(lead, block.flow.shape[0])):
        fill_all(n, block, t, given.price_w * given.slot_h, block.x)
        for k in range(block.x.shape[0]):
            for j in range(LANES):
                block.start[k, j] += block.x[k, j] - block.on[t, j]


@inner
def load(  # noqa: PLR0917
    given: Instance, plan: Choices, choices: Choices, lanes: Numbers, n: Numbers, block: Block
) -> bool:
    """Write tables and costs of some sectors; the last one fills lanes that are left over.

    Return whether they may begin with a change.
    """
    for t in range(block.flow.shape[0]):
        block.weight_h[t] = given.weight[t] * given.slot_h
    for j in range(LANES):
        s = lanes[min(j, lanes.shape[0] - 1)]
        ask(given, s, j, block)
        pack(given, plan, plan, s, j, block)
    cost_all(given, n, block, is_plan=True)
    if choices.merged[lanes[0]]:
        for j in range(LANES):
            pack(given, plan, choices, lanes[min(j, lanes.shape[0] - 1)], j, block)
        cost_all(given, n, block, is_plan=False)
    return bool(given.first.shape[1] > 0)


@inner
def lasts(modes: Modes, first: Modes, dwell: int) -> bool:
    """Return whether every mode that a layer of one sector was changed to lasts ``dwell``."""
    for layer in range(modes.shape[0]):
        before = first[layer] if first.shape[0] else modes[layer, 0]
        since = -dwell
        for t in range(modes.shape[1]):
            if modes[layer, t] != before:
                if t - since < dwell:
                    return False
                before, since = modes[layer, t], t
        if modes.shape[1] - since < dwell:
            return False
    return True


@compiled
def relax_sectors(  # noqa: PLR0917
    which: Numbers, given: Instance, plan: Choices, bound: Choices, mode: Modes,
    regret: Doubles, settled: Bools,
) -> None:  # fmt: skip
    """Write what sectors of one shape would do if nothing had to last, and its regret.

    ``settled`` says where it lasts all the same: there it is the optimum.
    """
    n = plan.n_choices[which[0]].astype(np.int64)
    n_slots, n_asleep = given.lte.shape[1], given.awake.shape[2]
    block = new_block(n.prod(), given.order.shape[1], n_slots, 1, n_asleep)
    path = np.zeros(n_slots, np.int64)
    lead = min(given.lead, 1)
    for start in range(0, which.shape[0], LANES):
        lanes = which[start : start + LANES]
        has_first = load(given, plan, bound, lanes, n, block)
        begin(given, bound, lanes, n, lead, block)
        relax(n, block, lead, has_first)
        for j in range(lanes.shape[0]):
            s = lanes[j]
            regret[s] = block.v[:, j].min()
            trace(j, n, block, 1, lead, path)
            write_modes(given, plan, n, s, path, mode)
            exact = given.lead == lead and not plan.merged[s]
            settled[s] = exact and lasts(mode[s], given.first[s], given.dwell)


@compiled
def plan_sectors(which: Numbers, given: Instance, plan: Choices, mode: Modes) -> None:
    """Write the best modes of sectors of one shape whose configurations last as a whole."""
    n = plan.n_choices[which[0]].astype(np.int64)
    n_slots, n_asleep = given.lte.shape[1], given.awake.shape[2]
    block = new_block(n.prod(), given.order.shape[1], n_slots, given.dwell, n_asleep)
    path = np.zeros(n_slots, np.int64)
    for start in range(0, which.shape[0], LANES):
        lanes = which[start : start + LANES]
        has_first = load(given, plan, plan, lanes, n, block)
        begin(given, plan, lanes, n, given.lead, block)
        solve(n, block, given.dwell, given.lead, has_first)
        for j in range(lanes.shape[0]):
            trace(j, n, block, given.dwell, given.lead, path)
            write_modes(given, plan, n, lanes[j], path, mode)

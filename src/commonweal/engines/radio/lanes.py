"""The sector programme, compiled: 64 sectors of one shape side by side.

A configuration is a choice for every layer; its number is Σ choice × stride, the cheapest layer's
stride being 1. Arrays are configuration × lane, so that one instruction serves all lanes. Costs
are regrets against every layer on, in watt-hours: small numbers, for which 32 bits suffice.

A change that begins in slot t carries, until its lead has passed, no more than both its ends can:
what the deeper choice of each layer can. Walking down to there and up again, layer by layer, finds
the best change without trying all pairs: sums along a star's rays are never shorter than the
direct way, so that the best walk goes no deeper than it must.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from commonweal.engines.radio.compiling import inner, making

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.engines.radio.sectors import Floats

    Numbers = NDArray[np.int64]

LANES: Final = 64  # four wide registers of 32-bit numbers, as many as compilers unroll
NEVER: Final = np.float32(1e12)  # more than any plan costs
# Rows of a layer's table: up to four capacities, then what follows.
SLOPE: Final = 4
NO_LIMIT: Final = 5  # 0 for NR, which carries NR-capable demand only, else more than any demand
NR: Final = 6
N_ROWS: Final = 7


class Block(NamedTuple):
    """Tables and scratch of one block of sectors.

    Attributes:
        traffic: Capacity of each choice, slope, whether NR. Shape (place, row, lane).
        switch: What entering or leaving a choice costs. Shape (place, choice, lane).
        lte: LTE-only demand. Shape (slot, lane).
        both: NR-capable demand. Shape (slot, lane).
        asleep: What sleeping costs: nothing, or more than any plan. Shape (slot, place, lane), or
            no slot at all.
        weight_h: Price of energy times length of a slot. Shape (slot,).
        change: What a change costs beyond its switching. Shape (slot, lane).
        base: What configurations draw. Shape (configuration, lane), as those that follow.
        flow: What traffic costs. Shape (slot, configuration, lane).
        on: What traffic costs with every layer on. Shape (slot, lane).
        start: Least regret of a change in the first slot.
        kept: Least regret before a slot, by what may be left in it. As ``flow``.
        changed: It came from a change. As ``flow``.
        pending: Regrets of changes whose dwell is not over. Shape (dwell, configuration, lane).
        begun: There are such regrets. Shape (dwell,).
        v: Least regrets.
        x: Scratch.
        at: What configurations draw in a slot before any traffic.
        fill: Demand left, NR-capable demand left, power. Shape (2, configuration, 3, lane).
        left: Scratch of one lane: regret of having come from a configuration. Shape
            (configuration,).
        meet: The configuration that both have in common. Shape (configuration,).
    """

    traffic: Floats
    switch: Floats
    lte: Floats
    both: Floats
    asleep: Floats
    weight_h: Floats
    change: Floats
    base: Floats
    flow: Floats
    on: Floats
    start: Floats
    kept: Floats
    changed: NDArray[np.bool_]
    pending: Floats
    begun: NDArray[np.bool_]
    v: Floats
    x: Floats
    at: Floats
    fill: Floats
    left: Floats
    meet: Numbers


@making
def new_block(width: int, n_places: int, n_slots: int, dwell: int, n_asleep: int) -> Block:
    """Return room for sectors of ``width`` configurations; ``n_asleep`` is ``n_slots`` or 0."""
    f32 = np.float32
    all_slots = (n_slots, width, LANES)
    return Block(
        np.zeros((n_places, N_ROWS, LANES), f32), np.zeros((n_places, 4, LANES), f32),
        np.zeros((n_slots, LANES), f32), np.zeros((n_slots, LANES), f32),
        np.zeros((n_asleep, n_places, LANES), f32), np.zeros(n_slots, f32),
        np.zeros((n_slots, LANES), f32),
        np.zeros((width, LANES), f32), np.zeros(all_slots, f32), np.zeros((n_slots, LANES), f32),
        np.zeros((width, LANES), f32), np.zeros(all_slots, f32), np.zeros(all_slots, np.bool_),
        np.zeros((dwell, width, LANES), f32), np.zeros(dwell, np.bool_),
        np.zeros((width, LANES), f32), np.zeros((width, LANES), f32), np.zeros((width, LANES), f32),
        np.zeros((2, width, 3, LANES), f32), np.zeros(width, f32), np.zeros(width, np.int64),
    )  # fmt: skip


@inner
def fill_all(n: Numbers, block: Block, t: int, price_h: float, cost: Floats) -> None:
    """Write what traffic costs in one slot under every configuration.

    Layers fill by merit; configurations that agree in the cheaper layers share the work.
    """
    side, width, fill = 0, 1, block.fill
    for j in range(LANES):
        fill[0, 0, 0, j] = block.lte[t, j] + block.both[t, j]
        fill[0, 0, 1, j] = block.both[t, j]
        fill[0, 0, 2, j] = 0.0
    for i in range(n.shape[0]):
        table = block.traffic[i]
        for m in range(n[i]):
            for p in range(width):
                before, after = fill[side, p], fill[1 - side, m * width + p]
                for j in range(LANES):
                    left, nr_left = before[0, j], before[1, j]
                    amount = min(min(table[m, j], left), nr_left + table[NO_LIMIT, j])  # noqa: PLW3301
                    after[0, j] = left - amount
                    after[1, j] = nr_left - amount * table[NR, j]
                    after[2, j] = before[2, j] + amount * table[SLOPE, j]
        side = 1 - side
        width *= n[i]
    weight, price = block.weight_h[t], np.float32(price_h)
    for k in range(width):
        for j in range(LANES):
            cost[k, j] = fill[side, k, 2, j] * weight + fill[side, k, 0, j] * price


@inner
def walk(n: Numbers, switch: Floats, direction: int, x: Floats) -> None:
    """Let layers go to later choices (``direction`` 1) or earlier ones (-1) where that is cheaper.

    Written out for up to four choices: a loop over choices would not run all lanes at once.
    """
    stride, size = 1, x.shape[0]
    for i in range(n.shape[0]):
        last, c, d = n[i] - 1, switch[i], stride * direction
        if last == 0:
            continue
        m = 0 if direction > 0 else last
        m1, m2, m3 = m + direction, m + 2 * direction, m + 3 * direction
        for first in range(0, size, stride * n[i]):
            for a in range(first + m * stride, first + (m + 1) * stride):
                if last == 1:
                    for j in range(LANES):
                        x[a + d, j] = min(x[a + d, j], x[a, j] + c[m, j] + c[m1, j])
                elif last == 2:  # noqa: PLR2004
                    for j in range(LANES):
                        least, one = x[a, j] + c[m, j], x[a + d, j]
                        x[a + d, j] = min(one, least + c[m1, j])
                        least = min(least, one + c[m1, j])
                        x[a + 2 * d, j] = min(x[a + 2 * d, j], least + c[m2, j])
                else:
                    for j in range(LANES):
                        least, one, two = x[a, j] + c[m, j], x[a + d, j], x[a + 2 * d, j]
                        x[a + d, j] = min(one, least + c[m1, j])
                        least = min(least, one + c[m1, j])
                        x[a + 2 * d, j] = min(two, least + c[m2, j])
                        least = min(least, two + c[m2, j])
                        x[a + 3 * d, j] = min(x[a + 3 * d, j], least + c[m3, j])
        stride *= n[i]


@inner
def draw_all(n: Numbers, block: Block, t: int) -> None:
    """Write what configurations draw in a slot before traffic; ``NEVER`` where one may not be."""
    at = block.at
    for k in range(at.shape[0]):
        for j in range(LANES):
            at[k, j] = block.base[k, j] * block.weight_h[t]
    if block.asleep.shape[0] == 0:
        return
    asleep, stride = block.asleep[t], 1
    for i in range(n.shape[0]):
        for k in range(at.shape[0]):
            if k // stride % n[i]:
                for j in range(LANES):
                    at[k, j] += asleep[i, j]
        stride *= n[i]


@inner
def add(to: Floats, what: Floats) -> None:
    """Add arrays of configurations and lanes."""
    for k in range(to.shape[0]):
        for j in range(LANES):
            to[k, j] += what[k, j]


@inner
def copy(to: Floats, what: Floats) -> None:
    """Copy an array of configurations and lanes; assigning a slice takes long to compile."""
    for k in range(to.shape[0]):
        for j in range(LANES):
            to[k, j] = what[k, j]


@inner
def change_all(n: Numbers, block: Block, t: int, lead: int, has_start: bool) -> bool:  # noqa: FBT001
    """Write to ``x`` the least regret of a change that begins in slot t; False if none may."""
    x = block.x
    if t == 0 and not has_start:
        return False
    if t == 0:
        copy(x, block.start)
    else:
        copy(x, block.v)
        walk(n, block.switch, 1, x)
        for later in range(t, min(t + lead, block.flow.shape[0])):
            add(x, block.flow[later])
        walk(n, block.switch, -1, x)
    for k in range(x.shape[0]):
        for j in range(LANES):
            x[k, j] += block.change[t, j]
    return True


@inner
def solve(n: Numbers, block: Block, dwell: int, lead: int, has_start: bool) -> None:  # noqa: FBT001
    """Fill the tables of least regrets: every configuration that was changed to lasts ``dwell``."""
    v, at, pending, begun = block.v, block.at, block.pending, block.begun
    n_slots, size = block.flow.shape[0], v.shape[0]
    for t in range(n_slots):
        flow, changed = block.flow[t], block.changed[t]
        copy(block.kept[t], v)
        draw_all(n, block, t)
        now = t % dwell
        begun[now] = t + dwell <= n_slots and change_all(n, block, t, lead, has_start)
        if begun[now]:
            copy(pending[now], block.x)
        add(v, at)
        add(v, flow)
        for age in range(min(dwell, t + 1)):
            row = (t - age) % dwell
            if begun[row]:
                add(pending[row], at)
                if age >= lead:
                    add(pending[row], flow)
        changed[:] = False
        row = (t + 1) % dwell
        if t + 1 >= dwell and begun[row]:
            over = pending[row]
            for k in range(size):
                for j in range(LANES):
                    changed[k, j] = over[k, j] < v[k, j]
                    v[k, j] = min(v[k, j], over[k, j])


@inner
def relax(n: Numbers, block: Block, lead: int, has_start: bool) -> None:  # noqa: FBT001
    """Fill the tables of least regrets if nothing had to last; ``lead`` is 0 or 1."""
    v, x, at = block.v, block.x, block.at
    for t in range(block.flow.shape[0]):
        flow, changed = block.flow[t], block.changed[t]
        copy(block.kept[t], v)
        draw_all(n, block, t)
        changes = change_all(n, block, t, lead, has_start)
        if changes and lead == 0:
            add(x, flow)
        add(v, flow)
        changed[:] = False
        if changes:
            for k in range(v.shape[0]):
                for j in range(LANES):
                    changed[k, j] = x[k, j] < v[k, j]
                    v[k, j] = min(v[k, j], x[k, j])
        add(v, at)

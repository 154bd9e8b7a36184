"""Which modes are worth a thought: what a layer may choose from, cheapest layer first. Compiled.

A mode is dropped if another carries no less, draws no more and costs no more to switch to. Where
configurations are still too many, two neighbouring modes become one: the plan's table keeps
one of them, the bound's table keeps the best of both, which is a relaxation.

Axes: sector × place in merit order × choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from commonweal.engines.radio.compiling import compiled, inner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.engines.radio.filling import Order
    from commonweal.engines.radio.sectors import Bools, Floats, Modes


class Choices(NamedTuple):
    """What layers choose from; choice 0 is ``ON``, and each one after carries no more.

    Attributes:
        n_choices: How many choices, at least 1. Shape (sector, place).
        mode: The mode of a choice. Shape (sector, place, choice), as all below.
        capacity: What it carries, Mbit/s.
        base: What it draws, W.
        switch: What entering or leaving it costs, Wh.
        merged: The sector's choices were merged. Shape (sector,).
    """

    n_choices: Modes
    mode: Modes
    capacity: Floats
    base: Floats
    switch: Floats
    merged: NDArray[np.bool_]


@inner
def _dominated(
    m: int, candidates: NDArray[np.int64], cap: Floats, base: Floats, sw: Floats
) -> bool:
    for other in candidates:
        if other == m:
            continue
        no_worse = cap[other] >= cap[m] and base[other] <= base[m] and sw[other] <= sw[m]
        equal = cap[other] == cap[m] and base[other] == base[m] and sw[other] == sw[m]
        if no_worse and (not equal or other < m):
            return True
    return False


@compiled
def list_choices(  # noqa: PLR0917
    order: Order, present: Bools, allowed: Bools, cap: Floats, base: Floats, sw: Floats,
    found: Choices,
) -> None:  # fmt: skip
    """Write each layer's choices: ``ON``, then what is not dominated, by falling capacity."""
    n_sectors, n_layers, n_modes = allowed.shape
    for s in range(n_sectors):
        for place in range(n_layers):
            layer = order[s, place]
            n_open = 1
            candidates = np.zeros(n_modes, dtype=np.int64)
            if present[s, layer]:
                for m in range(1, n_modes):
                    if allowed[s, layer, m]:
                        candidates[n_open] = m
                        n_open += 1
            c, b, w = cap[s, layer], base[s, layer], sw[s, layer]
            n = 0
            for m in candidates[:n_open]:
                if m and _dominated(m, candidates[:n_open], c, b, w):
                    continue
                at = n
                while at > 1 and c[found.mode[s, place, at - 1]] < c[m]:
                    found.mode[s, place, at] = found.mode[s, place, at - 1]
                    at -= 1
                found.mode[s, place, at] = m
                n += 1
            found.n_choices[s, place] = n
            for i in range(n):
                m = found.mode[s, place, i]
                found.capacity[s, place, i] = c[m]
                found.base[s, place, i], found.switch[s, place, i] = b[m], w[m]


@compiled
def merge_choices(most: int, plan: Choices, bound: Choices) -> None:
    """Merge choices of sectors with more than ``most`` configurations until they fit.

    Two modes of the layer with the most choices become one, the pair that draws most alike; the
    plan keeps the one that carries more.
    """
    for s in range(plan.n_choices.shape[0]):
        while plan.n_choices[s].astype(np.int64).prod() > most:
            plan.merged[s] = bound.merged[s] = True
            place = plan.n_choices[s].argmax()
            n = plan.n_choices[s, place]
            base = plan.base[s, place]
            keep = np.abs(base[1:n] - base[: n - 1]).argmin()
            for table in (plan.capacity, plan.base, plan.switch, bound.capacity):
                table[s, place, keep + 1 : n - 1] = table[s, place, keep + 2 : n]
            plan.mode[s, place, keep + 1 : n - 1] = plan.mode[s, place, keep + 2 : n]
            for table in (bound.base, bound.switch):
                least = min(table[s, place, keep], table[s, place, keep + 1])
                table[s, place, keep + 1 : n - 1] = table[s, place, keep + 2 : n]
                table[s, place, keep] = least
            plan.n_choices[s, place] = bound.n_choices[s, place] = n - 1

"""Neighbours that lend capacity to sectors without a coverage layer of their own.

While a neighbour lends, such a sector has one more layer, that is always on and as large as what
the neighbour set aside, and pays what the neighbour draws for it: so its own layers may sleep, and
nothing is given away twice or booked as saved. While it does not, they stay awake.

Axes: sector × layer × mode, sector × slot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from commonweal.engines.radio.carrying import carry
from commonweal.engines.radio.sectors import N_MODES, Demand, Layers, Mode

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.engines.radio.sectors import Bools, Doubles, Floats, Modes, Rules

Scalar = TypeVar("Scalar", bound=np.generic)


def lends(headroom_mbit_s: Floats, helper: NDArray[np.int64], wanted_mbit_s: Floats) -> Bools:
    """Return who may lean on whom when: each wholly or not at all, together on what there is.

    Args:
        headroom_mbit_s: What helpers have left at a cautious quantile, all their own demand on
            their coverage layers; not known (NaN) or below 0 is none. Shape (helper, slot).
        helper: Position of who helps. Shape (sector,).
        wanted_mbit_s: What each sector would need if all of it slept; NaN is not known. Shape
            (sector, slot).

    Returns:
        Shape (sector, slot). Where more is wanted than there is, the sector that comes first has
        it.
    """
    left = np.nan_to_num(headroom_mbit_s, nan=0.0).astype(np.float64)
    found = np.zeros(wanted_mbit_s.shape, np.bool_)
    waiting = np.arange(helper.size)
    while waiting.size:  # in each round one sector of every helper
        first = waiting[np.unique(helper[waiting], return_index=True)[1]]
        wanted, of = wanted_mbit_s[first], helper[first]
        found[first] = wanted <= left[of]  # never of NaN
        left[of] -= np.where(found[first], wanted, 0.0)
        waiting = np.setdiff1d(waiting, first, assume_unique=True)
    return found


def ready(lent: Bools, lead_slots: int, *, before: Bools, after: Bools) -> Bools:
    """Return when sectors may rest on it: while, and as long before and after as waking takes.

    Args:
        lent: Shape (sector, slot).
        lead_slots: How long a layer takes to wake: it has to be told before the help ends.
        before: Whether it was lent in the slot before the first. Shape (sector,).
        after: Whether it is in the slot after the last. Shape (sector,).
    """
    past, ahead = (np.repeat(each[:, None], lead_slots, axis=1) for each in (before, after))
    whole = np.concatenate([past, lent, ahead], axis=1)
    windows = sliding_window_view(whole, 2 * lead_slots + 1, axis=1)
    return np.asarray(windows.all(axis=2))


def with_help(layers: Layers, most_mbit_s: Doubles, slope_w_per_mbit_s: Floats) -> Layers:
    """Return layers with one more: LTE capacity of a neighbour, always on.

    Args:
        layers: The sectors.
        most_mbit_s: The most that is lent in any slot, 0 for none. Shape (sector,).
        slope_w_per_mbit_s: What the helper draws for it, and what a longer way is worth avoiding.
            Shape (sector,).
    """
    n = layers.n_sectors
    none = np.zeros((n, 1, N_MODES), dtype=np.float32)
    capacity, on = none.copy(), np.zeros((n, 1, N_MODES), dtype=np.bool_)
    capacity[:, 0, Mode.ON], on[:, 0, Mode.ON] = most_mbit_s, True

    return Layers(
        present=_joined(layers.present, (most_mbit_s > 0)[:, None]),
        is_nr=_joined(layers.is_nr, np.zeros((n, 1), dtype=np.bool_)),
        allowed=_joined(layers.allowed, on),
        capacity_mbit_s=_joined(layers.capacity_mbit_s, capacity),
        base_w=_joined(layers.base_w, none),
        slope_w_per_mbit_s=_joined(layers.slope_w_per_mbit_s, slope_w_per_mbit_s[:, None]),
        switch_wh=_joined(layers.switch_wh, none),
    )


def leaned(
    layers: Layers, demand: Demand, mode: Modes, rules: Rules, helper: NDArray[np.int64], *,
    rate_share: float = 1.0,
) -> Demand:  # fmt: skip
    """Return demand as it meets sectors while some lean on others.

    What a sector that is helped cannot carry in these modes, though it could with every layer on,
    its helper is asked for, as traffic that only LTE can carry.

    Args:
        layers: The sectors, without the help.
        demand: What users ask where they are.
        mode: What layers do. Shape (sector, layer, slot).
        rules: Length of a slot and lead.
        helper: Who helps, -1 for nobody. Shape (sector,).
        rate_share: What users so far away get of the rate that the helper's own have: each of
            their bits takes the blocks of so many more.
    """
    helped = np.flatnonzero(helper >= 0)
    part, asked, modes = layers[helped], demand[helped], mode[helped]
    done, anyway = (carry(part, asked, each, rules) for each in (modes, np.zeros_like(modes)))
    lte, nr = demand.lte_mbit_s.copy(), demand.nr_mbit_s.copy()
    for name, own in (("lte_unserved_mbit_s", lte), ("nr_unserved_mbit_s", nr)):
        moved = np.maximum(getattr(done, name) - getattr(anyway, name), 0.0)
        own[helped] = np.maximum(own[helped] - moved, 0.0)
        np.add.at(lte, helper[helped], moved / rate_share)
    return Demand(lte, nr)


def _joined(layers: NDArray[Scalar], more: NDArray[Scalar]) -> NDArray[Scalar]:
    return np.concatenate([layers, more.astype(layers.dtype)], axis=1)

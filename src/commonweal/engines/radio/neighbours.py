"""Neighbours that lend capacity to sectors without a coverage layer of their own.

Such a sector gets a layer that is always on, as large as what the neighbour has left in its busiest
slot, and pays what the neighbour draws for it: so its boosters may sleep, and nothing is given
away twice or booked as saved.

Axes: sector × layer × mode, sector × slot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from commonweal.engines.radio.sectors import N_MODES, Layers, Mode

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.engines.radio.sectors import Doubles, Floats

Scalar = TypeVar("Scalar", bound=np.generic)


def allot(headroom_mbit_s: Floats, helper: NDArray[np.int64], wanted_mbit_s: Doubles) -> Doubles:
    """Return what each sector may lean on its neighbour for: together no more than there is.

    Args:
        headroom_mbit_s: What coverage layers have left at a cautious quantile. Shape (sector,
            slot); below 0 counts as none.
        helper: The sector that helps, -1 for none. Shape (sector,).
        wanted_mbit_s: What would be of use. Shape (sector,).

    Returns:
        Mbit/s in every slot, shape (sector,). Where more is wanted than there is, all get the same
        share of what they want.
    """
    least = np.maximum(headroom_mbit_s.min(axis=1), 0.0).astype(np.float64)
    helped = helper >= 0
    wanted = np.where(helped, wanted_mbit_s, 0.0)
    asked = np.bincount(helper[helped], wanted[helped], least.size)
    share = np.minimum(np.divide(least, asked, out=np.ones_like(least), where=asked > 0), 1.0)
    return np.asarray(wanted * np.where(helped, share[helper], 0.0))


def with_help(layers: Layers, allotted_mbit_s: Doubles, slope_w_per_mbit_s: Floats) -> Layers:
    """Return layers with one more: LTE capacity of a neighbour, always on.

    Args:
        layers: The sectors.
        allotted_mbit_s: Of ``allot``. Shape (sector,).
        slope_w_per_mbit_s: What the helper draws for it, and what a longer way is worth avoiding.
            Shape (sector,).
    """
    n = layers.n_sectors
    none = np.zeros((n, 1, N_MODES), dtype=np.float32)
    capacity, on = none.copy(), np.zeros((n, 1, N_MODES), dtype=np.bool_)
    capacity[:, 0, Mode.ON], on[:, 0, Mode.ON] = allotted_mbit_s, True

    return Layers(
        present=_joined(layers.present, (allotted_mbit_s > 0)[:, None]),
        is_nr=_joined(layers.is_nr, np.zeros((n, 1), dtype=np.bool_)),
        allowed=_joined(layers.allowed, on),
        capacity_mbit_s=_joined(layers.capacity_mbit_s, capacity),
        base_w=_joined(layers.base_w, none),
        slope_w_per_mbit_s=_joined(layers.slope_w_per_mbit_s, slope_w_per_mbit_s[:, None]),
        switch_wh=_joined(layers.switch_wh, none),
    )


def _joined(layers: NDArray[Scalar], more: NDArray[Scalar]) -> NDArray[Scalar]:
    return np.concatenate([layers, more.astype(layers.dtype)], axis=1)

"""Adding up a tree whose branches move over time.

Axes: ``node × month`` (and ``× measure``). A node's parent may differ from month to month, so a
move or merger changes the months after it and no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonweal.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]


def depths(parent: Ints) -> Ints:
    """Return each node's distance from its root by month, shape (node, month).

    Args:
        parent: Index of the parent, -1 for a root, shape (node, month).

    Raises:
        InputError: A node is its own ancestor in some month.

    >>> depths(np.array([[-1], [0], [1]], dtype=np.int32)).ravel().tolist()
    [0, 1, 2]
    """
    depth = np.zeros(parent.shape, dtype=np.int32)
    month = np.broadcast_to(np.arange(parent.shape[1]), parent.shape)
    above = parent
    for _ in range(parent.shape[0] + 1):
        below = above >= 0
        if not below.any():
            return depth
        depth[below] += 1
        above = np.where(below, parent[above, month], -1)
    raise InputError("the organisation has a cycle: a node is its own ancestor")


def roll_up(own: Floats, parent: Ints) -> Floats:
    """Return totals over each node and all below it, shape (node, month, measure).

    Args:
        own: What each node holds itself, shape (node, month, measure).
        parent: Index of the parent, -1 for a root, shape (node, month).

    Returns:
        Totals. The roots' totals add up to the sum of ``own`` in every month.

    >>> own = np.array([[[0.0]], [[2.0]], [[3.0]]])
    >>> roll_up(own, np.array([[-1], [0], [0]], dtype=np.int32)).ravel().tolist()
    [5.0, 2.0, 3.0]
    """
    if own.shape[:2] != parent.shape:
        raise InputError(
            f"own {own.shape} and parent {parent.shape} have different nodes or months"
        )
    total = own.copy()
    depth = depths(parent)
    for level in range(int(depth.max(initial=0)), 0, -1):
        node, month = np.nonzero(depth == level)
        np.add.at(total, (parent[node, month], month), total[node, month])
    return total

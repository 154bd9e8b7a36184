"""Sets of (meter, month) as rising integers: merged and looked up without hashing or sorting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Booleans = NDArray[np.bool_]

MONTHS_PER_KEY: Final = 1_000_000


def meter_month_key(meter: Ints, month: Ints) -> Ints:
    """Return meter and month as one integer that sorts by meter, then month."""
    return meter * MONTHS_PER_KEY + month


def is_member(rising: Ints, values: Ints) -> Booleans:
    """Return which values stand in a rising array.

    >>> is_member(np.array([2, 5]), np.array([1, 2, 5, 9])).tolist()
    [False, True, True, False]
    """
    if not len(rising):
        return np.zeros(len(values), dtype=np.bool_)
    at = np.searchsorted(rising, values).clip(max=len(rising) - 1)
    return np.asarray(rising[at] == values)


def merged(*runs: Ints) -> Ints:
    """Return the distinct values of several rising arrays, rising.

    A stable sort of runs is a merge: linear in their length.

    >>> merged(np.array([1, 3, 3]), np.array([2, 3])).tolist()
    [1, 2, 3]
    """
    every = np.sort(np.concatenate(runs), kind="stable")
    is_new = np.ones(len(every), dtype=np.bool_)
    is_new[1:] = every[1:] != every[:-1]
    return every[is_new]

"""Sets of (meter, month) as rising integers: looked up without hashing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
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


def looked_up(rising: Ints, values: Floats, keys: Ints) -> Floats:
    """Return the value of each key in a rising array, 0 where it does not stand there.

    >>> looked_up(np.array([2, 5]), np.array([0.2, 0.5]), np.array([5, 9])).tolist()
    [0.5, 0.0]
    """
    found = np.zeros(len(keys))
    known = is_member(rising, keys)
    found[known] = values[np.searchsorted(rising, keys[known])]
    return found

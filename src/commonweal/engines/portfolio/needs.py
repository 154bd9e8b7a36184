"""Targets as savings that are needed: of a total, and of an intensity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def need_of_total(baseline: Floats, ceiling: Floats) -> Floats:
    """Return what must be saved each year so that a total keeps its ceiling.

    >>> import numpy as np
    >>> need_of_total(np.array([100.0, 110.0]), np.array([105.0, 95.0])).tolist()
    [0.0, 15.0]

    Args:
        baseline: The total without any action, ``[y]``.
        ceiling: What it may be, ``[y]``.
    """
    return np.maximum(0.0, np.asarray(baseline) - np.asarray(ceiling))


def need_of_intensity(baseline: Floats, volume: Floats, ceiling: Floats) -> Floats:
    """Return what must be saved each year so that total ÷ volume keeps its ceiling.

    The volume is not changed by the actions; so a ceiling of the ratio is one of the total.

    >>> import numpy as np
    >>> need_of_intensity(np.array([100.0]), np.array([50.0]), np.array([1.8])).tolist()
    [10.0]
    """
    return need_of_total(baseline, np.asarray(volume) * np.asarray(ceiling))

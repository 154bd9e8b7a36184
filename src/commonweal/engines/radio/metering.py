"""What a group's meters may be wrong about, found before anything is concluded from them.

Axes: ``group × slot``; NaN is not measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.engines.radio.sectors import Bools, Doubles

_FEWEST: Final = 48
_GROWTH: Final = 2.0
_BETTER: Final = 0.1
_CLEAR: Final = 0.4


def is_cumulative(energy_kwh: Doubles) -> Bools:
    """Return which series are a register's readings and not the energy of each slot.

    A register never falls; energy does, every night. Simulators report PEE.Energy so, networks by
    period. Shape (group,).
    """
    told = np.isfinite(energy_kwh)
    filled = np.where(told, energy_kwh, -np.inf)
    highest = np.maximum.accumulate(filled, axis=1)
    falls = (told & (filled < highest)).any(axis=1)
    first = np.where(told, energy_kwh, np.inf).min(axis=1, initial=np.inf)
    grown = highest[:, -1] > _GROWTH * np.maximum(first, 1e-9)
    return np.asarray(~falls & grown & (told.sum(axis=1) >= _FEWEST // 2))


def clock_shift(energy_kwh: Doubles, traffic: Doubles, *, most: int = 12) -> NDArray[np.int64]:
    """Return by how many slots each group's meter runs behind its counters; 0 where none shows.

    The shift with the highest correlation is told if that is above 0.4 and better by 0.1 than with
    none at all. A day's sum hardly feels it, but which hours saved does.

    Args:
        energy_kwh: Shape (group, slot).
        traffic: Shape (group, slot).
        most: The longest shift that is looked for, slots.

    Returns:
        Shape (group,).
    """
    shifts = np.arange(-most, most + 1)
    n_slots = energy_kwh.shape[1]
    found = np.full((len(shifts), len(energy_kwh)), -1.0)
    for place, shift in enumerate(shifts.tolist()):
        late = energy_kwh[:, max(0, shift) : n_slots + min(0, shift)]
        found[place] = _correlation(late, traffic[:, max(0, -shift) : n_slots - max(0, shift)])
    best = found.argmax(axis=0)
    highest = found.max(axis=0)
    clear = (highest > _CLEAR) & (highest > found[most] + _BETTER)
    return np.where(clear, shifts[best], 0)


def _correlation(left: Doubles, right: Doubles) -> Doubles:
    both = np.isfinite(left) & np.isfinite(right)
    n = np.maximum(both.sum(axis=1), 1)
    parts = []
    for values in (left, right):
        kept = np.where(both, values, 0.0)
        parts.append(np.where(both, kept - (kept.sum(axis=1) / n)[:, None], 0.0))
    size = np.sqrt((parts[0] ** 2).sum(axis=1) * (parts[1] ** 2).sum(axis=1))
    found = (parts[0] * parts[1]).sum(axis=1) / np.maximum(size, 1e-12)
    return np.where(both.sum(axis=1) >= _FEWEST, found, -1.0)

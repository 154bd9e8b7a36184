r"""Factors of elements: what each draws over what the models of its radio units say.

    P(t) = overhead + factor · ( awake(t) - Σ_k part_k · saved_k(t) )

``awake`` is what its layers would draw without sleep at the load that they carried, ``saved_k``
what mode k would have saved, both by the models of their units. Overhead (baseband, boards) is
alike in elements that are built alike. Each coefficient is shrunk: overhead to that of its group,
factor and parts to 1, by their spread between elements.

Axes: element × hour; NaN is what nobody reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.engines.radio.robust import least_absolute

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]
    Ints = NDArray[np.int64]

LEAST_HOURS: Final = 12
_ERROR: Final = 0.01
_LOOSE_SPREADS: Final = (10.0, 10.0)
_SPREADS: Final = (0.02, 0.1)
"""Of overhead (over the level) and factor, before and after the group's overhead is known."""
_PART_SPREAD: Final = 0.5
_SEEN: Final = 0.03
"""Part of an element's power that a mode must save by its model to be seen in an hour."""


@dataclass(frozen=True, slots=True)
class Factors:
    """What was found of each element; prior values where too few hours were metered.

    Attributes:
        factor: 1 where not known. Shape (element,).
        overhead_w: Baseband, boards, whatever carries nothing. Shape (element,).
        part: Of the saving that the model of mode k promises. Shape (element, mode).
        hours_seen: Hours in which the saving of mode k could be seen. Shape (element, mode).
        n_hours: Metered hours. Shape (element,).
    """

    factor: Doubles
    overhead_w: Doubles
    part: Doubles
    hours_seen: Ints
    n_hours: Ints

    def predict(self, awake_w: Doubles, saved_w: Doubles) -> Doubles:
        """Return the power of each hour. Shape (element, hour)."""
        net = awake_w - np.einsum("ek,ekt->et", self.part, saved_w)
        return np.asarray(self.overhead_w[:, None] + self.factor[:, None] * net)


def factors_of(metered_w: Doubles, awake_w: Doubles, saved_w: Doubles, group: Ints) -> Factors:
    """Return the factors of elements.

    Args:
        metered_w: Shape (element, hour).
        awake_w: Without sleep, by the models. Shape (element, hour).
        saved_w: By mode, by the models. Shape (element, mode, hour).
        group: Index of elements built alike. Shape (element,).
    """
    both = ~np.isnan(metered_w) & ~np.isnan(awake_w) & (metered_w > 0)
    metered = np.where(both, metered_w, np.nan)
    n_hours = both.sum(axis=1)
    enough = n_hours >= LEAST_HOURS
    level = np.ones(len(metered))
    level[enough] = np.nanmedian(metered[enough], axis=1)
    n_modes = saved_w.shape[1]
    rows = np.concatenate([np.ones_like(awake_w)[:, None], awake_w[:, None], -saved_w], axis=1)
    rows[:, 1:] /= level[:, None, None]
    rows = np.ascontiguousarray(np.where(both[:, None], rows, 0.0).transpose(0, 2, 1))
    floor = np.full(len(metered), _ERROR / 10)
    loose, tight = (
        _ERROR / np.array([*spreads, *(_PART_SPREAD,) * n_modes]) ** 2
        for spreads in (_LOOSE_SPREADS, _SPREADS)
    )
    values = np.where(enough[:, None], metered / level[:, None], np.nan)
    free = least_absolute(rows, values, np.ones((len(metered), 2 + n_modes)), loose, floor, 2)
    overhead = _overheads(rows, values, free, group, n_hours * enough) * level
    prior = np.ones((len(metered), 2 + n_modes))
    prior[:, 0] = overhead / level
    found = least_absolute(rows, values, prior, tight, floor, 2)
    factor = np.where(enough & (found[:, 1] > 0), found[:, 1], 1.0)
    seen = both[:, None] & (saved_w > _SEEN * level[:, None, None])
    return Factors(
        factor=factor,
        overhead_w=np.where(enough, found[:, 0] * level, overhead),
        part=np.where(enough[:, None], found[:, 2:] / factor[:, None], 1.0),
        hours_seen=seen.sum(axis=2).astype(np.int64),
        n_hours=n_hours.astype(np.int64),
    )


def _overheads(
    rows: Doubles, values: Doubles, free: Doubles, group: Ints, n_hours: Ints
) -> Doubles:
    """Return the overhead of each element's group, over the element's level.

    Load alone tells factor from overhead, and a single element's load seldom varies enough. So the
    group has one slope, the median of its elements' weighted by what their loads can tell, and
    one overhead, the median of what is left.
    """
    at = np.isnan(values)
    awake = np.where(at, np.nan, rows[:, :, 1])
    told = np.zeros(len(values))
    own = np.full(len(values), np.nan)
    some = n_hours > 0
    told[some] = np.nanvar(awake[some], axis=1) * n_hours[some]
    found = np.zeros(len(values))
    order = np.argsort(group, kind="stable")
    for alike in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        known = alike[some[alike]]
        if not len(known):
            continue
        slope = _weighted_median(free[known, 1], told[known])
        shape = free[known].copy()
        shape[:, 1:] *= (slope / np.maximum(free[known, 1], 1e-3))[:, None]
        net = np.einsum("eti,ei->et", rows[known][:, :, 1:], shape[:, 1:])
        own[known] = np.nanmedian(values[known] - net, axis=1)
        found[alike] = max(float(np.median(own[known])), 0.0)
    return found


def _weighted_median(values: Doubles, weight: Doubles) -> float:
    order = np.argsort(values)
    below = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(below, below[-1] / 2)])

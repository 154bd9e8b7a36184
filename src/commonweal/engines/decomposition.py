"""Why a quantity changed: additive LMDI-I, exact in sum, defined at zero.

Axes: ``factor × cell``. In each cell the quantity is the product of its factors, such as
``volume × share × intensity × emission factor``; the total is the sum over cells. The change of
the total is told as one effect for each factor and cell, and nothing is left over.

Effects of cells add up to those of any group of cells, so that children add to their parent, and
swapping the two periods swaps every sign.

Source: B. W. Ang, "The LMDI approach to decomposition analysis: a practical guide", Energy Policy
33 (2005) 867-871, doi:10.1016/j.enpol.2003.10.010; zeros by their analytical limit: B. W. Ang and
N. Liu, "Handling zero values in the logarithmic mean Divisia index decomposition approach",
Energy Policy 35 (2007) 238-246, doi:10.1016/j.enpol.2005.11.001.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonweal.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_NEARLY_ALIKE = 1e-3


@dataclass(frozen=True, slots=True)
class Changes:
    """Effects of volume, structure, intensity and factor by cell; they sum to end less base.

    ``unattributed`` is the change of cells that have use but no activity in one of the periods:
    an office without traffic has no intensity, and its change is told as it is.
    """

    base: Floats
    end: Floats
    volume: Floats
    structure: Floats
    intensity: Floats
    factor: Floats
    unattributed: Floats

    def total(self) -> dict[str, float]:
        """Return each effect summed over cells."""
        names = ("volume", "structure", "intensity", "factor", "unattributed")
        return {name: float(getattr(self, name).sum()) for name in names}


def lmdi(base: Floats, end: Floats) -> Floats:
    """Return the effect of each factor in each cell, shape (factor, cell).

    The effect of a factor is L(end, base) · ln(its ratio), with the logarithmic mean L. Where a
    factor is zero in one period, the limit is taken: the factors that begin or end at zero share
    the cell's change equally, the others have no part in it.

    Args:
        base: Factors in the first period, not negative, shape (factor, cell).
        end: The same in the second period.

    Returns:
        Effects in the unit of the product; their sum over factors is the cell's change.

    Raises:
        InputError: The shapes differ, or a value is negative or not finite.

    >>> lmdi(np.array([[100.0], [2.0]]), np.array([[120.0], [2.0]])).round(9).tolist()
    [[40.0], [0.0]]
    """
    if base.shape != end.shape or base.ndim != 2:  # noqa: PLR2004 - factor and cell
        raise InputError(f"factors of shape {base.shape} and {end.shape}, not two alike by cell")
    for values in (base, end):
        if not (np.isfinite(values).all() and (values >= 0).all()):
            raise InputError("a factor is negative or not finite", hint="leave such a cell out")
    was, now = base.prod(axis=0), end.prod(axis=0)
    is_zero = (base == 0) != (end == 0)
    n_zero = is_zero.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(end) - np.log(base)
        plain = _log_mean(now, was, logs.sum(axis=0)) * logs
    shared = np.where(is_zero, (now - was) / np.maximum(n_zero, 1), 0.0)
    is_plain = (n_zero == 0) & (was > 0) & (now > 0)
    effects: Floats = np.where(is_plain, plain, shared)
    return effects


def _log_mean(a: Floats, b: Floats, log: Floats) -> Floats:
    """Return (a - b) / log, with the limit where they are alike; 0 where one is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        near = np.sqrt(a * b) * (1 + log**2 / 24)  # a difference of near alikes has few digits
        mean = np.where(np.abs(log) < _NEARLY_ALIKE, near, (a - b) / log)
    return np.where((a > 0) & (b > 0), mean, 0.0)


def decompose(
    *,
    activity: tuple[Floats, Floats],
    use: tuple[Floats, Floats],
    outcome: tuple[Floats, Floats] | None = None,
) -> Changes:
    """Split the change of a use, or of what came of it, into volume, structure, intensity, factor.

    In cell i: outcome = Q · (Qi / Q) · (use / Qi) · (outcome / use). Without an outcome the use
    itself is explained, and the factor has no effect.

    Args:
        activity: What the cells did in the first and in the second period (traffic, revenue …).
        use: What they used for it (energy).
        outcome: What came of the use (emissions); by cell as well.

    Returns:
        Effects by cell; their sum over all five kinds is the change of each cell.

    Raises:
        InputError: Shapes differ, or a value is negative or not finite.
    """
    given = [*activity, *use, *(outcome or ())]
    if len({values.shape for values in given}) != 1:
        raise InputError("activity, use and outcome have different numbers of cells")
    told = outcome or use
    is_told = _has_meaning(activity, use) & _has_meaning(use, told)
    volumes = [np.full_like(each, each.sum()) for each in activity]
    shares = [each / each.sum() if each.any() else np.zeros_like(each) for each in activity]
    factors = (volumes, shares, _ratios(use, activity), _ratios(told, use))
    base, end = (np.where(is_told, np.stack([each[at] for each in factors]), 0.0) for at in (0, 1))
    volume, structure, intensity, factor = lmdi(base, end)
    change = told[1] - told[0]
    return Changes(
        *told,
        volume=volume,
        structure=structure,
        intensity=intensity,
        factor=factor,
        unattributed=np.where(is_told, 0.0, change),
    )


def _has_meaning(below: tuple[Floats, Floats], above: tuple[Floats, Floats]) -> NDArray[np.bool_]:
    """Return where a ratio of the two exists in both periods; 0 of 0 counts as none of it."""
    has: NDArray[np.bool_] = np.ones(below[0].shape, dtype=np.bool_)
    for under, over in zip(below, above, strict=True):
        has &= (under > 0) | (over == 0)
    return has


def _ratios(above: tuple[Floats, Floats], below: tuple[Floats, Floats]) -> list[Floats]:
    """Return the ratios of both periods; of nothing to nothing it is that of the other period.

    So a unit that is new or gone is a matter of structure alone.
    """
    found = [
        np.divide(over, under, out=np.full_like(over, np.nan), where=under > 0)
        for over, under in zip(above, below, strict=True)
    ]
    there = [np.where(np.isnan(found[at]), found[1 - at], found[at]) for at in (0, 1)]
    return [np.nan_to_num(each, nan=0.0) for each in there]

"""Green power against use, hour by hour: what share was green when it was used.

Axes: ``… × hour``; leading axes may be sites, contracts or scenarios. An annual claim compares two
sums; here each hour's use is covered only by that hour's generation. Hours of which either side is
unknown (NaN) count on neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonweal.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Matching:
    """Amounts over all known hours; shape of the leading axes.

    ``matched_kwh`` is what generation covered of use within the same window, summed over windows:
    with a window for each hour it is the hourly match, with one window for all the annual one.
    """

    used_kwh: Floats
    generated_kwh: Floats
    matched_kwh: Floats
    known_share: Floats
    """Of the hours."""

    @property
    def share(self) -> Floats:
        """Of the use that was matched, 0 to 1; NaN where nothing was used."""
        share = np.full(self.used_kwh.shape, np.nan)
        return np.asarray(
            np.divide(self.matched_kwh, self.used_kwh, out=share, where=self.used_kwh > 0)
        )


def match(used_kwh: ArrayLike, generated_kwh: ArrayLike, starts: Ints | None = None) -> Matching:
    """Match generation with use within windows of hours.

    Args:
        used_kwh: Use, shape (…, hour); not below 0.
        generated_kwh: Generation that can be broadcast to it.
        starts: Index of each window's first hour, beginning with 0, rising; None: each hour is one.

    Returns:
        Amounts by leading axes. Wider windows never match less.

    Raises:
        InputError: An amount is negative, or the windows do not begin with hour 0.

    >>> import numpy as np
    >>> day, night = match([1.0, 1.0], [2.0, 0.0]), match([1.0, 1.0], [2.0, 0.0], np.array([0]))
    >>> float(day.share), float(night.share)
    (0.5, 1.0)
    """
    used, made = np.broadcast_arrays(
        np.asarray(used_kwh, np.float64), np.asarray(generated_kwh, np.float64)
    )
    if starts is not None and (not len(starts) or starts[0] != 0 or np.any(np.diff(starts) <= 0)):
        raise InputError("windows of hours must begin with hour 0 and rise")
    rows = used.shape[:-1]
    found = np.zeros((*rows, 4))
    for row in np.ndindex(rows):  # one at a time stays in the processor's cache
        found[row] = _match_one(used[row], made[row], starts)
    return Matching(*np.moveaxis(found, -1, 0))


def _match_one(
    used: Floats, made: Floats, starts: Ints | None
) -> tuple[float, float, float, float]:
    """Return what was used, generated and matched, and the share of hours known; (hour,)."""
    _check(used, "use")
    _check(made, "generation")
    unknown = np.isnan(used + made)
    n_unknown = int(unknown.sum())
    if n_unknown:
        used, made = np.where(unknown, 0.0, used), np.where(unknown, 0.0, made)
    sums = (used, made) if starts is None else (np.add.reduceat(x, starts) for x in (used, made))
    matched = np.minimum(*sums).sum()
    known_share = 1 - n_unknown / max(len(used), 1)
    return float(used.sum()), float(made.sum()), float(matched), known_share


def covered(used_kwh: Floats, generated_kwh: Floats) -> Floats:
    """Return what one common generation covers of each site's use, shared by use in each hour.

    Args:
        used_kwh: Shape (site, hour).
        generated_kwh: Shape (hour,).

    Returns:
        kWh by site; their sum is the hourly match of all sites together. No array of the size of
        ``used_kwh`` is made on the way.

    Raises:
        InputError: An amount is negative or unknown, or the shapes do not fit.
    """
    if used_kwh.ndim != 2 or generated_kwh.shape != used_kwh.shape[1:]:  # noqa: PLR2004 - two axes
        raise InputError(f"use {used_kwh.shape} and generation {generated_kwh.shape} do not fit")
    _check(used_kwh, "use")
    _check(generated_kwh, "generation")
    total = used_kwh.sum(axis=0)
    if np.isnan(total).any() or np.isnan(generated_kwh).any():
        raise InputError("an hour of use or generation is unknown", hint="fill or leave it out")
    rate = np.divide(
        np.minimum(total, generated_kwh), total, out=np.zeros_like(total), where=total > 0
    )
    return np.asarray(used_kwh @ rate)


def shares_by(used_kwh: Floats, generated_kwh: Floats, cell: Ints, n_cells: int) -> Floats:
    """Return the hourly share by cell, such as hour of the day and month; NaN without use.

    Args:
        used_kwh: Shape (hour,).
        generated_kwh: Shape (hour,).
        cell: Cell of each hour, 0 to ``n_cells`` - 1.
        n_cells: How many there are.
    """
    known = ~(np.isnan(used_kwh) | np.isnan(generated_kwh))
    used, made, place = used_kwh[known], generated_kwh[known], cell[known]
    sums = np.bincount(place, used, minlength=n_cells)
    matched = np.bincount(place, np.minimum(used, made), minlength=n_cells)
    return np.asarray(np.divide(matched, sums, out=np.full(n_cells, np.nan), where=sums > 0))


def _check(amount: Floats, what: str) -> None:
    if np.fmin.reduce(amount, axis=None, initial=0.0) < 0:  # passes over what is unknown
        raise InputError(f"{what} of {np.nanmin(amount):g} kWh in an hour is below 0")

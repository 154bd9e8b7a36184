"""How sure a sum of quantities times factors is: by error propagation, and by simulation.

    total = Σ contribution_i × (1 + quantity error_i) × (1 + factor error of group_i)

Axes: ``line``; a ``group`` is one factor row, whose error every line of the group shares: two sites
on one grid are wrong together. Errors of quantities are independent. Shares are half widths of
95 % intervals, relative to the value; an error's standard deviation is a share / 1.96.

Source: IPCC 2006 Guidelines, vol. 1, ch. 3, approaches 1 and 2; GHG Protocol, guidance on
uncertainty of 2003, whose root-sum-square is this without shared factors and second-order terms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from commonweal.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

Shape = Literal["normal", "lognormal", "triangular"]

_Z95: Final = 1.959963984540054  # 97.5 % quantile of the standard normal distribution
_CHUNK: Final = 65_536  # draws that fit a processor's cache, line by line


@dataclass(frozen=True, slots=True)
class Terms:
    """Lines of a sum; arrays of shape (line,)."""

    contribution: Floats
    quantity_share: Floats
    factor_share: Floats
    factor_group: Ints

    def __post_init__(self) -> None:
        """Refuse what no line can be.

        Raises:
            InputError: Lengths differ, a share is negative, or a group has two factor shares.
        """
        shapes = {
            each.shape
            for each in (
                self.contribution,
                self.quantity_share,
                self.factor_share,
                self.factor_group,
            )
        }
        if len(shapes) != 1:
            raise InputError(f"lines of different lengths: {sorted(shapes)}")
        if (self.quantity_share < 0).any() or (self.factor_share < 0).any():
            raise InputError("a share of uncertainty is negative")
        for group in np.unique(self.factor_group).tolist():
            shares = np.unique(self.factor_share[self.factor_group == group])
            if len(shares) > 1:
                raise InputError(f"factor group {group} has shares {shares.tolist()}, not one")


@dataclass(frozen=True, slots=True)
class Interval:
    """A total with its 95 % interval and standard deviation, in the unit of the contributions."""

    mean: float
    low: float
    high: float
    deviation: float

    @property
    def half_share(self) -> float:
        """Half the interval relative to the mean; NaN where the mean is 0."""
        return (self.high - self.low) / 2 / abs(self.mean) if self.mean else float("nan")


@dataclass(frozen=True, slots=True)
class Variances:
    """What the variance comes from; all parts add up to that of the total, never below 0."""

    of_quantity: Floats  # (line,)
    group: Ints  # (group,)
    of_factor: Floats  # (group,)


def variances(terms: Terms) -> Variances:
    """Return the parts of the total's variance, exact for any shape of independent errors.

    Var = Σ_i c_i² q_i² (1 + f_i²) + Σ_g (Σ_{i in g} c_i f_i)², with q and f standard deviations.
    """
    c = terms.contribution
    quantity, factor = terms.quantity_share / _Z95, terms.factor_share / _Z95
    group, index = np.unique(terms.factor_group, return_inverse=True)
    together = np.bincount(index, c * factor, minlength=len(group))
    of_quantity = np.asarray((c * quantity) ** 2 * (1 + factor**2), dtype=np.float64)
    return Variances(of_quantity, group.astype(np.int64), np.asarray(together**2, np.float64))


def propagated(terms: Terms) -> Interval:
    """Return the interval by error propagation, taking the total for normally distributed.

    >>> one = Terms(*(np.array([x]) for x in (100.0, 0.03, 0.04)), np.array([0]))
    >>> round(propagated(one).half_share, 4)
    0.05
    """
    parts = variances(terms)
    mean = float(terms.contribution.sum())
    deviation = float(np.sqrt(parts.of_quantity.sum() + parts.of_factor.sum()))
    return Interval(mean, mean - _Z95 * deviation, mean + _Z95 * deviation, deviation)


def simulated(
    terms: Terms,
    *,
    rng: np.random.Generator,
    n_draws: int = 100_000,
    quantity_shape: Shape = "normal",
    factor_shape: Shape = "normal",
) -> Interval:
    """Return the interval between the 2.5 and 97.5 % quantiles of simulated totals.

    Args:
        terms: Lines of the sum.
        rng: Source of randomness; the same state gives the same interval.
        n_draws: How many totals are drawn.
        quantity_shape: Distribution of the quantities' errors; ``lognormal`` never falls below
            nothing, ``triangular`` is symmetric and bounded. All have mean 0 and one deviation.
        factor_shape: The same of the factors' errors.

    Raises:
        InputError: Too few draws for a quantile.
    """
    if n_draws < 1000:  # noqa: PLR2004 - 25 draws beyond each end
        raise InputError(f"{n_draws} draws are too few", hint="at least 1000")
    totals = np.zeros(n_draws)
    quantity, factor = terms.quantity_share / _Z95, terms.factor_share / _Z95
    for start in range(0, n_draws, _CHUNK):
        part = totals[start : start + _CHUNK]
        for group in np.unique(terms.factor_group).tolist():
            lines = np.flatnonzero(terms.factor_group == group)
            within = np.zeros(len(part))
            for i in lines.tolist():
                drawn = _drawn(rng, quantity_shape, quantity[i], len(part))
                within += terms.contribution[i] * drawn
            part += within * _drawn(rng, factor_shape, factor[lines[0]], len(part))
    low, high = np.quantile(totals, (0.025, 0.975))
    return Interval(float(totals.mean()), float(low), float(high), float(totals.std()))


def _drawn(rng: np.random.Generator, shape: Shape, deviation: float, n: int) -> Floats:
    """Return ``n`` multipliers of mean 1."""
    if deviation == 0:
        return np.ones(n)
    if shape == "normal":
        return rng.normal(1.0, deviation, n)
    if shape == "lognormal":
        variance = np.log1p(deviation**2)
        return rng.lognormal(-variance / 2, np.sqrt(variance), n)
    half = deviation * np.sqrt(6.0)
    return rng.triangular(1.0 - half, 1.0, 1.0 + half, n)

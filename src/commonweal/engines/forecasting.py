"""Months ahead with an interval: growth over the same month of the year before.

Axes: ``month``. The logarithm of a month's value over that of a year earlier is a level that
drifts (a local level model: Kalman filter, its one ratio of variances by likelihood). So a season
repeats itself, growth adapts, and nothing is asked of the season but that it comes again. The
interval is of the logarithm of a sum of months, by first-order propagation, with the quantile of
Student's t for the few differences that a short history has.

A forecast sees only the values that are given to it; ``backtest`` cuts the series at each origin.

Source: A. C. Harvey, "Forecasting, Structural Time Series Models and the Kalman Filter", Cambridge
1989, ch. 4; t quantile: G. W. Hill, "Algorithm 396", CACM 13 (1970) 619-620,
doi:10.1145/355598.355599.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SEASON: Final = 12
N_LEAST: Final = SEASON + 3
"""Months needed: three differences tell a spread."""
_DRIFTS: Final = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Variance of the drift over that of the noise."""
_N_EXACT: Final = 2


@dataclass(frozen=True, slots=True)
class Ahead:
    """Months ahead, in the unit of the series, and the interval of each month and of their sum."""

    mean: Floats
    low: Floats
    high: Floats
    total: float
    total_low: float
    total_high: float
    log_spread: float
    """Standard deviation of the logarithm of the sum."""
    n_differences: int


@dataclass(frozen=True, slots=True)
class Backtest:
    """How forecasts made in the past fared."""

    n_forecasts: int
    coverage_share: float
    error_share: float
    """Mean absolute error of the sum, as a share of it."""


def forecast(values: Floats, n_months: int, *, level_share: float = 0.9) -> Ahead:
    """Forecast the months that follow.

    Args:
        values: Monthly values without a gap, above 0, at least ``N_LEAST``.
        n_months: How many months ahead, 1 to 12.
        level_share: How often the interval shall hold.

    Raises:
        InputError: The history is too short, a value is not above 0, or too much is asked.
    """
    if not (0 < n_months <= SEASON and 0 < level_share < 1):
        raise InputError(f"{n_months} months at {level_share}: 1 to 12 months, between 0 and 1")
    if len(values) < N_LEAST or not (np.isfinite(values).all() and (values > 0).all()):
        raise InputError(
            f"a forecast needs {N_LEAST} months without a gap, all above 0; there are {len(values)}"
        )
    growth = np.log(values[SEASON:] / values[:-SEASON])
    level, level_variance, noise, drift = _local_level(growth)
    mean = values[len(values) - SEASON :][:n_months] * math.exp(level)
    t = student_quantile((1 + level_share) / 2, len(growth) - 1)
    ahead = np.arange(1, n_months + 1)
    apart = np.sqrt(level_variance + drift * ahead + noise)
    share = mean / mean.sum()
    # A drift in month j moves every month from j on.
    moved = np.cumsum(share[::-1])[::-1]
    spread = math.sqrt(level_variance + drift * (moved**2).sum() + noise * (share**2).sum())
    total = float(mean.sum())
    return Ahead(
        mean=mean,
        low=mean * np.exp(-t * apart),
        high=mean * np.exp(t * apart),
        total=total,
        total_low=total * math.exp(-t * spread),
        total_high=total * math.exp(t * spread),
        log_spread=spread,
        n_differences=len(growth),
    )


def _local_level(growth: Floats) -> tuple[float, float, float, float]:
    """Return level, its variance, and the variances of noise and of drift.

    Each ratio of variances counts by its likelihood: a short history cannot tell them apart, and
    the most likely one alone would promise too much.
    """
    rows = [_filtered(growth, ratio) for ratio in _DRIFTS]
    likelihood = np.array([row[0] for row in rows])
    weight = np.exp((likelihood - likelihood.max()) / 2)
    weight /= weight.sum()
    levels, spreads, noises, drifts = np.array([row[1:] for row in rows]).T
    level = float(weight @ levels)
    variance = weight @ (spreads + (levels - level) ** 2)
    return level, float(variance), float(weight @ noises), float(weight @ drifts)


def _filtered(growth: Floats, ratio: float) -> tuple[float, float, float, float, float]:
    """Return twice the log likelihood, level, its variance, and the variances of noise and drift.

    The first value begins the level, known as well as one value tells it.
    """
    level, spread, error, scale = float(growth[0]), 1.0, 0.0, 0.0
    for value in growth[1:]:
        total = spread + ratio + 1.0
        error += (value - level) ** 2 / total
        scale += math.log(total)
        gain = (spread + ratio) / total
        level += gain * (value - level)
        spread = gain
    n = len(growth) - 1
    noise = max(error / n, 1e-12)
    return -n * math.log(noise) - scale, level, noise * spread, noise, noise * ratio


def student_quantile(share: float, n_free: int) -> float:
    """Return the quantile of Student's t.

    >>> round(student_quantile(0.95, 10), 3), round(student_quantile(0.975, 2), 3)
    (1.812, 4.303)
    """
    if n_free <= 1:
        return math.tan(math.pi * (share - 0.5))
    if n_free == _N_EXACT:
        return (2 * share - 1) / math.sqrt(2 * share * (1 - share))
    a = 1 / (n_free - 0.5)
    b = 48 / a**2
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * math.sqrt(a * math.pi / 2) * n_free
    both = 2 * (1 - share)
    y = (d * both) ** (2 / n_free)
    if y > 0.05 + a:
        x = NormalDist().inv_cdf(both / 2)
        y = x * x
        if n_free < 5:  # noqa: PLR2004 - Hill's own limit
            c += 0.3 * (n_free - 4.5) * (x + 0.6)
        c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c
        y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
        y = math.expm1(a * y * y)
    else:
        y = (
            (
                1 / (((n_free + 6) / (n_free * y) - 0.089 * d - 0.822) * (n_free + 2) * 3)
                + 0.5 / (n_free + 4)
            )
            * y
            - 1
        ) * (n_free + 1) / (n_free + 2) + 1 / y
    return math.sqrt(n_free * y)


def backtest(
    series: Sequence[Floats], *, n_months: int, level_share: float = 0.9, first: int = N_LEAST
) -> Backtest:
    """Forecast from every origin of every series with what was known there, and compare sums.

    Args:
        series: Monthly series, oldest month first.
        n_months: How far ahead.
        level_share: How often the interval shall hold.
        first: Months that the first origin has seen.

    Raises:
        InputError: No series is long enough.
    """
    hits, errors = [], []
    for values in series:
        for origin in range(first, len(values) - n_months + 1):
            ahead = forecast(values[:origin], n_months, level_share=level_share)
            came = float(values[origin : origin + n_months].sum())
            hits.append(ahead.total_low <= came <= ahead.total_high)
            errors.append(abs(ahead.total - came) / came)
    if not hits:
        raise InputError(f"no series has {first + n_months} months to test a forecast with")
    return Backtest(len(hits), float(np.mean(hits)), float(np.mean(errors)))

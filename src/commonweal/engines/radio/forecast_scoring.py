"""How forecasts fared: the past forecast day by day, each from what was known before it.

Axes: sector × day × slot. A slot that was not reported is not judged; neither is a sector that had
no forecast, which is told by ``n_judged``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.engines.radio.forecast import forecast
from commonweal.engines.radio.forecast_calibration import QUANTILES, calibrate
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from commonweal.engines.radio.sectors import Bools, Floats

    Ints = NDArray[np.int64]

PEAK_SHARE: Final = 0.25
"""Slots of a sector's day with the highest forecast: where a plan decides who must be awake."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """Days of the past, forecast from the days before each.

    ``mean`` and ``actual`` have the shape (sector, day, slot), ``quantile`` one axis before.
    """

    quantiles: tuple[float, ...]
    mean: Floats
    quantile: Floats
    actual: Floats

    def of(self, sectors: Bools) -> Backtest:
        """Return some of the sectors."""
        return Backtest(
            self.quantiles, self.mean[sectors], self.quantile[:, sectors], self.actual[sectors]
        )


@dataclass(frozen=True, slots=True)
class Score:
    """How well forecasts did.

    Attributes:
        n_judged: Slots that were reported and forecast.
        error_share: Absolute error of the mean over all traffic (WAPE).
        bias_share: Forecast less actual over all traffic.
        coverage_share: Slots at or below each quantile.
        coverage_peak_share: The same of the quarter of slots with the highest forecast; NaN where
            none of them was reported.
        pinball_share: Pinball loss of each quantile over all traffic.
    """

    n_judged: int
    error_share: float
    bias_share: float
    coverage_share: tuple[float, ...]
    coverage_peak_share: tuple[float, ...]
    pinball_share: tuple[float, ...]


def backtest(
    history: Floats,
    day_kind: Ints,
    *,
    n_tested: int,
    n_days: int = 28,
    quantiles: Sequence[float] = QUANTILES,
    classes: Ints | None = None,
    n_classes: int = 1,
) -> Backtest:
    """Forecast each of the last days from the days before it, calibrated anew each day.

    Args:
        history: Traffic, NaN where not reported, shape (sector, day, slot).
        day_kind: Kind of each day, shape (day,).
        n_tested: How many days at the end are forecast.
        n_days: How many days before it each forecast sees.
        quantiles: Which.
        classes: Class of each sector, shape (sector,).
        n_classes: How many classes there are.

    Raises:
        InputError: There are not as many days, or too few to calibrate by.
    """
    if not 0 < n_tested <= history.shape[1] - n_days:
        raise InputError(
            f"{history.shape[1]} days cannot test {n_tested} forecasts from {n_days} days each"
        )
    means, uppers = [], []
    for day in range(history.shape[1] - n_tested, history.shape[1]):
        past, kinds = history[:, day - n_days : day], day_kind[day - n_days : day + 1]
        learned = calibrate(past, kinds, classes=classes, n_classes=n_classes, quantiles=quantiles)
        ahead = forecast(past, kinds, quantiles=quantiles, classes=classes, calibration=learned)
        means.append(ahead.mean)
        uppers.append(ahead.quantile)
    return Backtest(
        tuple(quantiles), np.stack(means, 1), np.stack(uppers, 2), history[:, -n_tested:]
    )


def score(tested: Backtest) -> Score:
    """Return how a backtest fared.

    Raises:
        InputError: Nothing was both forecast and reported.
    """
    judged = np.isfinite(tested.actual) & np.isfinite(tested.mean)
    n_judged = int(judged.sum())
    actual = tested.actual[judged].astype(np.float64)
    if not n_judged or not actual.sum():
        raise InputError("no slot with traffic was both forecast and reported")
    threshold = np.quantile(tested.mean, 1 - PEAK_SHARE, axis=2, keepdims=True)
    peak = (tested.mean >= threshold)[judged]
    error = tested.mean[judged] - actual
    upper = [each[judged] for each in tested.quantile]
    above = [actual - each for each in upper]
    return Score(
        n_judged=n_judged,
        error_share=float(np.abs(error).sum() / actual.sum()),
        bias_share=float(error.sum() / actual.sum()),
        coverage_share=tuple(float((each <= 0).mean()) for each in above),
        coverage_peak_share=tuple(
            float((each[peak] <= 0).mean()) if peak.any() else np.nan for each in above
        ),
        pinball_share=tuple(
            float(np.maximum(q * each, (q - 1) * each).sum() / actual.sum())
            for q, each in zip(tested.quantiles, above, strict=True)
        ),
    )

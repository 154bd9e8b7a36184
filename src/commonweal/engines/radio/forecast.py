"""Tomorrow's traffic of every sector, with quantiles that hold as often as they say.

Axes: sector × day × slot; the unit is that of the history, Mbit/s as a rule. A sector is its level
times the mean of three profiles (``forecast_walk``), all its own; what it shares with its class is
how far such forecasts miss (``forecast_calibration``). Any batch gives what each sector alone does.

Forecast the total of a sector, never a layer: a sleeping layer has no history.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.engines.radio.forecast_calibration import (
    QUANTILES,
    Calibration,
    bands_of,
    in_spreads,
    ranks,
)
from commonweal.engines.radio.forecast_walk import (
    LEAST_SHARE,
    N_KINDS,
    UNUSUAL,
    WARM_DAYS,
    YOUNG_DAYS,
    walked,
)
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from commonweal.engines.radio.sectors import Bools, Floats

    Ints = NDArray[np.int64]

LEAST_DAYS: Final = WARM_DAYS + 3
"""Without a calibration a sector with fewer days has no forecast."""
_BLOCK: Final = 2048


@dataclass(frozen=True, slots=True)
class Forecast:
    """One day ahead, in the unit of the history.

    Attributes:
        quantiles: Which; rising.
        mean: What is expected; NaN for a cold sector. Shape (sector, slot).
        quantile: What traffic stays below, as often as asked; never negative, never falls with
            the quantile; NaN for a cold sector. Shape (quantile, sector, slot).
        n_days: Days that the forecast rests on. Shape (sector,).
        is_cold: There is too little to forecast from: keep the sector awake. Shape (sector,).
    """

    quantiles: tuple[float, ...]
    mean: Floats
    quantile: Floats
    n_days: NDArray[np.int32]
    is_cold: Bools

    def at(self, quantile: float) -> Floats:
        """Return the traffic at one of the quantiles. Shape (sector, slot).

        Raises:
            InputError: It was not forecast.
        """
        if quantile not in self.quantiles:
            raise InputError(f"quantile {quantile} is none of {self.quantiles}")
        return np.asarray(self.quantile[self.quantiles.index(quantile)])


def forecast(
    history: Floats,
    day_kind: ArrayLike,
    *,
    quantiles: Sequence[float] = QUANTILES,
    classes: Ints | None = None,
    calibration: Calibration | None = None,
    level_factor: ArrayLike = 1.0,
    n_threads: int = 1,
) -> Forecast:
    """Forecast the day after the history.

    Args:
        history: Traffic, NaN where not reported, 0 or more, shape (sector, day, slot).
        day_kind: Kind of each day and of the day ahead: 0 to 6 from Monday, ``HOLIDAY``,
            ``WORKED`` (a weekend day that is worked), ``UNUSUAL`` (teaches nothing). Shape
            (day + 1,).
        quantiles: Rising, between 0 and 1; some of the calibration's if there is one.
        classes: Class of each sector in the calibration, shape (sector,); None for the first.
        calibration: What is known of each class; without it a sector has its own misses alone,
            which makes the far quantiles uncertain.
        level_factor: What an event makes of the day ahead; may have the shape of (sector, slot).
        n_threads: How many run at once; the result does not depend on it.

    Returns:
        A constant history is forecast exactly, at every quantile. Traffic × c gives × c.

    Raises:
        InputError: Shapes do not fit, a value is negative or infinite, a kind is unknown, or a
            quantile was not learned.
    """
    kinds = np.asarray(day_kind, np.int64)
    _check(history, kinds)
    if calibration and not {*quantiles} <= {*calibration.quantiles}:
        raise InputError(
            f"quantiles {tuple(quantiles)} are not among {calibration.quantiles},"
            " which were learned"
        )
    asked = tuple(quantiles)
    n_sectors, _, n_slots = history.shape
    of = np.zeros(n_sectors, np.int64) if classes is None else np.asarray(classes, np.int64)
    found = Forecast(
        asked,
        np.empty((n_sectors, n_slots), np.float32),
        np.empty((len(asked), n_sectors, n_slots), np.float32),
        np.empty(n_sectors, np.int32),
        np.empty(n_sectors, np.bool_),
    )

    def fill(first: int) -> None:
        part = slice(first, first + _BLOCK)
        _fill(found, part, history[part], kinds, of[part], calibration)

    starts = range(0, n_sectors, _BLOCK)
    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(fill, starts))
    factor = np.asarray(level_factor, np.float32)
    if (factor != 1).any():
        factor = factor[:, None] if factor.ndim == 1 else factor
        np.multiply(found.mean, factor, out=found.mean)
        np.multiply(found.quantile, factor, out=found.quantile)
    return found


def _fill(  # noqa: PLR0917 - one block of it all
    found: Forecast,
    part: slice,
    history: Floats,
    kinds: Ints,
    of: Ints,
    calibration: Calibration | None,
) -> None:
    """Forecast a block of sectors."""
    if calibration is None:
        past = walked(history, kinds, with_misses=True)
        own = in_spreads(past.miss, past.spread)
        greatest = np.nanmax(own, axis=(1, 2), initial=0)
        own = ranks(own, np.asarray(found.quantiles, np.float64))
        miss = np.where(np.isnan(own), greatest[:, None, None], own)
        cold = past.n_days < LEAST_DAYS
        swing = np.zeros(len(history), np.float32)
    else:
        past = walked(
            history,
            kinds,
            classes=of,
            profile=calibration.profile,
            spread=calibration.spread,
            swing=calibration.swing,
        )
        swing = calibration.swing[of]
        rows = [calibration.quantiles.index(q) for q in found.quantiles]
        miss = calibration.miss[rows].transpose(1, 0, 2)[of]
        cold = past.n_days == 0
    cold |= ~np.isfinite(past.mean).all(axis=1) | ~np.isfinite(past.spread)
    level = past.level[:, None]
    young = np.sqrt(1 + YOUNG_DAYS / np.maximum(past.n_days, 1)).astype(np.float32)
    base = np.maximum(past.mean, LEAST_SHARE * level)
    # the root of each, as a product of both may pass what a float32 holds
    width = np.sqrt(base) * np.sqrt(level + swing[:, None] * (base - level))
    width *= (past.spread * young)[:, None]
    bands = bands_of(history.shape[2])
    found.n_days[part], found.is_cold[part] = past.n_days, cold
    found.mean[part] = past.mean
    for q in range(len(found.quantiles)):
        ahead = found.quantile[q, part]
        np.multiply(miss[:, q, bands], width, out=ahead)
        np.maximum(ahead + past.mean, 0, out=ahead)
    if calibration is None:  # hours with too few misses may lend from others
        found.quantile[:, part].sort(axis=0)
    if cold.any():
        found.mean[part][cold] = np.nan
        found.quantile[:, part][:, cold] = np.nan


def _check(history: Floats, kinds: Ints) -> None:
    if history.ndim != 3 or kinds.shape != (history.shape[1] + 1,):  # noqa: PLR2004 - three axes
        raise InputError(
            f"history has shape {history.shape}, day_kind {kinds.shape}",
            hint="give sector × day × slot, and the kind of each day and of the day ahead",
        )
    if not ((kinds >= UNUSUAL) & (kinds < N_KINDS)).all() or kinds[-1] == UNUSUAL:
        raise InputError(
            f"kinds of days are {sorted(set(kinds.tolist()))}",
            hint=f"0 to {N_KINDS - 1}; {UNUSUAL} for a past day that teaches nothing",
        )
    if history.size and (np.nanmin(history, initial=0) < 0 or np.isinf(history).any()):
        raise InputError(
            f"the history holds {np.nanmin(history)} to {np.nanmax(history)}",
            hint="traffic is 0 or more; NaN where nothing was reported",
        )

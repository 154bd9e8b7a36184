"""What a sleep mode truly does to a station's power, with an interval; and what nearby hours tell.

The effect of a mode is estimated, never assumed: at each station the median, over hours spent
mostly in it, of the energy over what the station would draw awake at the same load; over stations
the median of these with an interval from order statistics, which asks nothing of how they are
spread. An interval that holds 0 is no saving found, and so is one of too few stations.

Source: distribution-free interval of a median: H. A. David, H. N. Nagaraja, "Order Statistics",
3rd ed., Wiley 2003, section 7.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.engines.radio.panel import shifted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.engines.radio.fitting import StationPower
    from commonweal.engines.radio.panel import Panel

    Doubles = NDArray[np.float64]

_MOSTLY: Final = 0.5
_LEAST_HOURS: Final = 3
_COMPANION: Final = 0.8
_MOST_RESIDUAL: Final = 0.3


@dataclass(frozen=True, slots=True)
class Effect:
    """What a mode does to power, as a share of the power awake: -0.4 draws 40 % less.

    Attributes:
        share: Median of the stations, None if no station tells.
        low: Lower end of the interval, -inf if too few stations tell.
        high: Upper end.
        n_stations: Stations that tell.
        companions: Modes that most of these hours were spent in, too.
    """

    share: float | None
    low: float
    high: float
    n_stations: int
    companions: tuple[int, ...] = ()

    @property
    def saves(self) -> bool:
        """The interval lies below 0."""
        return self.high < 0


def effects_of(panel: Panel, power: StationPower, *, confidence: float = 0.95) -> list[Effect]:
    """Return the effect of each mode.

    Args:
        panel: Metered hours, filled.
        power: Fitted to them.
        confidence: Of the intervals.
    """
    awake = power.awake().predict(panel)
    ratio = panel.energy / np.where(awake > 0, awake, np.nan) - 1.0
    found = []
    for mode in range(panel.share.shape[1]):
        share = np.nan_to_num(panel.share[:, mode])
        within = (share > _MOSTLY) & ~np.isnan(ratio)
        tells = within.sum(axis=1) >= _LEAST_HOURS
        others = np.nan_to_num(panel.share).transpose(1, 0, 2)[:, within]
        near = (others > _MOSTLY).mean(axis=1) if within.any() else np.zeros(len(others))
        companions = tuple(int(k) for k in np.flatnonzero(near > _COMPANION) if k != mode)
        if not tells.any():
            found.append(Effect(None, -np.inf, np.inf, 0, companions))
            continue
        whole = np.where(within, ratio / np.where(within, share, 1.0), np.nan)[tells]
        found.append(Effect(*median_interval(np.nanmedian(whole, axis=1), confidence), companions))
    return found


def median_interval(values: Doubles, confidence: float) -> tuple[float, float, float, int]:
    """Return median, lower and upper end of its interval, and how many values there are.

    >>> median_interval(np.arange(1.0, 6.0), 0.95)
    (3.0, -inf, inf, 5)
    >>> median_interval(np.arange(1.0, 10.0), 0.95)
    (5.0, 2.0, 8.0, 9)
    """
    ordered = np.sort(values)
    n, tail, below = len(ordered), 0.0, 0
    while below < n // 2:  # drop as many from each end as the confidence allows
        tail += comb(n, below) / 2**n
        if 2 * tail > 1 - confidence:
            break
        below += 1
    median = float(np.median(ordered))
    if below == 0:
        return median, -np.inf, np.inf, n
    return median, float(ordered[below - 1]), float(ordered[n - below]), n


def nearby(predicted: Doubles, energy: Doubles) -> Doubles:
    """Return predictions corrected by what the meter told an hour before and after.

    What the model missed there is missed here, too, in part; how much is learnt from hours that
    have both neighbours. For interpolating between known hours only. Shape (station, hour).
    """
    missed = np.log(energy / np.where(predicted > 0, predicted, np.nan))
    missed = np.clip(missed, -_MOST_RESIDUAL, _MOST_RESIDUAL)
    sides = np.stack([shifted(missed, 1), shifted(missed, -1)])
    n = (~np.isnan(sides)).sum(axis=0)
    around = np.nansum(sides, axis=0) / np.maximum(n, 1)
    both = (n > 0) & ~np.isnan(missed)
    spread = float((around[both] ** 2).sum())
    part = float((around[both] * missed[both]).sum()) / spread if spread > 0 else 0.0
    return np.asarray(predicted * np.exp(np.clip(part, 0.0, 1.0) * around))

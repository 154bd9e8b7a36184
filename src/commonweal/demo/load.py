"""True electricity use: what every meter's register showed on the first of every month.

    load = mean of the kind × site factor × season × growth × 5G × noise        (watts)

All use is counted in hundredths of a register step, so totals are exact integers. Energy for each
unit of traffic is calibrated: see ``traffic``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.demo.organisation import KIND, SITE_TYPES, Operator, provinces
from commonweal.demo.streams import DAYS, N_MONTHS, Options, bell, stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROLLOVER: Final = 100_000_000
"""Registers have six digits and two decimals: 999,999.99 and then 0, in hundredths."""

# Departure from the mean cooling load in permille, January to December; every line adds up to 0.
_SEASON: Final = {
    "north": (80, 20, -260, -330, -130, 320, 640, 560, -10, -350, -340, -200),
    "middle": (-150, -230, -330, -280, -60, 330, 820, 780, 240, -320, -430, -370),
    "south": (-480, -430, -290, -60, 200, 390, 530, 520, 330, 30, -270, -470),
}
# Growth of each kind over a year, in permille: traffic and servers grow, old rooms are thinned out.
_GROWTH: Final = {
    "macro": -30,
    "indoor": 10,
    "room": -25,
    "data_centre": 60,
    "office": -10,
    "hall": -20,
}
_NR_BEFORE_SHARE: Final = 0.45  # macro sites with 5G before the first month
_NR_DURING_SHARE: Final = 0.20  # … and those that get it within the two years
_NR_FACTOR: Final = 1.45
_ROLLING_SHARE: Final = 0.001  # meters whose register passes 999,999.99 within the two years


@dataclass(frozen=True, slots=True)
class Registers:
    """Registers and use; axes meter × month.

    ``use`` is in hundredths of a register step; times the multiplier it is in 0.01 kWh.
    ``start`` has one month more: the last column is the register on the day after the end.
    """

    use: NDArray[np.int64]
    start: NDArray[np.int64]
    multiplier: NDArray[np.int64]
    rolling: NDArray[np.int64]
    """Meters that roll over; the month is where ``start`` falls."""

    @property
    def use_ckwh(self) -> NDArray[np.int64]:
        """True use in hundredths of a kilowatt-hour."""
        return np.asarray(self.use * self.multiplier[:, None])


def registers(options: Options, operator: Operator) -> Registers:
    """Generate the true use of every meter and the registers that show it."""
    kind = operator.meter_kind
    multiplier = np.array([site_type.multiplier for site_type in SITE_TYPES], np.int64)[kind]
    load_w = _site_load_w(options, operator)
    meters_at_site = np.bincount(operator.meter_site)
    load_w = load_w[operator.meter_site] / meters_at_site[operator.meter_site][:, None]
    hours = np.array(DAYS) * 24
    use = (load_w * hours / 10.0 / multiplier[:, None]).astype(np.int64)  # Wh / 10 = 0.01 kWh
    start, rolling = _start(options, use)
    return Registers(use, start, multiplier, rolling)


def _site_load_w(options: Options, operator: Operator) -> NDArray[np.float64]:
    """Mean load of every site in every month; site × month."""
    rng = stream(options.seed, "load")
    kind, n_sites = operator.site_kind, operator.site_kind.size
    draw = rng.random(n_sites)
    site_factor = 0.5 + draw * draw * 1.5  # 0.5 to 2, mean 1: few large sites among many small
    mean_w = np.array([site_type.mean_w for site_type in SITE_TYPES])[kind] * site_factor
    cooling = np.array([site_type.cooling_permille for site_type in SITE_TYPES])[kind] / 1000.0
    climate = np.array([province.climate for province in provinces()])[operator.site_province]
    season = np.array([_SEASON[name] * 2 for name in ("north", "middle", "south")]) / 1000.0
    growth = np.array([_GROWTH[site_type.kind] for site_type in SITE_TYPES])[kind] / 1000.0
    passed = np.arange(N_MONTHS) / 12.0
    noise = 1.0 + 0.06 * bell(rng, (n_sites, N_MONTHS))
    load_w = mean_w[:, None] * (1.0 + cooling[:, None] * season[climate])
    load_w = load_w * (1.0 + growth[:, None] * passed) * noise
    return np.asarray(load_w * _nr_factor(options, kind))


def _nr_factor(options: Options, kind: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return 1.45 from the month in which a macro site has 5G; site × month."""
    draw = stream(options.seed, "5g").random(kind.size)
    within = (draw - _NR_BEFORE_SHARE) * (N_MONTHS / _NR_DURING_SHARE)
    from_month = np.where(draw < _NR_BEFORE_SHARE + _NR_DURING_SHARE, within, N_MONTHS)
    has_nr = (kind == KIND["macro"])[:, None] & (np.arange(N_MONTHS) >= from_month[:, None])
    return np.where(has_nr, _NR_FACTOR, 1.0)


def _start(options: Options, use: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give registers their first value: below half, save for the few that shall roll over."""
    rng = stream(options.seed, "registers")
    n_meters: int = use.shape[0]
    first = (rng.random(n_meters) * (ROLLOVER // 2)).astype(np.int64)
    advance = np.concatenate([np.zeros((n_meters, 1), np.int64), np.cumsum(use, axis=1)], axis=1)
    n_rolling = max(2, int(n_meters * _ROLLING_SHARE))
    rolling = np.sort(rng.permutation(n_meters)[:n_rolling])
    after = rng.random(n_rolling) * 0.8 + 0.1  # part of the two years that passes before
    first[rolling] = ROLLOVER - (advance[rolling, -1] * after).astype(np.int64) - 1
    return (first[:, None] + advance) % ROLLOVER, rolling

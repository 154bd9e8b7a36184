"""Energy efficiency of a mobile network, from a part that was measured to the whole.

Data volume over energy, area covered over energy, and the inverse of latency over energy, of the
same sites; classes of area are measured apart, and the whole network is made up of them as they
are present in it.

Source: 3GPP TS 28.554, 6.7.1 (bit/J); ETSI ES 203 228 and ITU-T L.1331 (09/2020), clauses 7.4
(metrics: capacity 7.3.1, coverage 7.3.2, latency 7.3.3) and 9 (extrapolation); of latency, TS
28.554, 6.7.2.3 (efficiency is performance over energy: TS 28.310, 6.1.2.1). Titles of clauses were
seen, not formulas: that latency's performance is its inverse, and the mean weighted by presence,
are from memory; beside the latter stands the ratio of sums.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.engines.radio.sectors import Bools, Doubles

    Ints = NDArray[np.int64]

_BIT_PER_MBIT: Final = 1e6
_J_PER_KWH: Final = 3.6e6
_M2_PER_KM2: Final = 1e6


@dataclass(frozen=True, slots=True)
class Extrapolated:
    """Measured classes, and the network that they make up; NaN where nothing was measured.

    Attributes:
        n_measured: Sites measured in each class. Shape (class,).
        n_sites: Sites of the network in each class. Shape (class,).
        volume_mbit: Measured in each class. Shape (class,).
        energy_kwh: Measured in each class. Shape (class,).
        by_class: Efficiency of each class, bit/J. Shape (class,).
        by_presence: Of the network: classes weighted by their share of its sites, bit/J.
        by_sums: Of the network: volumes and energies scaled up to its sites, bit/J.
        covered_share: Share of the network's sites in classes that were measured.
    """

    n_measured: Ints
    n_sites: Ints
    volume_mbit: Doubles
    energy_kwh: Doubles
    by_class: Doubles
    by_presence: float
    by_sums: float
    covered_share: float


def data_efficiency(volume_mbit: float, energy_kwh: float) -> float:
    """Return EE_MN,DV, bit/J; NaN without energy.

    >>> data_efficiency(8e6, 1000.0)  # 1 TB, 1 MWh
    2222.222222222222
    """
    if energy_kwh <= 0:
        return float("nan")
    return volume_mbit * _BIT_PER_MBIT / (energy_kwh * _J_PER_KWH)


def coverage_efficiency(area_km2: float, energy_kwh: float) -> float:
    """Return EE_MN,CoA, m²/J, of the energy of a year; NaN without energy.

    >>> coverage_efficiency(3.6, 1000.0)
    0.001
    """
    if energy_kwh <= 0:
        return float("nan")
    return area_km2 * _M2_PER_KM2 / (energy_kwh * _J_PER_KWH)


def latency_efficiency(latency_ms: float, energy_kwh: float) -> float:
    """Return the efficiency by latency, 1/(s·J); NaN without energy or latency.

    A period of twice the length draws twice the energy: values compare for equal periods only.

    Args:
        latency_ms: Mean from end to end, as users' packets have it.
        energy_kwh: Of the network that carried them.

    >>> latency_efficiency(10.0, 1 / 36)  # 10 ms, 100 kJ
    0.001
    """
    if not (latency_ms > 0 and energy_kwh > 0):
        return float("nan")
    return 1.0 / (latency_ms / 1000 * energy_kwh * _J_PER_KWH)


def extrapolate(
    volume_mbit: Doubles, energy_kwh: Doubles, area_class: Ints, is_measured: Bools, n_classes: int
) -> Extrapolated:
    """Return the efficiency of a network of which some sites were measured.

    Args:
        volume_mbit: Of each site; what is not measured is not looked at. Shape (site,).
        energy_kwh: Of each site. Shape (site,).
        area_class: Class of each site's area, from 0. Shape (site,).
        is_measured: Both volume and energy are known. Shape (site,).
        n_classes: How many classes there are.

    Raises:
        InputError: A class is out of range.
    """
    if len(area_class) and not 0 <= area_class.min() <= area_class.max() < n_classes:
        raise InputError(f"classes run from {area_class.min()} to {area_class.max()}")
    n_sites = np.bincount(area_class, minlength=n_classes)
    seen = area_class[is_measured]
    n_measured = np.bincount(seen, minlength=n_classes)
    volume, energy = (
        np.bincount(seen, each[is_measured], minlength=n_classes).astype(np.float64)
        for each in (volume_mbit, energy_kwh)
    )
    known = energy > 0
    by_class = np.full(n_classes, np.nan)
    by_class[known] = volume[known] * _BIT_PER_MBIT / (energy[known] * _J_PER_KWH)
    present = n_sites[known]
    scale = present / n_measured[known]
    total = float((energy[known] * scale).sum())
    return Extrapolated(
        n_measured,
        n_sites,
        volume,
        energy,
        by_class,
        float((by_class[known] * present).sum() / present.sum()) if present.sum() else np.nan,
        data_efficiency(float((volume[known] * scale).sum()), total),
        float(present.sum() / max(n_sites.sum(), 1)),
    )

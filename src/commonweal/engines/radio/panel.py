"""Hours of stations as a grid: loads, shares of sleep, energy; clocks matched, short gaps filled.

Axes: ``station × cell × hour`` (load), ``station × mode × hour`` (share), ``station × hour``
(energy). NaN is what nobody reported; no row is not zero. Any unit of energy per hour will do.

Meters and counters name an hour by its beginning or its end as they please, or their clocks are
set wrongly; energy follows load, so the offset at which it follows it best is the true one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

DAY_H: Final = 24
_MAJORITY: Final = 0.6
_LEAST_HOURS: Final = 24
"""Joint hours of a station that tell its clocks' offset."""


class Filled(IntEnum):
    """Where the load of an hour comes from."""

    REPORTED = 0
    NEIGHBOURS = 1  # the hours before and after
    PROFILE = 2  # the same hour of other days, or the cells' mean
    UNKNOWN = 3


@dataclass(frozen=True, slots=True)
class Panel:
    """Hours of stations.

    Attributes:
        load: Load of each cell, 0 to 1, NaN where not reported or where there is no such cell.
            Shape (station, cell, hour).
        share: Share of the hour in each sleep mode, mean of the cells, 0 to 1. Shape (station,
            mode, hour).
        energy: Energy of the hour, NaN where not metered. Shape (station, hour).
        product: Index of the station's product (type of radio unit). Shape (station,).
        configuration: Index of what is built alike. Shape (station,).
    """

    load: Doubles
    share: Doubles
    energy: Doubles
    product: Ints
    configuration: Ints

    def __post_init__(self) -> None:
        """Refuse arrays that do not fit each other, or values without a meaning.

        Raises:
            InputError: A shape differs, a share is outside 0 to 1, an energy is negative.
        """
        n, _, t = self.load.shape
        shapes = {"share": (n, self.share.shape[1], t), "energy": (n, t)}
        shapes |= {"product": (n,), "configuration": (n,)}
        for name, shape in shapes.items():
            if (found := getattr(self, name).shape) != shape:
                raise InputError(f"{name} has shape {found} where load asks for {shape}")
        for name, values in (("load", self.load), ("share", self.share)):
            if not values.size:  # counters that know no sleep mode
                continue
            least, most = np.fmin.reduce(values, None), np.fmax.reduce(values, None)
            if least < 0 or most > 1:
                raise InputError(f"{name} reaches from {least} to {most}", hint="0 is none, 1 all")
        if (least := np.fmin.reduce(self.energy, None)) < 0:
            raise InputError(f"an hour has the energy {least}, below 0")

    def metered(self, energy: Doubles) -> Panel:
        """Return the same hours with other meters."""
        return Panel(self.load, self.share, energy, self.product, self.configuration)

    def __getitem__(self, stations: Ints | Bools) -> Panel:
        """Return some of the stations."""
        return Panel(*(getattr(self, name)[stations] for name in self.__slots__))

    @property
    def mean_load(self) -> Doubles:
        """Mean of the cells that reported, NaN where none did. Shape (station, hour)."""
        n = (~np.isnan(self.load)).sum(axis=1)
        return np.asarray(np.where(n > 0, np.nansum(self.load, axis=1) / np.maximum(n, 1), np.nan))


@dataclass(frozen=True, slots=True)
class Offset:
    """How much later the counters name an hour than the meters do.

    Attributes:
        hours: Energy named by hour t belongs to load named by hour t + ``hours``.
        agreed_share: Of the stations that tell, those that say so.
        n_stations: Stations that tell.
    """

    hours: int
    agreed_share: float
    n_stations: int


def clock_offset(panel: Panel, *, most_h: int = 3) -> Offset:
    """Return the offset at which energy follows load best in most of the stations.

    Without a majority of three in five it is 0: clocks are not moved on a whim.

    Args:
        panel: Hours, as the files name them.
        most_h: The greatest offset to look for.
    """
    load = panel.mean_load
    tried = sorted(range(-most_h, most_h + 1), key=abs)  # 0 wins a tie
    likeness = np.stack([_likeness(load, shifted(panel.energy, each)) for each in tried])
    tells = ~np.isnan(likeness).any(axis=0)
    if not tells.any():
        return Offset(0, 0.0, 0)
    votes = np.bincount(likeness[:, tells].argmax(axis=0), minlength=len(tried))
    best = int(votes.argmax())
    if votes[best] < _MAJORITY * tells.sum():
        best = 0
    return Offset(tried[best], float(votes[best] / tells.sum()), int(tells.sum()))


def shifted(values: Doubles, hours: int) -> Doubles:
    """Return values moved ``hours`` later along the last axis, NaN where none come from."""
    out = np.full_like(values, np.nan)
    if hours >= 0:
        out[..., hours:] = values[..., : values.shape[-1] - hours]
    else:
        out[..., :hours] = values[..., -hours:]
    return out


def _likeness(x: Doubles, y: Doubles) -> Doubles:
    """Return the correlation over the hours that both know; NaN for too few or a constant."""
    both = ~np.isnan(x) & ~np.isnan(y)
    n = both.sum(axis=1)
    apart = []
    for values in (x, y):
        known = np.where(both, values, 0.0)
        mean = known.sum(axis=1) / np.maximum(n, 1)
        apart.append(np.where(both, known - mean[:, None], 0.0))
    spread = np.sqrt((apart[0] ** 2).sum(axis=1) * (apart[1] ** 2).sum(axis=1))
    tells = (n >= _LEAST_HOURS) & (spread > 1e-9)  # noqa: PLR2004 - rounding of a constant
    found = (apart[0] * apart[1]).sum(axis=1) / np.where(tells, spread, 1.0)
    return np.where(tells, found, np.nan)


def gaps_filled(panel: Panel) -> tuple[Panel, NDArray[np.int8]]:
    """Return the panel with loads and shares in every hour that can be told, and how they were.

    An hour takes the mean of those before and after; failing these the mean of the same hour of
    other days, then that of all hours. Energy is left as it is.

    Returns:
        The panel, and ``Filled`` of each hour. Shape (station, hour).
    """
    known = ~np.isnan(panel.load).all(axis=1)
    how = np.where(known, Filled.REPORTED, Filled.UNKNOWN).astype(np.int8)
    load, share = _by_neighbours(panel.load), _by_neighbours(panel.share)
    near = ~np.isnan(load).all(axis=1)
    how[near & ~known] = Filled.NEIGHBOURS
    load, share = _by_profile(load), _by_profile(share)
    how[~np.isnan(load).all(axis=1) & ~near] = Filled.PROFILE
    return Panel(load, share, panel.energy, panel.product, panel.configuration), how


def _by_neighbours(values: Doubles) -> Doubles:
    before, after = shifted(values, 1), shifted(values, -1)
    n = (~np.isnan(before)).astype(np.int8) + ~np.isnan(after)
    mean = np.nan_to_num(before) + np.nan_to_num(after)
    return np.where(np.isnan(values) & (n > 0), mean / np.maximum(n, 1), values)


def _by_profile(values: Doubles) -> Doubles:
    out = values.copy()
    t = values.shape[-1]
    hour = np.arange(t) % DAY_H
    for each in range(DAY_H):
        same = hour == each
        out[..., same] = _with_mean(out[..., same])
    return _with_mean(out)


def _with_mean(values: Doubles) -> Doubles:
    n = (~np.isnan(values)).sum(axis=-1, keepdims=True)
    mean = np.nansum(values, axis=-1, keepdims=True) / np.maximum(n, 1)
    return np.where(np.isnan(values) & (n > 0), mean, values)

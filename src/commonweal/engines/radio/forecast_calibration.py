"""How far forecasts miss, learned from many sectors alike and good for each of them.

Axes: quantile × class × band of hours. A past day is forecast from the days before it alone; its
misses, in units of the sector's own spread, are ranked with those of its class and its hours, the
newest counting most. A quantile is the miss of the rank that one more, unseen, needs as well
(split conformal prediction), so nominal coverage holds without a belief about a distribution.

Source: V. Vovk, A. Gammerman, G. Shafer, "Algorithmic Learning in a Random World", Springer 2005;
weights for what drifts: R. F. Barber et al., "Conformal prediction beyond exchangeability",
Annals of Statistics 51 (2023) 816-845, doi:10.1214/23-AOS2276.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.engines.radio.forecast_walk import FREE, MISS_STAYS, compiled, walked
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from commonweal.engines.radio.sectors import Bools, Doubles, Floats

    Ints = NDArray[np.int64]

N_BANDS: Final = 6
"""Bands of four hours, each with misses of its own."""
_HIGH: Final = 0.95
_SWINGS: Final = (0.0, 0.5, 1.0)
_FEW: Final = 300
"""Sectors of a class that tell its swing."""
QUANTILES: Final = (0.5, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the sectors of a class have in common.

    Attributes:
        quantiles: Shares of slots that shall stay below.
        miss: Miss in units of the sector's spread. Shape (quantile, class, band).
        profile: Traffic of a slot over the day's mean, on working and on free days. Shape
            (class, 2, slot).
        spread: A sector's mean miss, typical of the class. Shape (class,).
        swing: How much of the spread grows with the forecast itself, 0 to 1. Shape (class,).
        n_sectors: How many it was learned from. Shape (class,).
    """

    quantiles: tuple[float, ...]
    miss: Floats
    profile: Floats
    spread: Floats
    swing: Floats
    n_sectors: Ints


def calibrate(
    history: Floats,
    day_kind: Ints,
    *,
    classes: Ints | None = None,
    n_classes: int = 1,
    quantiles: Sequence[float] = QUANTILES,
) -> Calibration:
    """Learn from some sectors what is good for all of their class; thousands are plenty.

    Hours of a class that have too few misses for a quantile take those of all its hours, a class
    that has too few those of all classes, and beyond that the greatest miss seen is taken.

    Args:
        history: Traffic, NaN where not reported, shape (sector, day, slot).
        day_kind: Kind of each day, shape (day,); those after it are ignored.
        classes: Class of each sector, shape (sector,); None for one class.
        n_classes: How many classes there are.
        quantiles: Rising, between 0 and 1.

    Raises:
        InputError: No sector has days enough to miss anything.
    """
    n_sectors, n_past, _ = history.shape
    of = np.zeros(n_sectors, np.int64) if classes is None else np.asarray(classes, np.int64)
    kinds = np.append(np.asarray(day_kind, np.int64)[:n_past], 0)
    everyone = np.ones(n_sectors, np.bool_)
    parts = [of == c if (of == c).any() else everyone for c in range(n_classes)]
    swing = np.array([_swing(history[part], kinds) for part in parts], np.float32)
    past = walked(history, kinds, classes=of, swing=swing, with_misses=True)
    miss = in_spreads(past.miss, past.spread)
    if not np.isfinite(miss).any():
        raise InputError(
            f"{n_sectors} sectors of {n_past} days hold no forecast that could have missed",
            hint="give ten days or more of sectors that carry traffic",
        )
    asked = np.asarray(quantiles, np.float64)
    pool = _pooled(miss, everyone, asked)
    found = np.stack([_pooled(miss, part, asked) for part in parts], axis=1)
    found = np.where(np.isnan(found), pool[:, None], found)
    found = np.where(np.isnan(found), np.float32(np.nanmax(miss)), found)
    return Calibration(
        quantiles=tuple(asked.tolist()),
        miss=np.maximum.accumulate(found, axis=0),
        profile=np.stack([_profile(history[part], kinds[:-1]) for part in parts]),
        spread=np.array([np.nanmedian(past.spread[part]) for part in parts], np.float32),
        swing=swing,
        n_sectors=np.bincount(of, minlength=n_classes),
    )


def _swing(history: Floats, kinds: Ints) -> float:
    """Return the swing under which a high quantile costs least over some sectors of a class."""
    some = history[:_FEW]
    return min(_SWINGS, key=lambda swing: _loss(some, kinds, swing))


def _loss(history: Floats, kinds: Ints, swing: float) -> float:
    """Return the pinball loss of a high quantile of the past, in the unit of the traffic."""
    past = walked(history, kinds, swing=np.array([swing], np.float32), with_misses=True)
    miss = in_spreads(past.miss, past.spread)
    high = _pooled(miss, np.ones(len(miss), np.bool_), np.array([_HIGH]))[0]
    above = miss - high[bands_of(miss.shape[2])]
    level = past.level[:, None]
    width = np.sqrt(np.maximum(past.mean * (level + swing * (past.mean - level)), 0))
    width *= past.spread[:, None]
    return float(np.nansum(np.maximum(_HIGH * above, (_HIGH - 1) * above) * width[:, None]))


def in_spreads(miss: Floats, spread: Floats) -> Floats:
    """Return misses in units of each sector's spread."""
    known = np.where(spread > 0, spread, np.float32(np.nan)).astype(np.float32)
    return np.asarray(miss / known[:, None, None])


def ranks(miss: Floats, quantiles: Doubles) -> Floats:
    """Return the miss at each quantile and band for groups; NaN where there are too few.

    Args:
        miss: In spreads, NaN where there is none; shape (group, day, slot).
        quantiles: Rising, between 0 and 1.

    Returns:
        Shape (group, quantile, band).
    """
    return _ranks(miss, _weight(miss), quantiles)


def bands_of(n_slots: int) -> Ints:
    """Return the band of each slot of a day."""
    return np.arange(n_slots) * N_BANDS // n_slots


def _pooled(miss: Floats, part: Bools, quantiles: Doubles) -> Floats:
    """Return the ranks of all sectors of a part together: quantile × band."""
    some = miss[part]
    together = some.reshape(1, -1, miss.shape[2])
    return np.asarray(_ranks(together, _weight(some).reshape(1, -1), quantiles)[0])


def _weight(miss: Floats) -> Floats:
    """Return how much each day counts, 1 for the newest that has a miss: sector × day."""
    there: Bools = np.asarray(np.isfinite(miss).any(axis=2))
    age: Ints = np.cumsum(there[:, ::-1], axis=1)[:, ::-1] - there
    return np.where(there, np.float32(MISS_STAYS) ** age, 0).astype(np.float32)


def _ranks(miss: Floats, weight: Floats, quantiles: Doubles) -> Floats:
    found = np.full((len(miss), len(quantiles), N_BANDS), np.nan, np.float32)
    compiled(_rank, _reached)(miss, weight, bands_of(miss.shape[2]), quantiles, found)
    return found


def _rank(miss: Floats, weight: Floats, band: Ints, quantiles: Doubles, found: Floats) -> None:
    """Fill ``found``; a band without enough misses takes those of the whole day. Compiled."""
    n_groups, n_days, n_slots = miss.shape
    n_bands = found.shape[2]
    value = np.empty(n_days * n_slots, np.float32)
    worth = np.empty(n_days * n_slots, np.float32)
    where = np.empty(n_days * n_slots, np.int64)
    for g in range(n_groups):
        n = 0
        mass = np.zeros(n_bands + 1)  # the last is of the whole day
        for d in range(n_days):
            for p in range(n_slots):
                if np.isfinite(miss[g, d, p]):
                    value[n], worth[n], where[n] = miss[g, d, p], weight[g, d], band[p]
                    mass[band[p]] += weight[g, d]
                    mass[n_bands] += weight[g, d]
                    n += 1
        order = np.argsort(value[:n])
        for q in range(len(quantiles)):
            for b in range(n_bands):
                pool = b if quantiles[q] * (mass[b] + 1) <= mass[b] else n_bands
                need = quantiles[q] * (mass[pool] + 1)
                if need <= mass[pool]:
                    found[g, q, b] = _reached(value, worth, where, order, pool, n_bands, need)


def _reached(  # noqa: PLR0917 - compiled
    value: Floats,
    worth: Floats,
    where: Ints,
    order: Ints,
    pool: int,
    n_bands: int,
    need: float,
) -> np.float32:
    """Return the least value at which the weight of a pool reaches what is needed."""
    reached, last = 0.0, np.float32(0)
    for i in order:
        if pool == n_bands or where[i] == pool:
            reached += worth[i]
            last = value[i]
            if reached >= need:
                break
    return last


def _profile(history: Floats, day_kind: Ints) -> Floats:
    """Return traffic over the day's mean on working and on free days: group × slot."""
    n_slots = history.shape[2]
    found = np.ones((2, n_slots), np.float32)
    there: Bools = np.isfinite(history)
    total: Doubles = np.where(there, history, 0).sum(axis=(1, 2), dtype=np.float64)
    level = total / np.maximum(there.sum(axis=(1, 2)), 1)
    busy = level > 0
    share = history[busy] / level[busy, None, None]
    for group in (0, 1):
        days = (day_kind >= 0) & (FREE[np.maximum(day_kind, 0)] == group)
        times = there[busy][:, days].sum(axis=(0, 1))
        if times.all():
            found[group] = np.nansum(share[:, days], axis=(0, 1)) / times
    return found

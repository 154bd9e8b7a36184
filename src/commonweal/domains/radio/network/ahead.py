"""What sectors are expected to be asked on a day to come: totals first, then who can carry them.

The forecast is of a sector's total, which knows no sleep; NR's share of it, learned while no NR
layer slept, divides it into what only LTE can carry and what NR can. Without a forecast a sector
has NaN and ``is_cold``: it must stay awake.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.domains.radio.network.calendar import Events, day_kinds, events_read
from commonweal.domains.radio.network.grid import CLASSES
from commonweal.domains.radio.network.traffic import history
from commonweal.engines.radio.forecast import forecast
from commonweal.engines.radio.forecast_calibration import QUANTILES, Calibration, calibrate
from commonweal.engines.radio.forecast_slots import finer
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from numpy.typing import NDArray

    from commonweal.domains.radio.network.grid import Grid
    from commonweal.domains.radio.network.traffic import History
    from commonweal.engines.radio.sectors import Bools, Floats

    Ints = NDArray[np.int64]

SAMPLE: Final = 2000
"""Sectors of each class that a calibration is learned from."""
LTE, NR = 0, 1


@dataclass(frozen=True, slots=True)
class Ahead:
    """A day to come, Mbit/s.

    Attributes:
        day: Which.
        mean: Expected of LTE alone, and of NR or LTE. Shape (2, sector, slot).
        quantiles: Which; rising.
        quantile: Demand stays below, as often as asked. Shape (quantile, 2, sector, slot).
        n_days: Days behind each forecast. Shape (sector,).
        is_cold: No forecast: keep it awake. Shape (sector,).
    """

    day: date
    mean: Floats
    quantiles: tuple[float, ...]
    quantile: Floats
    n_days: NDArray[np.int32]
    is_cold: Bools


def demand_forecast(
    network: Grid,
    day: date,
    *,
    past: History,
    calibration: Calibration | None,
    quantiles: Sequence[float] | None = None,
    events: Events | None = None,
    slots_a_day: int = 96,
    n_threads: int = 1,
) -> Ahead:
    """Forecast what sectors are asked on a day.

    Args:
        network: The sectors.
        day: It may lie some days after the history; what it knows is then as old.
        past: What the sectors carried.
        calibration: Of ``learned``; None: every sector by its own misses.
        quantiles: Which of those learned; None for all.
        events: The operator's; None reads them.
        slots_a_day: The history's slots, or a multiple of them.
        n_threads: How many run at once.

    Raises:
        InputError: The day lies in the history, or slots do not divide.
    """
    n_past, n_slots = past.total_mbit_s.shape[1:]
    if (day - past.first_date).days < n_past or slots_a_day % n_slots:
        raise InputError(
            f"a history of {n_past} days from {past.first_date} in {n_slots} slots a day does not"
            f" tell of {day} in {slots_a_day}",
            hint="ask for a day after the history, in a multiple of its slots",
        )
    events = events_read() if events is None else events
    kinds = np.append(day_kinds(past.first_date, n_past), day_kinds(day, 1))
    if quantiles is None:
        quantiles = QUANTILES if calibration is None else calibration.quantiles
    found = forecast(
        typical(network, past, events),
        kinds,
        quantiles=quantiles,
        classes=network.sector_class,
        calibration=calibration,
        n_threads=n_threads,
    )
    found = finer(found, slots_a_day // n_slots)
    share = np.repeat(past.nr_share, slots_a_day // n_slots, axis=1)
    factor = events.factor(network, day, slots_a_day)
    split = np.stack([1 - share, share]) * (np.float32(1) if factor is None else factor)
    return Ahead(
        day=day,
        mean=split * found.mean,
        quantiles=found.quantiles,
        quantile=split * found.quantile[:, None],
        n_days=found.n_days,
        is_cold=found.is_cold,
    )


def learned(
    network: Grid,
    *,
    until_date: date,
    n_days: int = 28,
    slots_a_day: int = 24,
    as_of: datetime | None = None,
    quantiles: Sequence[float] = QUANTILES,
) -> Calibration | None:
    """Learn how far forecasts miss from a sample of a network, the same for the same sectors.

    Args:
        network: A province or more: a block of it would learn something else.
        until_date: The first day that is not known.
        n_days: How many days before it.
        slots_a_day: Of the history.
        as_of: What was known then; None is now.
        quantiles: Which.

    Returns:
        None where too little was reported to learn anything.
    """
    some = network.take(sample_of(network))
    past = history(some, until_date=until_date, n_days=n_days, slots_a_day=slots_a_day, as_of=as_of)
    try:
        return calibrate(
            typical(some, past, events_read()),
            day_kinds(past.first_date, n_days),
            classes=some.sector_class,
            n_classes=len(CLASSES),
            quantiles=quantiles,
        )
    except InputError:  # no sector has days enough: each is cold
        return None


def typical(network: Grid, past: History, events: Events) -> Floats:
    """Return the history without what events made of it."""
    days = [
        past.first_date + np.timedelta64(n, "D").item() for n in range(past.total_mbit_s.shape[1])
    ]
    untypical = events.untypical(network, days, past.total_mbit_s.shape[2])
    if untypical is None:
        return past.total_mbit_s
    return np.where(untypical, np.float32(np.nan), past.total_mbit_s)


def sample_of(network: Grid, n_each: int = SAMPLE) -> Ints:
    """Return sectors of every class, drawn by the digest of their names; positions, rising."""
    drawn = np.array([zlib.crc32(name.encode()) for name in network.sector_id.tolist()])
    order = np.argsort(drawn, kind="stable")
    parts = [order[network.sector_class[order] == c][:n_each] for c in range(len(CLASSES))]
    return np.sort(np.concatenate(parts))

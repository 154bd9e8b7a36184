"""What users of a generated network truly ask: days and weeks, levels, noise, and surprises."""

from __future__ import annotations

from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow.csv as pacsv

from commonweal.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_N_PLACES: Final = 4  # rows of profiles.csv: offices, homes, roads, villages
_WEEKEND: Final = np.array([0.35, 1.12, 0.8, 1.05])  # level of a weekend day
_SATURDAY: Final = 5
_TYPICAL_MBIT_S: Final = 50.0  # the busiest hour of a middling sector
_LEVEL_SPREAD: Final = 0.45
_DAY_SPREAD, _SLOT_SPREAD, _STAYS = 0.12, 0.25, 0.8
_SURPRISE_A_DAY: Final = 0.01


def demand(
    n_sectors: int, n_days: int, slots_a_day: int, *, seed: int, first_weekday: int = 0
) -> tuple[Floats, Floats]:
    """Return true demand that only LTE can carry, and that NR can.

    Each sector is of one kind of place and has its own level, share of 5G users and noise, which
    stays for a while; one day in a hundred brings a surprise of a few hours. Days are made one
    after the other, so that more days begin with the same ones.

    Args:
        n_sectors: How many sectors.
        n_days: How many days.
        slots_a_day: 24 or a multiple of it.
        seed: Another seed, another network.
        first_weekday: Of the first day, 0 is Monday.

    Returns:
        Two arrays, Mbit/s, float32, shape (sector, day, slot).

    Raises:
        InputError: ``slots_a_day`` is no multiple of 24.
    """
    if slots_a_day % 24 or slots_a_day <= 0:
        raise InputError(f"slots_a_day={slots_a_day} is no multiple of 24")
    rng = np.random.default_rng([seed, 3])
    kind = rng.integers(0, _N_PLACES, n_sectors)
    level = _TYPICAL_MBIT_S * np.exp(rng.normal(0.0, _LEVEL_SPREAD, n_sectors))
    nr_share = rng.uniform(0.6, 0.85, n_sectors)
    shape = _shape(slots_a_day)[kind]
    total = np.empty((n_sectors, n_days, slots_a_day), np.float32)
    noise = np.zeros(n_sectors)
    for day in range(n_days):
        of_day = np.random.default_rng([seed, 4, day])
        weekend = (first_weekday + day) % 7 >= _SATURDAY
        today = level * np.exp(of_day.normal(0.0, _DAY_SPREAD, n_sectors))
        today *= np.where(weekend, _WEEKEND[kind], 1.0)
        total[:, day] = today[:, None] * shape * _surprises(of_day, n_sectors, slots_a_day)
        noise = _noise(of_day, noise, total[:, day])
    share = nr_share.astype(np.float32)[:, None, None]
    return total * (1 - share), total * share


def _shape(slots_a_day: int) -> NDArray[np.float64]:
    """Return the share of the busiest hour, hours joined by straight lines: kind × slot."""
    content = files(__package__).joinpath("profiles.csv").read_bytes()
    table = pacsv.read_csv(BytesIO(content)).drop_columns("place")
    hours = np.column_stack(table.columns) / 100.0
    middle = (np.arange(slots_a_day) + 0.5) * 24.0 / slots_a_day - 0.5
    whole = np.floor(middle).astype(np.int64)
    part = middle - whole
    return np.asarray(hours[:, whole % 24] * (1 - part) + hours[:, (whole + 1) % 24] * part)


def _noise(
    rng: np.random.Generator, noise: NDArray[np.float64], day: Floats
) -> NDArray[np.float64]:
    """Multiply a day by noise that stays for a while; return where it ends."""
    stays = _STAYS ** (24.0 / day.shape[1])
    fresh = rng.normal(0.0, _SLOT_SPREAD * np.sqrt(1 - stays**2), day.shape)
    for slot in range(day.shape[1]):
        noise = stays * noise + fresh[:, slot]
        day[:, slot] *= np.exp(noise - _SLOT_SPREAD**2 / 2)
    return noise


def _surprises(rng: np.random.Generator, n_sectors: int, slots_a_day: int) -> NDArray[np.float64]:
    """Return a factor by sector and slot: mostly 1, now and then a crowd for three hours."""
    factor = np.ones((n_sectors, slots_a_day))
    struck = np.flatnonzero(rng.random(n_sectors) < _SURPRISE_A_DAY)
    first = rng.integers(0, slots_a_day * 7 // 8, n_sectors)
    height = rng.uniform(1.5, 3.0, n_sectors)
    for sector in struck.tolist():
        factor[sector, first[sector] : first[sector] + slots_a_day // 8] = height[sector]
    return factor

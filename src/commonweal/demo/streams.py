"""Random streams by name: adding one fault or one table never shifts the numbers of another."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Final
from zlib import crc32

import numpy as np

from commonweal.errors import InputError
from commonweal.periods import month_add

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_MONTHS: Final = 24
FIRST_MONTH: Final = date(2023, 1, 1)
MONTHS: Final = tuple(month_add(FIRST_MONTH, k) for k in range(N_MONTHS))
"""First days of the months that the demo covers: 2023 and 2024."""
DAYS: Final = tuple((month_add(first, 1) - first).days for first in MONTHS)
START_HOUR: Final = tuple(
    (month_add(FIRST_MONTH, k) - FIRST_MONTH).days * 24 for k in range(N_MONTHS + 1)
)
"""Hours since the demo's first at the start of each month, and at the end of the last."""
N_HOURS: Final = START_HOUR[-1]
FIRST_HOUR_UTC: Final = (FIRST_MONTH - date(1970, 1, 1)).days * 24 - 8
"""The demo's first hour, counted from 1970 in UTC; the business calendar is UTC+8."""

VERSION: Final = 1
"""Raised whenever the same options would give other bytes."""

MIN_SITES: Final = 60  # below this some province would have no site


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What decides every byte of the demo operator."""

    sites: int = 20_000
    hourly_meters: int = 300
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse sizes that would leave a province, or the sample, without a site."""
        if self.sites < MIN_SITES:
            raise InputError(
                f"{self.sites} sites cannot give every province one",
                hint=f"ask for at least {MIN_SITES}",
            )
        if not 0 <= self.hourly_meters <= self.sites:
            raise InputError(
                f"{self.hourly_meters} hourly meters do not fit {self.sites} sites",
                hint="sample between none and as many meters as there are sites",
            )
        if self.seed < 0:
            raise InputError(f"seed {self.seed} is negative", hint="use 0, 1, 2 …")

    def written(self) -> str:
        """Write the options, with the generator's version, as one line of JSON."""
        return json.dumps({**asdict(self), "version": VERSION}, sort_keys=True)


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the generator of one named stream.

    >>> bool(stream(1, "bills").random() == stream(1, "bills").random())
    True
    """
    entropy = np.random.SeedSequence([seed, crc32(name.encode())])
    return np.random.Generator(np.random.PCG64(entropy))


def bell(rng: np.random.Generator, shape: int | tuple[int, ...]) -> NDArray[np.float64]:
    """Draw bell-shaped numbers, mean 0, within ±1, standard deviation 1/3.

    The mean of three uniform draws: only additions, so every machine agrees on the last bit.
    """
    total = rng.random(shape) + rng.random(shape) + rng.random(shape)
    return np.asarray(total * (2.0 / 3.0) - 1.0)


def shares(weights: NDArray[np.int64], total: int) -> NDArray[np.int64]:
    """Split a whole number by integer weights; the parts add up exactly (largest remainder).

    >>> shares(np.array([1, 1, 1]), 10).tolist()
    [4, 3, 3]
    """
    exact = weights.astype(np.int64) * total
    whole: NDArray[np.int64] = exact // weights.sum()
    left = exact - whole * weights.sum()
    order = np.lexsort((np.arange(weights.size), -left))
    whole[order[: total - int(whole.sum())]] += 1
    return whole

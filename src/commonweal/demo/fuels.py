"""Fuels and heat by site and month: generators, boilers, district heat, vehicles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from commonweal.demo.organisation import CLIMATES, KIND, provinces
from commonweal.demo.streams import MONTHS, N_MONTHS, stream
from commonweal.periods import month_add

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.demo.world import World

# What part of a year's heating falls into each month, January to December, in permille.
_HEATING: Final = np.array((250, 200, 130, 10, 0, 0, 0, 0, 0, 20, 160, 230))
_EVEN: Final = np.full(12, 83)
_STORMS: Final = np.array((50, 50, 60, 70, 90, 110, 150, 140, 100, 70, 60, 50))


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a fuel: which sites have it, how much of it in a year, and when."""

    carrier: str
    unit: str
    kinds: tuple[str, ...]
    share: float
    """Part of the sites of these kinds."""
    yearly: int
    """Mean quantity of a site in a year, in the carrier's unit."""
    months: NDArray[np.int64]
    climates: tuple[str, ...] = CLIMATES


# Round, illustrative amounts. One use is reported in tonnes: units differ from sender to sender.
USES: Final = (
    Use("diesel", "kg", ("macro",), 0.03, 700, _STORMS),
    Use("diesel", "kg", ("room",), 0.15, 900, _STORMS),
    Use("diesel", "t", ("data_centre",), 1.0, 5_000, _EVEN),
    Use("gasoline", "kg", ("office",), 1.0, 1_800, _EVEN),
    Use("heat", "GJ", ("office",), 0.8, 1_500, _HEATING, ("north",)),
    Use("natural_gas", "m3", ("office",), 0.2, 30_000, _HEATING, ("north",)),
)
_IN_TONNES: Final = 1000


def fuel_amounts(world: World, use: Use) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the sites with this use, shape (s,), and hundredths of a unit, shape (s, month)."""
    index = USES.index(use)
    rng = stream(world.options.seed, f"fuel {index}")
    kind = world.operator.site_kind
    climate = np.array([province.climate for province in provinces()])[world.operator.site_province]
    fits = np.isin(kind, [KIND[name] for name in use.kinds])
    fits &= np.isin(climate, [CLIMATES.index(name) for name in use.climates])
    sites = np.flatnonzero(fits & (rng.random(kind.size) < use.share))
    scale = 0.6 + 0.8 * rng.random((sites.size, 1))
    noise = 0.8 + 0.4 * rng.random((sites.size, N_MONTHS))
    monthly = use.yearly * np.tile(use.months, N_MONTHS // 12) / 10.0  # permille of hundredths
    return sites, (scale * noise * monthly).astype(np.int64)


def fuels(world: World, first: int) -> pa.Table:
    """Return a quarter's fuel and heat from month ``first``; months without use have no row."""
    parts = []
    for use in USES:
        sites, amounts = fuel_amounts(world, use)
        for month in range(first, first + 3):
            used = np.flatnonzero(amounts[:, month])
            parts.append(_rows(world, use, sites[used], amounts[used, month], month))
    return pa.concat_tables(parts)


def _rows(
    world: World, use: Use, sites: NDArray[np.int64], amounts: NDArray[np.int64], month: int
) -> pa.Table:
    n_rows = sites.size
    in_unit = amounts / (100.0 * _IN_TONNES if use.unit == "t" else 100.0)
    return pa.table(
        {
            "site_id": pa.array([world.site_codes[site] for site in sites.tolist()], pa.string()),
            "start_date": pa.array([MONTHS[month].isoformat()] * n_rows, pa.string()),
            "end_date": pa.array([month_add(MONTHS[month], 1).isoformat()] * n_rows, pa.string()),
            "carrier": pa.array([use.carrier] * n_rows, pa.string()),
            "quantity": in_unit,
            "unit": pa.array([use.unit] * n_rows, pa.string()),
        }
    )

"""Sectors to plan for: real 5G beams summed by ten where they are at hand, generated ones else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow.csv as pacsv

from commonweal.domains.radio.network.synthetic import demand as synthetic_demand
from commonweal.engines.radio.sectors import N_MODES, Demand, Layers, Mode

if TYPE_CHECKING:
    from collections.abc import Iterator

BEAMS = Path(__file__).resolve().parents[2] / "shared/data/ran/beams5g_hourly.csv"
BEAMS_A_SECTOR, RHO_MAX, BUSY, ROUGH = 10, 0.7, 0.5, 0.15
# A coverage layer and three boosters: LTE 10 and 20 MHz, NR 20 MHz and 100 MHz TDD. Mbit/s when
# full, watts on, with half of the channels, asleep, full: of the generated network's products.
FULL_MBIT_S = np.array([16.0, 42.0, 68.0, 459.0])
WATTS = np.array(
    [
        [180, 180, 110, 75, 380],
        [290, 205, 120, 30, 650],
        [310, 220, 130, 30, 700],
        [560, 380, 250, 15, 1050],
    ]
)
SWITCH_WH = np.array([0.0, 0.2, 1.0, 1.5])


class Instance(NamedTuple):
    """Sectors with their past and a day to come; traffic in Mbit/s, sector × day × hour."""

    history: np.ndarray
    nr_share: np.ndarray
    source: str


def pool(n_sectors: int, seed: int) -> Instance:
    """Return sectors of real beams, or generated ones, with all the days there are.

    Ten beams drawn at random make a sector; each is scaled so that its busiest hours fill a fifth
    to four fifths of what all its layers carry at the highest load allowed.
    """
    rng = np.random.default_rng(seed)
    if BEAMS.exists():
        table = pacsv.read_csv(BEAMS).drop_columns("date")
        beams = np.column_stack(table.columns).T
        days = beams.shape[1] // 24
        beams = beams[:, : days * 24].reshape(len(beams), days, 24)
        active = np.flatnonzero(beams.mean(axis=(1, 2)) > 0)
        busy = beams[active[(beams[active] > 0).mean(axis=(1, 2)) > BUSY]]
        drawn = rng.integers(0, len(busy), (n_sectors, BEAMS_A_SECTOR))
        history = busy[drawn].sum(axis=1)
        source = f"{len(busy)} real 5G beams, hourly, {days} days; {BEAMS_A_SECTOR} a sector"
    else:
        lte, nr = synthetic_demand(n_sectors, 42, 24, seed=seed)
        history, source = (lte + nr).astype(np.float64), "generated demand"
    peak = np.quantile(history, 0.995, axis=(1, 2), keepdims=True)
    filled = rng.uniform(0.2, 0.8, (n_sectors, 1, 1)) * FULL_MBIT_S.sum() * RHO_MAX
    nr_share = rng.uniform(0.75, 0.95, n_sectors)
    return Instance((history / peak * filled).astype(np.float32), nr_share, source)


def blocks(base: Instance, n_sectors: int, size: int, seed: int) -> Iterator[Instance]:
    """Yield as many sectors as asked, drawn from the pool, each with a level of its own."""
    rng = np.random.default_rng(seed)
    for first in range(0, n_sectors, size):
        n = min(size, n_sectors - first)
        drawn = rng.integers(0, len(base.history), n)
        level = np.exp(rng.normal(0.0, 0.3, (n, 1, 1))).astype(np.float32)
        yield Instance(base.history[drawn] * level, base.nr_share[drawn], base.source)


def layers(n_sectors: int, *, seed: int, n_boosters: int = 3) -> Layers:
    """Return a coverage layer and boosters of three modes: on, half the channels, deep sleep."""
    n_layers = n_boosters + 1
    factor = np.exp(np.random.default_rng(seed).normal(0.0, 0.08, (n_sectors, n_layers)))
    allowed = np.zeros((n_sectors, n_layers, N_MODES), bool)
    allowed[..., Mode.ON] = True
    allowed[:, 1:, [Mode.RF_OFF, Mode.DEEP_SLEEP]] = True
    capacity = np.zeros(allowed.shape, np.float32)
    capacity[..., Mode.ON] = FULL_MBIT_S[:n_layers] * RHO_MAX
    capacity[..., Mode.RF_OFF] = capacity[..., Mode.ON] * 0.6
    slope = (WATTS[:n_layers, 4] - WATTS[:n_layers, 0]) / FULL_MBIT_S[:n_layers] * factor
    return Layers(
        present=np.ones((n_sectors, n_layers), bool),
        is_nr=np.broadcast_to(np.arange(n_layers) >= n_layers // 2, (n_sectors, n_layers)).copy(),
        allowed=allowed,
        capacity_mbit_s=capacity,
        base_w=(WATTS[:n_layers, :N_MODES] * factor[..., None]).astype(np.float32),
        slope_w_per_mbit_s=slope.astype(np.float32),
        switch_wh=np.broadcast_to(SWITCH_WH, allowed.shape).astype(np.float32),
    )


def split(total_mbit_s: np.ndarray, nr_share: np.ndarray) -> Demand:
    """Split sector totals into the two classes."""
    share = nr_share[:, None].astype(np.float32)
    total = np.maximum(total_mbit_s, 0.0).astype(np.float32)
    return Demand(total * (1 - share), total * share)


def quarter_hours(hourly: np.ndarray) -> np.ndarray:
    """Repeat each hour's rate in its four quarters: sector × 24 to sector × 96."""
    return np.repeat(hourly, 4, axis=1)


def rough_quarters(hourly: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return quarters that all differ: lines between the hours, each quarter up or down by chance.

    The scatter is lognormal, ``ROUGH`` wide: rougher than any forecast, so a hard case.
    """
    at = (np.arange(hourly.shape[1] * 4) + 0.5) / 4 - 0.5
    whole = np.floor(at).astype(np.int64)
    part = (at - whole).astype(np.float32)
    ends = hourly[:, whole % hourly.shape[1]], hourly[:, (whole + 1) % hourly.shape[1]]
    scatter = rng.standard_normal((len(hourly), len(at)), np.float32) * np.float32(ROUGH)
    return (ends[0] * (1 - part) + ends[1] * part) * np.exp(scatter)

r"""Power of stations from their loads and meters: hierarchical, robust, explained.

A station's power in an hour is linear in terms that physics names:

    P = level · ( p + Σ_c (a_c·load_c + b_c·√load_c) + Σ_k (d_k + e_k·load)·share_k )

``load_c`` is the load of its cell c, ``share_k`` the share of the hour spent in sleep mode k; a and
b are never negative: awake, more load never draws less. The sum of absolute errors is least, with
a ridge towards what is known of stations alike: a station towards its product, a product towards
all. The ridge is the one of empirical Bayes: scale of the error over variance between stations. So
a station with no hour of its own is its product at the level of its configuration, one with a few
hours is that times a factor, one with many is itself.

Level and shape are found in turns. Axes are those of ``panel``.

Source: linear power of base stations: G. Auer et al. 2011, doi:10.1109/MWC.2011.6056691.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.engines.radio.robust import least_absolute
from commonweal.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.engines.radio.panel import Panel

    Doubles = NDArray[np.float64]
    Ints = NDArray[np.int64]

N_CELLS: Final = 3
"""Cells with terms of their own; those beyond share the last one's, as their mean."""
_N_TURNS: Final = 3
_HOURS_OF_PRIOR: Final = 1.0
"""Metered hours that the level of the configuration is worth."""
_STATIONS_OF_PRIOR: Final = 2.0
"""Stations of a configuration that the level of the product is worth."""


@dataclass(frozen=True, slots=True)
class StationPower:
    """What was found of each station.

    Attributes:
        coefficients: Of the terms, in the unit of energy. Shape (station, term).
        expected: The same of a station of this configuration that was never metered.
        n_hours: Hours that the meters told. Shape (station,).
        n_modes: Sleep modes.
    """

    coefficients: Doubles
    expected: Doubles
    n_hours: Ints
    n_modes: int

    def predict(self, panel: Panel) -> Doubles:
        """Return the energy of each hour, NaN where no load is known. Shape (station, hour)."""
        found = np.einsum("sht,st->sh", terms(panel), self.coefficients)
        return np.asarray(np.maximum(found, 0.0))

    def awake(self) -> StationPower:
        """Return the same stations as if no mode saved or cost anything."""
        kept = np.arange(self.coefficients.shape[1]) < 1 + 2 * N_CELLS
        return StationPower(
            self.coefficients * kept, self.expected * kept, self.n_hours, self.n_modes
        )

    @property
    def factor(self) -> Doubles:
        """What a station draws at a third of its load over what its configuration lets expect."""
        n_load = 2 * N_CELLS
        at = np.zeros(self.coefficients.shape[1])
        at[0], at[1 : 1 + N_CELLS], at[1 + N_CELLS : 1 + n_load] = 1.0, 1 / 3, 3**-0.5
        return np.asarray(self.coefficients @ at / (self.expected @ at))


def terms(panel: Panel) -> Doubles:
    """Return the terms of each hour, NaN where no load is known. Shape (station, hour, term)."""
    n, n_cells, t = panel.load.shape
    cells = np.zeros((n, N_CELLS, t))
    known = np.asarray(~np.isnan(panel.load))
    filled = np.where(known, panel.load, 0.0)
    for slot in range(min(n_cells, N_CELLS)):
        last = n_cells if slot == N_CELLS - 1 else slot + 1
        count = known[:, slot:last].sum(axis=1)
        cells[:, slot] = filled[:, slot:last].sum(axis=1) / np.maximum(count, 1)
    mean = filled.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    share = np.nan_to_num(panel.share)
    stacked = [np.ones((n, 1, t)), cells, np.sqrt(cells), share, share * mean[:, None]]
    found = np.concatenate(stacked, axis=1)
    rows = np.ascontiguousarray(found.transpose(0, 2, 1))
    rows[~known.any(axis=1)] = np.nan
    return rows


def fit(
    panel: Panel, *, quantum: float = 0.0, spread: float = 0.3, error: float = 0.02
) -> StationPower:
    """Fit every station, shrunk to its configuration, its product, all.

    Args:
        panel: Hours of the stations; at least one is metered.
        quantum: Step of the meter's display: errors below half of it are none.
        spread: Between stations of a product, of a coefficient relative to the level.
        error: Of an hour, relative.

    Raises:
        InputError: No hour has both energy and load.
    """
    rows = terms(panel)
    energy = np.where(np.isnan(rows[:, :, 0]) | (panel.energy <= 0), np.nan, panel.energy)
    n_hours = np.count_nonzero(~np.isnan(energy), axis=1)
    if not n_hours.any():
        raise InputError("no hour has both energy and load", hint="are the clocks the same?")
    metered = n_hours > 0
    level = np.full(len(energy), np.nanmedian(energy))
    ridge = np.full(rows.shape[2], error / spread**2)
    for _ in range(_N_TURNS):
        shape = _shapes(rows, energy / level[:, None], panel.product, ridge)
        ratio = np.log(energy) - np.log(np.maximum(np.einsum("sht,st->sh", rows, shape), 1e-3))
        expected = np.exp(_levels(ratio, panel.product, panel.configuration))
        level = expected.copy()
        level[metered] = np.exp(np.nanmedian(ratio[metered], axis=1))
    level = expected.copy()
    own, k = np.nanmedian(ratio[metered], axis=1), n_hours[metered]
    weight = k / (k + _HOURS_OF_PRIOR)
    level[metered] = np.exp(weight * own + (1 - weight) * np.log(expected[metered]))
    floor = np.maximum(quantum / 2 / level, error / 20)
    found = least_absolute(rows, energy / level[:, None], shape, ridge, floor, 1 + 2 * N_CELLS)
    found[~metered] = shape[~metered]
    return StationPower(
        coefficients=found * level[:, None],
        expected=shape * expected[:, None],
        n_hours=n_hours.astype(np.int64),
        n_modes=panel.share.shape[1],
    )


def _shapes(rows: Doubles, relative: Doubles, product: Ints, ridge: Doubles) -> Doubles:
    """Return the coefficients of each station's product, relative to a level. (station, term)."""
    n_load, n_terms = 1 + 2 * N_CELLS, rows.shape[2]

    def fitted(of: NDArray[np.bool_], prior: Doubles, ridge: Doubles) -> Doubles:
        own_rows = rows[of].reshape(1, -1, n_terms)
        energy = relative[of].reshape(1, -1)
        known = ~np.isnan(energy[0])
        floor = np.full(1, 1e-3)
        return np.asarray(
            least_absolute(own_rows[:, known], energy[:, known], prior[None], ridge, floor, n_load)[
                0
            ]
        )

    flat = np.zeros(n_terms)
    flat[0] = 1.0
    overall = fitted(np.ones(len(product), bool), flat, np.full(n_terms, 1e-2))
    shape = np.empty((len(product), n_terms))
    for each in np.unique(product):
        alike = product == each
        shape[alike] = fitted(alike, overall, ridge * 10)
    return shape


def _levels(ratio: Doubles, product: Ints, configuration: Ints) -> Doubles:
    """Return the logarithm of the level that each station's configuration lets expect."""
    metered = np.asarray(~np.isnan(ratio).all(axis=1))
    own = np.full(len(ratio), np.nan)
    own[metered] = np.nanmedian(ratio[metered], axis=1)
    overall = float(np.median(own[metered]))
    found = np.full(len(ratio), overall)
    for groups in (product, product * (configuration.max() + 1) + configuration):
        _, index = np.unique(groups, return_inverse=True)
        order = np.argsort(index, kind="stable")
        for alike in np.split(order, np.flatnonzero(np.diff(index[order])) + 1):
            known = own[alike][metered[alike]]
            if len(known):
                weight = len(known) / (len(known) + _STATIONS_OF_PRIOR)
                found[alike] += weight * (np.median(known) - found[alike])
    return found

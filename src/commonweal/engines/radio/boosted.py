"""A second opinion on stations that were never metered: gradient-boosted trees, if installed.

Trees know nothing of physics, but find in the configuration what a linear model does not. They
predict energy from loads, shares and attributes; a station with hours of its own is better served
by ``fitting``. One thread and coarse bins: quicker, and as exact.

Source: G. Ke et al., "LightGBM: a highly efficient gradient boosting decision tree", NIPS 2017.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.engines.radio.panel import Panel

    Doubles = NDArray[np.float64]

_ROUNDS: Final = 300
_CELLS: Final = 2
_PARAMETERS: Final = {
    "objective": "l1",
    "num_threads": 1,
    "max_bin": 63,
    "learning_rate": 0.06,
    "num_leaves": 31,
    "min_data_in_leaf": 20,
    "verbose": -1,
    "seed": 0,
    "deterministic": True,
    "force_row_wise": True,
}


def is_installed() -> bool:
    """Return whether LightGBM is at hand."""
    return find_spec("lightgbm") is not None


def boosted(panel: Panel, attributes: Doubles, *, of: NDArray[np.bool_]) -> Doubles:
    """Return the energy of the hours of some stations, learnt from the metered hours of all.

    Args:
        panel: Hours, filled.
        attributes: Numbers that describe each station, NaN where unknown. Shape (station, any).
        of: Stations to predict. Shape (station,).

    Returns:
        Shape (station predicted, hour); NaN where no load is known.
    """
    import lightgbm  # noqa: PLC0415 - optional

    known = (panel.energy > 0) & ~np.isnan(panel.mean_load)
    target = np.log(panel.energy[known])
    features = _features(panel, attributes)
    learnt = lightgbm.train(_PARAMETERS, lightgbm.Dataset(features[known], target), _ROUNDS)
    asked = features[of]
    found = np.exp(learnt.predict(asked.reshape(-1, asked.shape[2]))).reshape(asked.shape[:2])
    return np.where(np.isnan(panel.mean_load[of]), np.nan, found)


def _features(panel: Panel, attributes: Doubles) -> Doubles:
    n, n_cells, t = panel.load.shape
    columns = [panel.mean_load, np.fmax.reduce(panel.load, axis=1)]
    columns += [panel.load[:, cell] for cell in range(min(n_cells, _CELLS))]
    columns += [panel.share[:, mode] for mode in range(panel.share.shape[1])]
    columns += [np.broadcast_to(each[:, None], (n, t)) for each in attributes.T]
    return np.stack(columns, axis=-1)

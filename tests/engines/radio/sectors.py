"""Small sectors for tests: written out, and drawn at random."""

import numpy as np
from hypothesis import strategies as st

from commonweal.engines.radio.sectors import N_MODES, Demand, Layers, Mode

SHARE = np.array([1.0, 0.5, 0.0, 0.0])  # of what is carried when on, by mode
DRAW = np.array([1.0, 0.7, 0.3, 0.1])  # of what is drawn when on, by mode
SWITCH_WH = np.array([0.0, 0.5, 1.0, 3.0])


def layers_of(*, is_nr, capacity, base_w, slope, n_modes=N_MODES, switch=1.0) -> Layers:
    """One sector; a coverage layer is one whose ``n_modes`` is 1."""
    n = len(is_nr)
    modes = np.broadcast_to(n_modes, n)
    allowed = np.arange(N_MODES)[None, None, :] < modes[None, :, None]
    return Layers(
        np.ones((1, n), dtype=bool),
        np.array([is_nr]),
        allowed,
        (np.array(capacity, float)[None, :, None] * SHARE).astype(np.float32),
        (np.array(base_w, float)[None, :, None] * DRAW).astype(np.float32),
        np.array([slope], dtype=np.float32),
        np.broadcast_to((SWITCH_WH * switch).astype(np.float32), (1, n, N_MODES)).copy(),
    )


def demand_of(lte, nr) -> Demand:
    """Demand of one sector."""
    return Demand(np.array([lte], dtype=np.float32), np.array([nr], dtype=np.float32))


@st.composite
def sectors(draw, n_slots=1, max_layers=4):
    """One sector of up to ``max_layers`` layers, what is asked of it, and any modes."""
    n = draw(st.integers(1, max_layers))
    seed = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    layers = layers_of(
        is_nr=seed.random(n) < draw(st.sampled_from([0.0, 0.5, 1.0])),
        capacity=seed.integers(0, 12, n) * 10.0,
        base_w=seed.integers(50, 500, n),
        slope=seed.integers(0, 6, n),
        n_modes=seed.integers(1, 5, n),
        switch=draw(st.sampled_from([0.0, 1.0, 10.0])),
    )
    high = draw(st.sampled_from([20, 60, 200]))
    demand = demand_of(seed.integers(0, high, n_slots), seed.integers(0, high, n_slots))
    mode = seed.integers(0, N_MODES, (1, n, n_slots)).astype(np.int8)
    mode[:, ~layers.allowed[0, :, Mode.DEEP_SLEEP]] = Mode.ON
    return layers, demand, mode

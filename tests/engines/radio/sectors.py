"""Small sectors for tests: written out, and drawn at random."""

from itertools import product

import numpy as np
from hypothesis import strategies as st

from commonweal.engines.radio.carrying import carry
from commonweal.engines.radio.sectors import N_MODES, Demand, Layers, Mode, Rules

SHARE = np.array([1.0, 0.5, 0.0, 0.0])  # of what is carried when on, by mode
DRAW = np.array([1.0, 0.7, 0.3, 0.1])  # of what is drawn when on, by mode
SWITCH_WH = np.array([0.0, 0.5, 1.0, 3.0])
HOURLY = Rules(slot_h=1.0, dwell_slots=2)


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


def repeated(each, n):
    """The same sector ``n`` times."""
    return each[np.zeros(n, dtype=np.int64)]


def cost_of(layers, demand, mode, rules, weight=None, first=None):  # noqa: PLR0917
    """What modes come to by the definition: energy, switching, unserved demand."""
    done = carry(layers, demand, mode, rules, first_mode=first)
    weight = np.ones(mode.shape[2]) if weight is None else weight
    before = mode[:, :, :1] if first is None else first[:, :, None]
    path = np.concatenate([before, mode], axis=2).astype(int)
    entering = np.take_along_axis(layers.switch_wh, path, axis=2)
    switched = (entering[:, :, 1:] + entering[:, :, :-1]) * (path[:, :, 1:] != path[:, :, :-1])
    missing = done.lte_unserved_mbit_s.astype(float) + done.nr_unserved_mbit_s
    priced = missing.sum(axis=1) * rules.unserved_w_per_mbit_s * rules.slot_h
    return (done.energy_wh * weight).sum(axis=1) + switched.sum(axis=(1, 2), dtype=float) + priced


def every_path(layers, n_slots):
    """All modes of a sector over the slots, as allowed: (path, layer, slot)."""
    may = [np.flatnonzero(each) for each in layers.allowed[0]]
    configurations = np.array(list(product(*may)), dtype=np.int8)
    paths = np.array(list(product(range(len(configurations)), repeat=n_slots)))
    return paths, configurations[paths].transpose(0, 2, 1)


def day(seed=0, n=12, n_slots=24):
    """Sectors of a coverage layer and two boosters over a day with a quiet night."""
    rng = np.random.default_rng(seed)
    one = [
        layers_of(
            is_nr=[False, False, True],
            capacity=rng.uniform(20, 80, 3) * [1, 1, 4],
            base_w=rng.uniform(150, 300, 3),
            slope=rng.uniform(0.3, 2.0, 3),
            n_modes=[1, 4, 4],
        )
        for _ in range(n)
    ]
    layers = Layers(*(np.concatenate([getattr(e, f) for e in one]) for f in one[0].__slots__))
    hour = np.arange(n_slots) / n_slots * 24
    shape = 0.1 + np.exp(-(((hour - 14) / 6) ** 2)) * rng.uniform(0.5, 1.2, (n, 1))
    noise = np.exp(rng.normal(0, 0.15, (n, n_slots)))
    total = (shape * noise * 150).astype(np.float32)
    return layers, Demand(total * np.float32(0.2), total * np.float32(0.8))

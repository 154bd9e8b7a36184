"""Sleep plans: the least that rules allow, by enumeration; kept rules; laws of plans."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.engines.radio.carrying import carry
from commonweal.engines.radio.sectors import Rules
from commonweal.engines.radio.sleep import plan_sleep
from tests.engines.radio.sectors import sectors

RULES = st.builds(
    Rules,
    dwell_slots=st.integers(1, 3),
    lead_slots=st.integers(0, 2),
    unserved_w_per_mbit_s=st.sampled_from([30.0, 1e4]),
)


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


def runs(path, first):
    """Lengths of the runs of a path that begin with a change."""
    starts = [t for t in range(len(path)) if path[t] != (path[t - 1] if t else first)]
    return np.diff([*starts, len(path)])


def lasting(paths, dwell, first=None):
    """Which paths (path, slot) keep every value that was changed to for ``dwell`` slots."""
    return np.array([(runs(p, p[0] if first is None else first) >= dwell).all() for p in paths])


def every_path(layers, n_slots):
    """All modes of a sector over the slots, as allowed: (path, layer, slot)."""
    may = [np.flatnonzero(each) for each in layers.allowed[0]]
    configurations = np.array(list(product(*may)), dtype=np.int8)
    paths = np.array(list(product(range(len(configurations)), repeat=n_slots)))
    return paths, configurations[paths].transpose(0, 2, 1)


@settings(max_examples=25)
@given(sectors(n_slots=4, max_layers=2), RULES, st.booleans(), st.data())
def test_plan_is_the_least_of_all_and_the_bound_no_more_than_the_least(drawn, rules, begun, draws):
    layers, demand, mode = drawn
    first = mode[:, :, 0] if begun else None
    weight = np.array(draws.draw(st.lists(st.sampled_from([0.5, 1, 2]), min_size=4, max_size=4)))
    paths, modes = every_path(layers, 4)
    n = len(paths)
    firsts = None if first is None else np.repeat(first, n, axis=0)
    costs = cost_of(repeated(layers, n), repeated(demand, n), modes, rules, weight, firsts)
    dwell = min(max(rules.dwell_slots, rules.lead_slots), 4)  # what waits for a lead, lasts it
    before = -1
    if begun:
        before = paths[(modes[:, :, 0] == first).all(axis=1)][0, 0]
    together = costs[lasting(paths, dwell, before if begun else None)].min()
    alone = costs[
        np.all(
            [
                lasting(modes[:, i], min(rules.dwell_slots, 4), first[0, i] if begun else None)
                for i in range(modes.shape[1])
            ],
            axis=0,
        )
    ].min()
    plan = plan_sleep(layers, demand, rules, weight=weight, first_mode=first, threads=1)
    ours = cost_of(layers, demand, plan.mode, rules, weight, first)[0]
    assert plan.cost_wh[0] == pytest.approx(ours, rel=1e-6)
    assert plan.bound_wh[0] <= alone * (1 + 1e-9) + 1e-6
    assert alone * (1 - 1e-5) - 1e-3 <= plan.cost_wh[0] <= together * (1 + 1e-5) + 1e-3
    if rules.dwell_slots == 1 and rules.lead_slots <= 1:
        assert plan.bound_wh[0] == pytest.approx(alone, rel=1e-4)
        assert plan.cost_wh[0] == pytest.approx(alone, rel=1e-5, abs=1e-3)

"""Sleep plans: the least that rules allow, by enumeration; kept rules; laws of plans."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.engines.radio.carrying import carry
from commonweal.engines.radio.referee import audit, optimum
from commonweal.engines.radio.sectors import Demand, Mode, Rules
from commonweal.engines.radio.sleep import MOST_CONFIGURATIONS, choices_of, plan_sleep
from commonweal.errors import InputError
from tests.engines.radio.sectors import (
    HOURLY,
    cost_of,
    day,
    demand_of,
    every_path,
    layers_of,
    repeated,
    sectors,
)

RULES = st.builds(
    Rules,
    dwell_slots=st.integers(1, 3),
    lead_slots=st.integers(0, 2),
    unserved_w_per_mbit_s=st.sampled_from([30.0, 1e4]),
)


def runs(path, first):
    """Lengths of the runs of a path that begin with a change."""
    starts = [t for t in range(len(path)) if path[t] != (path[t - 1] if t else first)]
    return np.diff([*starts, len(path)])


def lasting(paths, dwell, first=None):
    """Which paths (path, slot) keep every value that was changed to for ``dwell`` slots."""
    return np.array([(runs(p, p[0] if first is None else first) >= dwell).all() for p in paths])


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
    good = max(together, plan.bound_wh[0] / (1 - 0.005))  # near enough the bound, or as a whole
    assert alone * (1 - 1e-5) - 1e-3 <= plan.cost_wh[0] <= good * (1 + 1e-5) + 1e-3
    if rules.dwell_slots == 1 and rules.lead_slots <= 1:
        assert plan.bound_wh[0] == pytest.approx(alone, rel=1e-4)
        assert plan.cost_wh[0] == pytest.approx(alone, rel=1e-5, abs=1e-3)


@settings(max_examples=25)
@given(sectors(n_slots=8, max_layers=3), RULES, st.integers(0, 2**16))
def test_modes_are_allowed_last_their_dwell_and_are_on_where_they_have_to_be(drawn, rules, seed):
    layers, demand, mode = drawn
    rng = np.random.default_rng(seed)
    awake = rng.random(mode.shape) < 0.15
    first = rng.integers(0, 4, mode.shape[:2]).astype(np.int8)  # allowed today or not
    plan = plan_sleep(layers, demand, rules, awake=awake, first_mode=first, threads=1)
    may = np.take_along_axis(layers.allowed, plan.mode.astype(int), axis=2)
    assert may.all()
    assert (plan.mode[awake] == Mode.ON).all()
    for layer in range(mode.shape[1]):
        assert lasting(plan.mode[:, layer], rules.dwell_slots, first[0, layer]).all()


@settings(max_examples=10)
@given(sectors(n_slots=8, max_layers=3), RULES, st.integers(0, 4))
def test_changes_are_no_more_than_allowed_and_the_bound_no_more_than_the_referees(
    drawn, rules, most
):
    layers, demand, _ = drawn
    few = replace(rules, most_changes=most)
    plan = plan_sleep(layers, demand, few, threads=1)
    assert plan.changes[0] <= most
    exact = optimum(layers, demand, few, presolve=False)
    assert plan.bound_wh[0] <= exact.cost_wh * (1 + 1e-5) + 1e-3
    assert plan.cost_wh[0] >= exact.bound_wh * (1 - 1e-5) - 1e-3


def test_no_change_at_all_still_finds_modes_to_stay_in():
    layers, demand = day()
    plan = plan_sleep(layers, demand, replace(HOURLY, most_changes=0))
    assert (plan.changes == 0).all()
    assert (plan.mode == plan.mode[:, :, :1]).all()
    assert (plan.bound_wh <= plan.cost_wh).all()


def test_a_sector_alone_is_planned_as_in_a_batch_and_in_any_order():
    layers, demand = day(n=40)
    whole = plan_sleep(layers, demand, HOURLY)
    order = np.random.default_rng(1).permutation(40)
    shuffled = plan_sleep(layers[order], demand[order], HOURLY, threads=1)
    np.testing.assert_array_equal(shuffled.mode, whole.mode[order])
    np.testing.assert_array_equal(shuffled.bound_wh, whole.bound_wh[order])
    for s in range(0, 40, 7):
        one = plan_sleep(layers[s : s + 1], demand[s : s + 1], HOURLY)
        np.testing.assert_array_equal(one.mode[0], whole.mode[s])
        assert one.cost_wh[0] == whole.cost_wh[s]


@settings(max_examples=15)
@given(st.integers(0, 1000), st.floats(1.0, 1.5))
def test_more_demand_never_costs_less(seed, factor):
    layers, demand = day(seed, n=4)
    more = Demand(demand.lte_mbit_s * np.float32(factor), demand.nr_mbit_s * np.float32(factor))
    before, after = (plan_sleep(layers, each, HOURLY, threads=1) for each in (demand, more))
    assert (after.cost_wh >= before.bound_wh).all()
    exact = replace(HOURLY, dwell_slots=1)
    before, after = (plan_sleep(layers, each, exact, threads=1) for each in (demand, more))
    assert (after.cost_wh >= before.cost_wh * (1 - 1e-6)).all()


@settings(max_examples=15)
@given(st.integers(0, 1000), st.integers(1, 4))
def test_a_longer_dwell_never_saves_more_than_the_bound_of_a_shorter_one(seed, dwell):
    layers, demand = day(seed, n=4)
    shorter = plan_sleep(layers, demand, replace(HOURLY, dwell_slots=dwell), threads=1)
    longer = plan_sleep(layers, demand, replace(HOURLY, dwell_slots=dwell + 1), threads=1)
    assert (longer.cost_wh >= shorter.bound_wh).all()
    free = plan_sleep(layers, demand, replace(HOURLY, dwell_slots=1), threads=1)
    assert (shorter.cost_wh >= free.cost_wh * (1 - 1e-6)).all()


def test_planning_for_more_leaves_no_more_unserved_when_the_day_turns_out_as_it_does():
    layers, truth = day(3, n=60)
    rng = np.random.default_rng(4)
    error = np.exp(rng.normal(0, 0.3, truth.lte_mbit_s.shape)).astype(np.float32)
    missing = []
    for quantile in (1.0, 1.64, 2.33):
        factor = np.float32(np.exp(0.3 * quantile))
        expected = Demand(truth.lte_mbit_s * error * factor, truth.nr_mbit_s * error * factor)
        done = carry(layers, truth, plan_sleep(layers, expected, HOURLY).mode, HOURLY)
        missing.append((done.lte_unserved_mbit_s + done.nr_unserved_mbit_s).sum())
    assert missing[0] > missing[1] > missing[2]


def test_a_layer_wakes_before_demand_that_it_serves():
    layers = layers_of(
        is_nr=[False, True], capacity=[10, 100], base_w=[100, 300], slope=[1, 1], n_modes=[1, 4]
    )
    demand = demand_of([5.0] * 12, [0.0] * 6 + [80.0] * 3 + [0.0] * 3)
    for lead in (0, 1, 2):
        plan = plan_sleep(layers, demand, Rules(dwell_slots=2, lead_slots=lead))
        assert np.flatnonzero(plan.mode[0, 1] == Mode.ON)[0] == 6 - lead
        assert plan.unserved_mbit[0] == 0


def test_sleep_moves_to_slots_where_energy_is_dear():
    layers = layers_of(
        is_nr=[False, False], capacity=[10, 10], base_w=[100, 100], slope=[1, 1], n_modes=[1, 4],
        switch=60.0,
    )  # fmt: skip
    demand = demand_of([5.0] * 8, [0.0] * 8)
    weight = np.array([0.0, 0.0, 0.0, 0.0, 8.0, 8.0, 8.0, 8.0])
    awake = np.zeros((1, 2, 8), dtype=bool)
    awake[0, 1, 0] = True
    plan = plan_sleep(layers, demand, Rules(slot_h=1), weight=weight, awake=awake)
    assert (plan.mode[0, 1, 4:] > Mode.RF_OFF).all()
    cheap = plan_sleep(layers, demand, Rules(slot_h=1), weight=weight[::-1].copy(), awake=awake)
    assert cheap.mode[0, 1, 0] == Mode.ON


def test_too_many_configurations_still_give_a_plan_and_a_valid_bound():
    rng = np.random.default_rng(5)
    layers = layers_of(
        is_nr=[False] * 3 + [True] * 5,
        capacity=rng.uniform(20, 90, 8),
        base_w=rng.uniform(150, 400, 8),
        slope=rng.uniform(0.3, 2.0, 8),
        n_modes=[1, 4, 4, 4, 4, 4, 4, 4],
    )
    plan_choices, bound_choices = choices_of(layers)
    assert plan_choices.n_choices[0].astype(int).prod() <= MOST_CONFIGURATIONS
    assert (bound_choices.base <= plan_choices.base).all()
    demand = demand_of(rng.uniform(5, 60, 6), rng.uniform(10, 200, 6))
    rules = Rules(slot_h=1.0, dwell_slots=2)
    plan = plan_sleep(layers, demand, rules)
    exact = optimum(layers, demand, rules, presolve=False)
    assert plan.bound_wh[0] <= exact.cost_wh <= plan.cost_wh[0] * (1 + 1e-6)
    assert plan.energy_wh[0] < plan.all_on_wh[0]


def test_audit_tells_how_far_plans_are_from_the_optimum():
    layers, demand = day(6, n=20)
    plan = plan_sleep(layers, demand, HOURLY)
    found = audit(layers, demand, HOURLY, sample=np.array([2, 5, 11]), plan=plan)
    assert found.sector.tolist() == [2, 5, 11]
    assert (found.bound_wh <= found.exact_wh * (1 + 1e-6)).all()
    assert (found.gap_share >= -1e-5).all()
    assert found.gap_share.mean() < 0.01
    again = audit(layers, demand, HOURLY, sample=np.array([2, 5, 11]))
    np.testing.assert_array_equal(again.cost_wh, found.cost_wh)


def test_a_day_without_slots_has_no_plan_and_costs_nothing():
    layers, _ = day(n=2)
    nothing = Demand(*(np.zeros((2, 0), np.float32),) * 2)
    plan = plan_sleep(layers, nothing, HOURLY)
    assert plan.mode.shape == (2, 3, 0)
    assert plan.cost_wh.tolist() == [0, 0]


def test_what_does_not_fit_is_refused():
    layers, demand = day(n=2)
    with pytest.raises(InputError, match=r"weight has shape \(3,\)"):
        plan_sleep(layers, demand, HOURLY, weight=np.ones(3))
    with pytest.raises(InputError, match="weight holds -1"):
        plan_sleep(layers, demand, HOURLY, weight=-np.ones(24))
    with pytest.raises(InputError, match="awake has shape"):
        plan_sleep(layers, demand, HOURLY, awake=np.zeros((2, 3, 1), dtype=bool))
    modes = np.zeros((2, 3), np.int8)
    modes[0, 0] = 7
    with pytest.raises(InputError, match="first_mode holds 0 to 7"):
        plan_sleep(layers, demand, HOURLY, first_mode=modes)
    more = layers.capacity_mbit_s.copy()
    more[0, 1, Mode.RF_OFF] = 1e6
    with pytest.raises(InputError, match="carries more in a deeper mode"):
        plan_sleep(replace(layers, capacity_mbit_s=more), demand, HOURLY)
    with pytest.raises(InputError, match="2 sectors"):
        optimum(layers, demand, HOURLY)

"""The plan against the whole programme, against trying everything, and its laws."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.engines.hedging import Instance, foresight_cny, frontier, plan, tail
from commonweal.engines.hedging.extensive import extensive_plan
from commonweal.engines.hedging.recourse import costs
from commonweal.errors import InputError
from tests.engines.hedging.test_scenarios import drawn

ONE = np.ones(1)


def instance(seed, n_scenarios=12, n=2, **changes):
    """A small instance with everything in it: credits held and capped, surplus and shortage."""
    rng = np.random.default_rng(seed)
    shape = (n_scenarios, n)
    later, credit = rng.uniform(20, 120, shape), rng.uniform(10, 110, shape)
    emissions_t = rng.uniform(50, 150, shape)
    chance = rng.uniform(0.1, 1, n_scenarios)
    made = Instance(
        price_cny=rng.uniform(20, 110, n),
        credit_price_cny=rng.uniform(10, 100, n),
        holding_t=rng.uniform(0, 130, n),
        credits_t=rng.uniform(0, 12, n),
        most_allowances_t=rng.uniform(0, 80, n),
        most_credits_t=rng.uniform(0, 15, n),
        emissions_t=emissions_t,
        cap_t=emissions_t * rng.choice([0, 0.05, 0.1, 0.2], n),
        later_cny=later,
        later_credit_cny=credit,
        resale_cny=later * rng.uniform(0, 1, shape),
        credit_resale_cny=credit * rng.uniform(0, 1, shape),
        probability=chance / chance.sum(),
    )
    return replace(made, **changes)


def simple(**changes):
    """One obligation of 100 t, one certain future, allowances at 50 now and 60 later."""
    terms = {
        "price_cny": 50 * ONE,
        "credit_price_cny": 40 * ONE,
        "holding_t": 80 * ONE,
        "credits_t": 0 * ONE,
        "most_allowances_t": 20 * ONE,
        "most_credits_t": 5 * ONE,
        "emissions_t": np.array([[100.0]]),
        "cap_t": np.array([[5.0]]),
        "later_cny": np.array([[60.0]]),
        "later_credit_cny": np.array([[55.0]]),
        "resale_cny": np.array([[45.0]]),
        "credit_resale_cny": np.array([[30.0]]),
        "probability": ONE,
    }
    return Instance(**(terms | changes))


def test_a_certain_shortage_is_bought_where_it_is_cheapest():
    found = plan(simple())
    assert found.credits_t == pytest.approx([5])  # 40 now, up to the cap
    assert found.allowances_t == pytest.approx([15])  # 50 now instead of 60 later
    assert found.mean_cny == pytest.approx(5 * 40 + 15 * 50)
    assert found.mean_cny == pytest.approx(foresight_cny(simple()))


def test_what_is_cheaper_later_is_bought_later():
    found = plan(simple(later_cny=np.array([[48.0]])))
    assert found.allowances_t == pytest.approx([0])
    assert found.mean_cny == pytest.approx(5 * 40 + 15 * 48)


def test_a_cap_of_nothing_leaves_no_use_for_credits():
    found = plan(simple(cap_t=np.array([[0.0]])))
    assert found.credits_t == pytest.approx([0])
    assert found.mean_cny == pytest.approx(20 * 50)


def test_exactly_covered_costs_nothing():
    found = plan(simple(holding_t=100 * ONE, cap_t=np.array([[0.0]])))
    assert found.mean_cny == pytest.approx(0)
    assert found.spent_cny == 0


def test_a_budget_of_half_the_need_buys_half():
    found = plan(simple(budget_cny=500.0, cap_t=np.array([[0.0]])))
    assert found.allowances_t == pytest.approx([10])
    assert found.mean_cny == pytest.approx(500 + 10 * 60)


@pytest.mark.parametrize("risk_weight", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("seed", range(6))
def test_the_plan_costs_what_the_whole_programme_costs(seed, risk_weight):
    given_ = instance(seed, n_scenarios=40, n=3, budget_cny=3000.0 if seed % 2 else np.inf)
    found = plan(given_, risk_weight=risk_weight, alpha=0.8)
    _bought_t, least_cny = extensive_plan(given_, risk_weight=risk_weight, alpha=0.8)
    assert found.objective_cny == pytest.approx(least_cny, rel=1e-5, abs=0.01)
    assert found.bound_cny <= least_cny + max(abs(least_cny) * 1e-6, 0.01)
    assert found.gap_share <= 1e-6
    assert found.spent_cny <= given_.budget_cny * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_no_purchase_on_a_fine_grid_is_cheaper(seed):
    given_ = instance(seed, n_scenarios=5, n=1)
    found = plan(given_, risk_weight=0.5, alpha=0.6)
    grid = [np.linspace(0, most, 41) for most in given_.most_t]
    tried = []
    for bought in product(*grid):
        cny = costs(given_, np.array(bought))[0]
        cvar_cny, _ = tail(cny, given_.probability, 0.6)
        tried.append(0.5 * given_.probability @ cny + 0.5 * cvar_cny)
    assert found.objective_cny <= min(tried) + 1e-3
    assert found.objective_cny == pytest.approx(min(tried), rel=0.02)


seeds = st.integers(0, 10_000)


@settings(max_examples=25)
@given(seeds, st.floats(0, 1), st.floats(0, 0.95))
def test_the_tail_is_no_cheaper_than_the_mean_and_foresight_is_no_dearer(seed, weight, alpha):
    given_ = instance(seed)
    found = plan(given_, risk_weight=weight, alpha=alpha)
    slack_cny = 1e-5 * max(abs(found.objective_cny), 100)
    assert found.cvar_cny >= found.mean_cny - slack_cny
    assert foresight_cny(given_) <= found.mean_cny + slack_cny
    assert found.bound_cny <= found.objective_cny


@settings(max_examples=25)
@given(seeds, st.floats(0, 1), st.floats(0, 4000), st.floats(1, 3))
def test_more_budget_is_never_worse(seed, weight, budget_cny, factor):
    less, more = (
        plan(instance(seed, budget_cny=cny), risk_weight=weight).objective_cny
        for cny in (budget_cny, budget_cny * factor)
    )
    assert more <= less + 1e-5 * max(abs(less), 100)


@settings(max_examples=25)
@given(seeds)
def test_slopes_are_those_of_a_convex_function(seed):
    given_ = instance(seed)
    rng = np.random.default_rng(seed)
    here, there = rng.uniform(0, 1, (2, 4)) * given_.most_t
    at_cny, allowance, credit = costs(given_, here)
    slope = given_.prices_cny - np.concatenate(
        [given_.probability @ allowance, given_.probability @ credit]
    )
    tangent_cny = given_.probability @ at_cny + slope @ (there - here)
    assert given_.probability @ costs(given_, there)[0] >= tangent_cny - 1e-6


def test_along_the_frontier_the_mean_rises_and_the_tail_falls():
    plans = frontier(instance(4, n_scenarios=200), risk_weights=[0, 0.25, 0.5, 0.75, 1])
    means, tails = ([getattr(each, name) for each in plans] for name in ("mean_cny", "cvar_cny"))
    slack_cny = 1e-5 * max(tails)
    assert all(b >= a - slack_cny for a, b in pairwise(means))
    assert all(b <= a + slack_cny for a, b in pairwise(tails))


def test_the_tail_takes_part_of_the_scenario_on_its_edge():
    cny = np.array([10.0, 20.0, 30.0])
    value, weights = tail(cny, np.array([0.5, 0.3, 0.2]), 0.6)
    assert value == pytest.approx((0.2 * 30 + 0.2 * 20) / 0.4)
    assert weights == pytest.approx([0, 0.5, 0.5])


def test_a_plan_stopped_early_says_how_far_it_may_be_off():
    found = plan(drawn(n_scenarios=300), risk_weight=0.5, most_rounds=2)
    assert found.n_rounds == 2
    assert found.gap_share > 1e-6


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"resale_cny": np.array([[61.0]])}, "resale_cny lies above later_cny"),
        ({"probability": 0.5 * ONE}, "probabilities add up to 0.5, not 1"),
        ({"holding_t": -ONE}, "holding_t holds -1.0"),
        ({"cap_t": np.ones((2, 1))}, r"cap_t has the shape \(2, 1\), not \(1, 1\)"),
        ({"budget_cny": -1.0}, "a budget of -1.0 CNY"),
        ({"later_cny": np.array([[np.nan]])}, "later_cny holds nan"),
    ],
)
def test_an_instance_that_makes_no_sense_is_refused(change, sentence):
    with pytest.raises(InputError, match=sentence):
        simple(**change)


@pytest.mark.parametrize("terms", [{"risk_weight": 1.1}, {"alpha": 1.0}, {"risk_weight": -0.1}])
def test_weights_outside_their_range_are_refused(terms):
    with pytest.raises(InputError, match="must lie in"):
        plan(simple(), **terms)

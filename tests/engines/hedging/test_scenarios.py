"""Scenarios keep the expectations that were stated, move together, and follow their seed."""

from dataclasses import replace

import numpy as np
import pytest

from commonweal.engines.hedging import Outlook, instance_of
from commonweal.errors import InputError

OUTLOOK = Outlook(
    emissions_t=np.array([100_000.0, 50_000.0]),
    emissions_sd_share=np.array([0.1, 0.02]),
    price_cny=np.array([100.0, 40.0]),
    credit_price_cny=70.0,
    drift=0.05,
    volatility=0.3,
    horizon_years=np.array([1.0, 2.0]),
    correlation=0.4,
    price_correlation=0.6,
    resale_share=0.8,
    cap_share=np.array([0.05, 0.2]),
    cap_base_t=np.array([0.0, -9_000.0]),
)


def drawn(outlook=OUTLOOK, n_scenarios=40_000, seed=1):
    return instance_of(
        outlook,
        n_scenarios=n_scenarios,
        rng=np.random.default_rng(seed),
        holding_t=np.array([90_000.0, 45_000.0]),
        credits_t=np.zeros(2),
    )


def test_means_and_deviations_are_those_stated():
    found = drawn()
    assert found.emissions_t.mean(axis=0) == pytest.approx(OUTLOOK.emissions_t, rel=0.005)
    sd_share = found.emissions_t.std(axis=0) / OUTLOOK.emissions_t
    assert sd_share == pytest.approx(OUTLOOK.emissions_sd_share, rel=0.03)
    expected_cny = OUTLOOK.price_cny * np.exp([0.05, 0.10])
    assert found.later_cny.mean(axis=0) == pytest.approx(expected_cny, rel=0.01)
    moves = np.log(found.later_cny / OUTLOOK.price_cny)
    assert moves.std(axis=0) == pytest.approx([0.3, 0.3 * np.sqrt(2)], rel=0.02)


def test_emissions_and_prices_move_together():
    found = drawn()
    logs = np.log([found.emissions_t[:, 0], found.later_cny[:, 0], found.later_cny[:, 1]])
    together = np.corrcoef(logs)
    assert together[1, 2] == pytest.approx(0.6, abs=0.02)
    assert together[0, 1] == pytest.approx(0.4 * np.sqrt(0.6), abs=0.02)


def test_a_cap_on_the_shortage_is_nothing_where_nothing_is_short():
    found = drawn()
    assert found.cap_t[:, 0] == pytest.approx(0.05 * found.emissions_t[:, 0])
    assert found.cap_t[:, 1] == pytest.approx(np.maximum(0.2 * found.emissions_t[:, 1] - 9000, 0))


def test_the_same_seed_gives_the_same_scenarios():
    assert (drawn(seed=7).later_cny == drawn(seed=7).later_cny).all()
    assert (drawn(seed=7).later_cny != drawn(seed=8).later_cny).any()


def test_no_more_may_be_bought_than_the_largest_shortage():
    found = drawn()
    assert found.most_allowances_t == pytest.approx(
        (found.emissions_t - found.holding_t).max(axis=0)
    )


def test_what_is_certain_has_one_scenario_over_and_over():
    sure = replace(OUTLOOK, emissions_sd_share=np.zeros(2), volatility=0.0)
    found = drawn(sure, n_scenarios=3)
    assert (found.emissions_t == OUTLOOK.emissions_t).all()
    assert np.ptp(found.later_cny, axis=0) == pytest.approx([0, 0])


@pytest.mark.parametrize("name", ["correlation", "price_correlation", "resale_share"])
def test_a_correlation_of_one_or_more_is_refused(name):
    with pytest.raises(InputError, match=f"{name} 1.2 does not lie between -1 and 1"):
        drawn(replace(OUTLOOK, **{name: 1.2}), n_scenarios=2)

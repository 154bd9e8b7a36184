"""Factors of elements come back from meters; a mode that saves nothing is seen to save nothing."""

import numpy as np
import pytest

from commonweal.engines.radio.effects import median_interval
from commonweal.engines.radio.factors import LEAST_HOURS, factors_of

N, T = 30, 168


def made(*, factor, overhead_w=300.0, part=1.0, noise=0.01, seed=1):
    rng = np.random.default_rng(seed)
    load = 0.1 + 0.5 * rng.random((N, T))
    awake = 1400.0 + 1600.0 * load
    saved = np.zeros((N, 1, T))
    saved[:, 0, ::6] = 500.0
    power = overhead_w + factor[:, None] * (awake - part * saved[:, 0])
    return power * (1 + rng.normal(0, noise, (N, T))), awake, saved, np.zeros(N, np.int64)


FACTOR = np.exp(np.random.default_rng(2).normal(0, 0.08, N))


def test_factors_overheads_and_savings_come_back():
    found = factors_of(*made(factor=FACTOR))
    assert found.factor == pytest.approx(FACTOR, rel=0.03)
    assert np.median(found.overhead_w) == pytest.approx(300, rel=0.05)
    assert np.median(found.part) == pytest.approx(1, rel=0.03)
    assert found.hours_seen.tolist() == [[28]] * N


def test_a_mode_that_saves_nothing_is_seen_to_save_nothing():
    found = factors_of(*made(factor=FACTOR, part=0.0))
    _, low, high, n = median_interval(found.part[:, 0], 0.95)
    assert n == N
    assert low < 0.02
    assert high < 0.05


def test_too_few_hours_leave_the_models_figures():
    metered, *rest = made(factor=FACTOR)
    metered[0, LEAST_HOURS - 1 :] = np.nan
    found = factors_of(metered, *rest)
    assert found.factor[0] == 1
    assert found.part[0].tolist() == [1]
    assert found.n_hours[0] == LEAST_HOURS - 1
    assert found.factor[1:] == pytest.approx(FACTOR[1:], rel=0.03)


def test_wrong_hours_of_a_meter_do_not_move_a_factor():
    metered, *rest = made(factor=FACTOR)
    metered[:, 5::20] *= 3.0
    assert factors_of(metered, *rest).factor == pytest.approx(FACTOR, rel=0.04)


def test_the_order_of_elements_changes_nothing():
    metered, awake, saved, group = made(factor=FACTOR)
    turned = np.random.default_rng(3).permutation(N)
    found = factors_of(metered, awake, saved, group).factor
    again = factors_of(metered[turned], awake[turned], saved[turned], group).factor
    assert again == pytest.approx(found[turned], rel=1e-9)

"""Bit per joule of what was measured, and of the network that it stands for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.engines.radio.efficiency import (
    coverage_efficiency,
    data_efficiency,
    extrapolate,
    latency_efficiency,
)
from commonweal.errors import InputError

VOLUME = np.array([100.0, 300.0, 50.0, 0.0])
ENERGY = np.array([1.0, 3.0, 2.0, 0.0])
CLASS = np.array([0, 0, 1, 1])
SEEN = np.array([True, True, True, False])


def test_a_site_that_was_not_measured_is_stood_for_by_its_class():
    found = extrapolate(VOLUME, ENERGY, CLASS, SEEN, 3)
    assert found.n_measured.tolist() == [2, 1, 0]
    assert found.n_sites.tolist() == [2, 2, 0]
    assert found.by_class[:2] == pytest.approx([400e6 / 14.4e6, 50e6 / 7.2e6])
    assert np.isnan(found.by_class[2])
    assert found.by_sums == pytest.approx((400e6 + 100e6) / (14.4e6 + 14.4e6))
    assert found.by_presence == pytest.approx((400 / 14.4 + 50 / 7.2) / 2)
    assert found.covered_share == 1.0


def test_a_class_that_nobody_measured_is_said():
    found = extrapolate(VOLUME, ENERGY, np.array([0, 0, 0, 1]), SEEN, 2)
    assert found.covered_share == 0.75
    assert found.by_sums == pytest.approx(450e6 / 21.6e6)


def test_no_energy_is_no_efficiency():
    assert np.isnan(data_efficiency(1.0, 0.0))
    assert np.isnan(coverage_efficiency(1.0, 0.0))
    assert np.isnan(latency_efficiency(1.0, 0.0))
    found = extrapolate(VOLUME, ENERGY, CLASS, np.zeros(4, bool), 2)
    assert np.isnan([found.by_sums, found.by_presence]).all()


def test_latency_that_is_not_known_is_no_efficiency_and_half_of_it_is_twice_as_good():
    assert np.isnan([latency_efficiency(none, 5.0) for none in (0.0, -1.0, np.nan)]).all()
    assert latency_efficiency(5.0, 2.0) == pytest.approx(2 * latency_efficiency(10.0, 2.0))
    assert latency_efficiency(5.0, 2.0) == pytest.approx(1 / (0.005 * 7.2e6))


@given(scale=st.floats(0.01, 100), seed=st.integers(0, 1000))
def test_where_everything_is_measured_nothing_is_extrapolated(scale, seed):
    rng = np.random.default_rng(seed)
    volume, energy = rng.uniform(1, 100, (2, 20)) * scale
    found = extrapolate(volume, energy, rng.integers(0, 3, 20), np.ones(20, bool), 3)
    assert found.by_sums == pytest.approx(data_efficiency(volume.sum(), energy.sum()))
    one = extrapolate(volume, energy, np.zeros(20, int), np.ones(20, bool), 1)
    assert one.by_sums == pytest.approx(one.by_presence)


def test_a_class_out_of_range_is_refused():
    with pytest.raises(InputError, match="classes run from 0 to 1"):
        extrapolate(VOLUME, ENERGY, CLASS, SEEN, 1)

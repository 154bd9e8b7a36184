"""A forecast repeats the season, adapts its growth, and says truly how sure it is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.engines.forecasting import N_LEAST, backtest, forecast, student_quantile
from commonweal.errors import InputError

SEASON = 1 + 0.2 * np.sin(np.arange(12) * 2 * np.pi / 12)


def history(n_months, *, growth=0.003, drift=0.0, noise=0.01, seed=7):
    random = np.random.default_rng(seed)
    level = np.cumsum(random.normal(growth, drift, n_months)) + random.normal(0, noise, n_months)
    return 100 * np.resize(SEASON, n_months) * np.exp(level)


@given(st.integers(N_LEAST, 60), st.integers(1, 12), st.floats(-0.02, 0.02))
def test_steady_growth_on_a_season_is_continued_exactly(n_months, n_ahead, growth):
    level = np.exp(growth * np.arange(n_months + n_ahead))
    values = np.resize(SEASON, n_months + n_ahead) * level
    found = forecast(values[:n_months], n_ahead)
    assert found.mean == pytest.approx(values[n_months:], rel=1e-9)
    assert found.total_low == pytest.approx(found.total_high, rel=1e-3)


@given(st.floats(0.01, 1e6))
def test_the_unit_does_not_matter(scale):
    values = history(30)
    assert forecast(values * scale, 6).total == pytest.approx(forecast(values, 6).total * scale)


def test_the_total_lies_within_its_interval_and_a_surer_one_is_wider():
    sure, plain = (forecast(history(24), 6, level_share=share) for share in (0.99, 0.9))
    assert sure.total_low < plain.total_low < plain.total < plain.total_high < sure.total_high
    assert plain.total == pytest.approx(plain.mean.sum())


@pytest.mark.parametrize(
    ("drift", "noise", "n_ahead"),
    [(0.0, 0.01, 6), (0.005, 0.01, 6), (0.01, 0.02, 6), (0.002, 0.03, 9), (0.01, 0.02, 1)],
)
def test_the_interval_holds_about_as_often_as_it_says(drift, noise, n_ahead):
    series = [history(36, drift=drift, noise=noise, seed=seed) for seed in range(40)]
    found = backtest(series, n_months=n_ahead, level_share=0.9)
    assert found.n_forecasts == 40 * (36 - n_ahead - N_LEAST + 1)
    assert 0.82 <= found.coverage_share <= 0.99
    assert found.error_share < 3 * (drift * n_ahead + noise)


def test_a_forecast_of_the_past_does_not_know_what_came():
    known = history(20)
    ends = [np.concatenate([known, np.full(6, value)]) for value in (1.0, 1e6)]
    here, there = (backtest([each], n_months=6, first=20) for each in ends)
    assert here.n_forecasts == there.n_forecasts == 1
    assert here.coverage_share == there.coverage_share == 0
    total = forecast(known, 6).total
    assert here.error_share == pytest.approx(abs(total - 6) / 6)
    assert there.error_share == pytest.approx(abs(total - 6e6) / 6e6)


def test_quantiles_are_those_of_the_tables():
    table = {1: 6.314, 2: 2.920, 3: 2.353, 4: 2.132, 5: 2.015, 8: 1.860, 20: 1.725, 100: 1.660}
    assert {n: round(student_quantile(0.95, n), 3) for n in table} == table


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: forecast(np.ones(14), 1), "needs 15 months"),
        (lambda: forecast(np.zeros(20), 1), "above 0"),
        (lambda: forecast(np.ones(20), 13), "1 to 12 months"),
        (lambda: backtest([np.ones(16)], n_months=6), "no series has 21 months"),
    ],
)
def test_too_little_to_go_by_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()

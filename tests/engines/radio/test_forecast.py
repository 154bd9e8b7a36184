"""Forecasts of sectors: what they keep to whatever the traffic is."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from commonweal.engines.radio.forecast import LEAST_DAYS, forecast
from commonweal.engines.radio.forecast_calibration import QUANTILES, calibrate
from commonweal.engines.radio.forecast_scoring import backtest, score
from commonweal.engines.radio.forecast_slots import enveloping, finer, keeping
from commonweal.engines.radio.forecast_walk import HOLIDAY, UNUSUAL
from commonweal.errors import InputError

N_DAYS = 21


def kinds(n_days=N_DAYS):
    return np.arange(n_days + 1) % 7


def traffic(seed, n_sectors=40, n_days=N_DAYS, n_slots=24):
    """Days with a shape, weekends with another level, lumps."""
    rng = np.random.default_rng(seed)
    shape = 1.2 + np.sin(np.arange(n_slots) * 2 * np.pi / n_slots)
    level = rng.lognormal(2, 1, (n_sectors, 1, 1))
    free = np.where(kinds(n_days - 1) >= 5, 0.6, 1.0)[:, None]
    return (level * shape * free * rng.gamma(4, 0.25, (n_sectors, n_days, n_slots))).astype("f4")


histories = arrays(
    np.float32,
    (3, 14, 24),
    elements=st.one_of(st.floats(0, 1000, width=32), st.just(np.float32(np.nan))),
)


@given(histories)
def test_quantiles_are_ordered_never_negative_and_missing_only_for_cold_sectors(history):
    found = forecast(history, kinds(14))
    warm = ~found.is_cold
    assert np.isnan(found.mean[found.is_cold]).all()
    assert np.isnan(found.quantile[:, found.is_cold]).all()
    assert np.isfinite(found.mean[warm]).all()
    assert np.isfinite(found.quantile[:, warm]).all()
    assert (np.diff(found.quantile[:, warm], axis=0) >= 0).all()
    assert (found.quantile[:, warm] >= 0).all()


@pytest.mark.parametrize("with_calibration", [True, False])
@given(seed=st.integers(0, 2**32 - 1), factor=st.sampled_from([2.0**-6, 0.5, 4.0, 1024.0]))
def test_traffic_in_another_unit_is_forecast_in_that_unit(with_calibration, seed, factor):
    history = traffic(seed, n_sectors=4)
    learned = calibrate(history, kinds()) if with_calibration else None
    plain = forecast(history, kinds(), calibration=learned)
    scaled = forecast(history * np.float32(factor), kinds(), calibration=learned)
    np.testing.assert_allclose(scaled.mean, plain.mean * factor, rtol=1e-5)
    np.testing.assert_allclose(scaled.quantile, plain.quantile * factor, rtol=1e-5)


@pytest.mark.parametrize("with_calibration", [True, False])
def test_any_batch_in_any_order_on_any_threads_gives_what_each_sector_alone_does(with_calibration):
    history = traffic(1, n_sectors=5000, n_days=12)
    learned = calibrate(history[:500], kinds(12)) if with_calibration else None
    whole = forecast(history, kinds(12), calibration=learned, n_threads=2)
    turned = forecast(history[::-1], kinds(12), calibration=learned)
    assert (turned.quantile[:, ::-1] == whole.quantile).all()
    for sector in (0, 2047, 2048, 4999):
        alone = forecast(history[sector : sector + 1], kinds(12), calibration=learned)
        assert (alone.mean[0] == whole.mean[sector]).all()
        assert (alone.quantile[:, 0] == whole.quantile[:, sector]).all()


@given(level=st.floats(np.float32(1e-3), np.float32(1e5), width=32), n_days=st.integers(10, 20))
def test_a_constant_sector_is_forecast_exactly_at_every_quantile(level, n_days):
    history = np.full((1, n_days, 24), level, np.float32)
    found = forecast(history, kinds(n_days))
    np.testing.assert_allclose(found.mean, level, rtol=1e-5)
    np.testing.assert_allclose(found.quantile, level, rtol=1e-4)


def test_a_sector_that_never_carried_anything_is_expected_to_carry_nothing():
    found = forecast(np.zeros((1, 14, 24), np.float32), kinds(14))
    assert not found.is_cold.any()
    assert not found.mean.any()
    assert not found.quantile.any()


@given(seed=st.integers(0, 1000), at=st.integers(0, N_DAYS), n=st.integers(1, 3))
def test_days_that_were_not_reported_change_nothing(seed, at, n):
    history = traffic(seed, n_sectors=3)
    gap = np.full((3, n, 24), np.nan, np.float32)
    holed = np.concatenate([history[:, :at], gap, history[:, at:]], axis=1)
    holed_kinds = np.concatenate([kinds()[:at], np.arange(n) % 9, kinds()[at:]])
    plain, found = forecast(history, kinds()), forecast(holed, holed_kinds)
    assert (found.mean == plain.mean).all()
    assert (found.quantile == plain.quantile).all()


def test_an_unusual_day_teaches_nothing():
    history, of = traffic(3), kinds()
    of[5] = UNUSUAL
    without = history.copy()
    without[:, 5] = np.nan
    history[:, 5] *= 30
    assert (forecast(history, of).quantile == forecast(without, of).quantile).all()


def test_hours_that_were_censored_do_not_lower_what_the_day_or_the_hours_are_expected_to_carry():
    shape = np.arange(1, 25, dtype=np.float32)
    history = np.broadcast_to(shape, (1, N_DAYS, 24)).copy()
    history[:, 3::2, 8:16] = np.nan
    found = forecast(history, kinds())
    np.testing.assert_allclose(found.mean[0], shape, rtol=1e-4)


def test_a_day_that_is_off_is_forecast_like_weekends_before_any_holiday_was_seen():
    history = np.ones((1, 14, 24), np.float32) * np.where(kinds(13) >= 5, 0.25, 1.0)[:, None]
    of = kinds(14)
    workday = forecast(history, of).mean.mean()
    of[-1] = HOLIDAY
    holiday = forecast(history, of).mean.mean()
    assert holiday < 0.75 * workday


def test_an_event_multiplies_the_slots_that_it_touches():
    history = traffic(5, n_sectors=2)
    factor = np.ones((2, 24), np.float32)
    factor[1, 18:] = 3
    plain, found = forecast(history, kinds()), forecast(history, kinds(), level_factor=factor)
    assert (found.mean == plain.mean * factor).all()
    assert (found.quantile == plain.quantile * factor).all()
    each = forecast(history, kinds(), level_factor=[1, 3])
    assert (each.mean[1] == plain.mean[1] * np.float32(3)).all()


def test_a_sector_without_enough_days_is_cold_and_its_class_warms_it_from_the_first_day():
    history = traffic(7)
    young = history.copy()
    young[0] = np.nan
    young[1, :-1] = np.nan
    young[2, : N_DAYS - LEAST_DAYS] = np.nan
    alone = forecast(young, kinds())
    assert alone.is_cold[:3].tolist() == [True, True, False]
    assert alone.n_days[:3].tolist() == [0, 1, LEAST_DAYS]
    classed = forecast(young, kinds(), calibration=calibrate(history[3:], kinds()))
    assert classed.is_cold[:3].tolist() == [True, False, False]
    level = young[1, -1].mean()
    assert 0.3 * level < classed.mean[1].mean() < 1.5 * level
    wide = (classed.at(0.95) - classed.mean).sum(axis=1) / classed.mean.sum(axis=1)
    assert wide[1] > np.median(wide[3:])


def test_coverage_is_what_was_asked_for_on_days_that_were_not_seen():
    tested = backtest(traffic(11, n_sectors=300, n_days=42), kinds(41), n_tested=14)
    found = score(tested)
    assert found.coverage_share == pytest.approx(QUANTILES, abs=0.015)
    assert found.coverage_peak_share[1:] == pytest.approx(QUANTILES[1:], abs=0.02)
    assert abs(found.bias_share) < 0.02


def test_after_a_level_has_shifted_coverage_comes_back_within_two_weeks():
    history = traffic(13, n_sectors=300, n_days=50)
    history[:, 25:] *= 1.6
    of = kinds(49)

    def covered(day):
        past = history[:, day - 21 : day]
        learned = calibrate(past, of[day - 21 : day])
        found = forecast(past, of[day - 21 : day + 1], calibration=learned)
        return (history[:, day] <= found.at(0.95)).mean()

    assert covered(25) < 0.85
    assert np.mean([covered(day) for day in range(39, 46)]) == pytest.approx(0.95, abs=0.025)


def test_a_class_with_too_few_misses_takes_those_of_all_classes():
    history = traffic(17, n_sectors=50)
    few = np.zeros(50, np.int64)
    few[0] = 2
    learned = calibrate(history, kinds(), classes=few, n_classes=3)
    assert np.isfinite(learned.miss).all()
    assert learned.n_sectors.tolist() == [49, 0, 1]
    assert (np.diff(learned.miss, axis=0) >= 0).all()
    everyone = calibrate(history, kinds())
    assert (learned.miss[:, 1] == everyone.miss[:, 0]).all()


def test_hours_cut_into_quarters_keep_the_mean_and_stay_above_the_hour_of_a_quantile():
    history = traffic(19, n_sectors=6)
    hourly = forecast(history, kinds())
    found = finer(hourly, 4)
    assert found.mean.shape == (6, 96)
    means = found.mean.reshape(6, 24, 4).mean(axis=2)
    np.testing.assert_allclose(means, hourly.mean, rtol=1e-5)
    floors = found.quantile.reshape(4, 6, 24, 4).min(axis=3)
    assert (floors >= hourly.quantile).all()
    assert (np.diff(found.quantile, axis=0) >= 0).all()
    assert finer(hourly, 1) is hourly


@given(arrays(np.float32, (2, 24), elements=st.floats(0, 1e4, width=32)), st.integers(2, 6))
def test_parts_of_any_day_keep_its_mean_and_its_envelope(values, n_parts):
    parts = keeping(values, n_parts).reshape(2, 24, n_parts)
    assert (parts >= 0).all()
    np.testing.assert_allclose(parts.mean(axis=2), values, rtol=1e-4, atol=1e-30)
    above = enveloping(values, n_parts).reshape(2, 24, n_parts)
    assert (above >= values[..., None]).all()
    assert above.max() <= values.max() * (1 + 1e-5)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda h, k: (h[0], k), "history has shape (21, 24)"),
        (lambda h, k: (h, k[:-1]), "day_kind (21,)"),
        (lambda h, k: (h, k + 4), "kinds of days are"),
        (lambda h, k: (h, np.append(k[:-1], UNUSUAL)), "kinds of days are"),
        (lambda h, k: (-h, k), "the history holds -"),
        (lambda h, k: (h * np.float32(np.inf), k), "to inf"),
    ],
)
def test_what_is_no_history_is_refused(change, sentence):
    history, of = change(np.ones((2, N_DAYS, 24), np.float32), kinds())
    with pytest.raises(InputError, match=re.escape(sentence)):
        forecast(history, of)


def test_a_quantile_that_was_not_forecast_is_refused():
    with pytest.raises(InputError, match=re.escape("quantile 0.8 is none of (0.5, 0.9")):
        forecast(traffic(1), kinds()).at(0.8)
    history = traffic(1)
    learned = calibrate(history, kinds(), quantiles=(0.5, 0.9))
    with pytest.raises(InputError, match=re.escape("(0.9, 0.95) are not among (0.5, 0.9)")):
        forecast(history, kinds(), quantiles=(0.9, 0.95), calibration=learned)


def test_some_of_the_quantiles_are_what_all_of_them_say():
    history = traffic(23, n_sectors=20)
    learned = calibrate(history, kinds())
    whole = forecast(history, kinds(), calibration=learned)
    some = forecast(history, kinds(), calibration=learned, quantiles=(0.95,))
    assert (some.at(0.95) == whole.at(0.95)).all()
    assert (some.mean == whole.mean).all()


def test_a_sample_without_a_past_teaches_nothing():
    with pytest.raises(InputError, match="3 sectors of 5 days hold no forecast"):
        calibrate(traffic(1, n_sectors=3, n_days=5), kinds(5))


@pytest.mark.parametrize(("swings", "expected"), [(False, 0.0), (True, 1.0)])
def test_a_class_learns_whether_misses_grow_with_the_root_of_traffic_or_with_traffic(
    swings, expected
):
    rng = np.random.default_rng(29)
    hour = np.arange(24) + rng.uniform(0, 24, (200, 1, 1))  # no band of hours is busy everywhere
    due = np.broadcast_to(20 * (1.1 + np.sin(hour * 2 * np.pi / 24)), (200, 28, 24))
    history = due * rng.lognormal(0, 0.4, due.shape) if swings else rng.poisson(due)
    learned = calibrate(history.astype(np.float32), kinds(27))
    assert learned.swing.tolist() == [expected]

"""A planted saving is found within its interval, none where there is none, none for load moved."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.engines.radio.counterfactual import fit
from commonweal.engines.radio.holdout import is_holdout
from commonweal.engines.radio.saving import verify
from commonweal.errors import InputError

HOURS = 24
FIRST = date(2024, 12, 1)


def stations(n, n_days, seed, *, noise=0.08, lasting=0.02):
    """Hourly kWh and Mbit of stations whose energy follows their traffic, with errors that last."""
    rng = np.random.default_rng(seed)
    hour = np.arange(n_days * HOURS) % HOURS
    shape = 0.15 + 0.85 * np.clip(np.sin((hour - 6) / 18 * np.pi), 0, None)
    level = rng.lognormal(3, 0.5, (n, 1))
    traffic = level * shape * rng.lognormal(0, 0.2, (n, n_days * HOURS))
    idle, slope = rng.uniform(1, 3, (n, 1)), rng.uniform(0.01, 0.03, (n, 1))
    energy = (idle + slope * traffic) * rng.normal(1, noise, traffic.shape)
    day = np.arange(n_days * HOURS) // HOURS
    energy *= np.repeat(rng.normal(1, lasting, (n, n_days)), HOURS, axis=1)
    return energy, traffic, day


def drawn(n, n_days, *, seed, share=0.02):
    """The draw, station × day."""
    names = [str(number) for number in range(n)]
    days = (FIRST + timedelta(days=each) for each in range(n_days))
    return np.stack([is_holdout(names, day, seed=seed, share=share) for day in days], axis=1)


def trial(energy, traffic, day, split, *, planted, seed, share=0.02, drift=0.0):
    """Fit on the first days, save in some hours of the others; return what was and is found."""
    n = len(energy)
    before, after = day < split, day >= split
    model = fit(energy[:, before], traffic[:, before], day[before], fewest_slots=24)
    held = drawn(n, len(np.unique(day[after])), seed=seed, share=share)
    night = (np.arange(after.sum()) % HOURS) < 6
    measured = energy[:, after] * (1 + drift)
    wanted = np.repeat(~held, HOURS, axis=1) * planted * measured
    at_night = np.where(night, 4 * wanted, 0.0)
    found = verify(model, measured - at_night, traffic[:, after], day[after], ~held, held, ~held)
    told = np.isfinite(measured) & np.isfinite(model.predict(traffic[:, after]))
    return float(at_night[told].sum()), found


@pytest.mark.parametrize("drift", [0.0, 0.03, -0.03])
def test_five_per_cent_at_200_stations_lie_within_the_interval(drift):
    inside = 0
    for repeat in range(20):
        energy, traffic, day = stations(200, 21, repeat)
        planted, found = trial(
            energy, traffic, day, 14, planted=0.05, seed=str(repeat), drift=drift
        )
        inside += found.low_kwh <= planted <= found.high_kwh
        assert found.is_significant
        assert found.saved_share == pytest.approx(0.05, abs=0.025)
    assert inside >= 18


def test_none_is_found_where_there_is_none():
    quiet = 0
    for repeat in range(20):
        energy, traffic, day = stations(200, 21, 100 + repeat)
        _, found = trial(energy, traffic, day, 14, planted=0.0, seed=str(repeat))
        quiet += not found.is_significant
        assert abs(found.saved_share) < 0.015
    assert quiet >= 19


def test_the_interval_of_95_per_cent_holds_the_truth_in_95_of_100_repeats():
    rng = np.random.default_rng(1)
    inside = 0
    for repeat in range(200):
        energy, traffic, day = stations(60, 15, repeat)
        drift = rng.normal(0, 0.005)
        planted, found = trial(
            energy, traffic, day, 10, planted=0.05, seed=str(repeat), share=0.05, drift=drift
        )
        inside += found.low_kwh <= planted <= found.high_kwh
    assert 0.93 <= inside / 200 <= 0.99  # the rest of the way to 1 is caution where drift is rare


def test_load_moved_to_a_neighbour_books_nothing():
    energy, traffic, day = stations(200, 21, 7)
    idle = energy.min(axis=1, keepdims=True)
    pairs = energy.reshape(100, 2, -1)
    after = day >= 14
    night = after & (np.arange(len(day)) % HOURS < 6)
    moved = np.where(night, 0.3 * idle, 0.0).reshape(100, 2, -1)[:, 0]
    pairs = np.stack([pairs[:, 0] - moved, pairs[:, 1] + moved], axis=1)
    _, found = trial(
        pairs.sum(axis=1),
        traffic.reshape(100, 2, -1).sum(axis=1),
        day,
        14,
        planted=0,
        seed="x",
        share=0.0,
    )
    assert not found.is_significant
    asleep, asked = pairs[:, 0], traffic.reshape(100, 2, -1)[:, 0]
    _, alone = trial(asleep, asked, day, 14, planted=0, seed="x", share=0.0)
    assert alone.is_significant  # which is what accounting on the sleeper alone would have booked


def test_a_neighbour_that_draws_more_is_subtracted():
    energy, traffic, day = stations(200, 21, 8)
    night = (day >= 14) & (np.arange(len(day)) % HOURS < 6)
    extra = np.where(night, 0.2 * energy, 0.0)
    _, found = trial(energy + extra, traffic, day, 14, planted=0, seed="x", share=0.0)
    assert found.high_kwh < 0
    assert found.saved_kwh == pytest.approx(-extra.sum(), rel=0.2)


def test_hours_without_a_meter_book_nothing():
    energy, traffic, day = stations(200, 21, 9)
    lost = np.random.default_rng(0).random(200) < 0.5
    silent = energy.copy()
    silent[np.ix_(lost, day >= 14)] = np.nan
    whole, half = (
        trial(each, traffic, day, 14, planted=0.05, seed="y")[1] for each in (energy, silent)
    )
    assert half.metered_share == pytest.approx(1 - lost.mean(), abs=0.01)
    assert half.saved_kwh == pytest.approx(whole.by_group_kwh[~lost].sum(), rel=0.15)
    assert half.by_group_kwh[lost].sum() == 0


def test_a_holdout_that_slept_lessens_the_saving_and_is_told():
    energy, traffic, day = stations(100, 21, 10)
    before, after = day < 14, day >= 14
    model = fit(energy[:, before], traffic[:, before], day[before])
    held = drawn(100, 7, seed="z", share=0.2)
    saved = energy[:, after] * 0.95  # everyone slept, the hold-outs by mistake
    found = verify(model, saved, traffic[:, after], day[after], ~held, held, ~held | held)
    assert found.n_slept_holdout == found.n_holdout == held.sum()
    assert found.saved_share < 0.02
    assert found.as_treated_kwh == pytest.approx(found.model_alone_kwh)


def test_parts_add_up_and_the_model_stands_alone_without_holdouts():
    energy, traffic, day = stations(50, 21, 11)
    _, found = trial(energy, traffic, day, 14, planted=0.05, seed="q", share=0.0)
    assert found.by_group_kwh.sum() == pytest.approx(found.saved_kwh)
    assert found.saved_kwh == found.model_alone_kwh
    assert np.isnan(found.holdout_alone_kwh)
    assert (found.n_holdout, found.holdout_weight) == (0, 0.0)


def test_a_meter_that_cannot_be_right_is_left_out():
    energy, traffic, day = stations(50, 21, 12)
    energy[3, day >= 14] *= 50
    _, found = trial(energy, traffic, day, 14, planted=0.0, seed="r")
    assert found.n_odd == 7
    assert not found.is_significant


@given(factor=st.floats(0.01, 100), order=st.permutations(range(12)))
def test_units_scale_and_groups_permute(factor, order):
    energy, traffic, day = stations(12, 6, 13)
    _, plain = trial(energy, traffic, day, 4, planted=0.1, seed="s", share=0.0)
    _, other = trial(
        energy[order] * factor, traffic[order] * factor, day, 4, planted=0.1, seed="s", share=0.0
    )
    assert other.saved_kwh == pytest.approx(plain.saved_kwh * factor, rel=1e-9)
    assert other.high_kwh == pytest.approx(plain.high_kwh * factor, rel=1e-9)
    assert other.by_group_kwh == pytest.approx(plain.by_group_kwh[order] * factor, rel=1e-9)


def test_wrong_calls_are_refused():
    energy, traffic, day = stations(5, 3, 14)
    with pytest.raises(InputError, match="a baseline of 1 day cannot say how wrong it is"):
        fit(energy[:, :24], traffic[:, :24], day[:24])
    model = fit(energy, traffic, day)
    everyone = np.ones((5, 3), bool)
    with pytest.raises(InputError, match="15 group-days both act and are held out"):
        verify(model, energy, traffic, day, everyone, everyone, everyone)
    with pytest.raises(InputError, match="of 15 group-days that acted, none has a meter"):
        verify(model, np.full_like(energy, np.nan), traffic, day, everyone, ~everyone, everyone)


def test_the_draw_is_nested_fair_and_the_same_in_any_batch():
    names = [str(number) for number in range(20_000)]
    few, more = (is_holdout(names, FIRST, seed="a", share=share) for share in (0.02, 0.05))
    assert not (few & ~more).any()
    assert few.mean() == pytest.approx(0.02, abs=0.003)
    assert is_holdout(names[50:60], FIRST, seed="a", share=0.05).tolist() == more[50:60].tolist()
    tomorrow = is_holdout(names, FIRST + timedelta(days=1), seed="a", share=0.02)
    assert (few & tomorrow).sum() < few.sum() / 10
    assert not is_holdout(names, FIRST, seed="a", share=0.0).any()
    assert is_holdout(names, FIRST, seed="a", share=1.0).all()

"""Power of stations comes back from loads and meters; clocks, gaps and modes are told apart."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.engines.radio.effects import Effect, effects_of, nearby
from commonweal.engines.radio.fitting import fit
from commonweal.engines.radio.panel import Filled, Panel, clock_offset, gaps_filled, shifted
from commonweal.errors import InputError

N, T = 24, 120
PRODUCT = np.arange(N) % 2
ALIKE = PRODUCT.astype(np.int64)


def made(*, effect=0.0, noise=0.01, seed=1, level_spread=0.1):
    """Stations of two products, nights in a mode that changes power by ``effect``; their truth."""
    rng = np.random.default_rng(seed)
    hour = np.arange(T)
    day = 0.35 + 0.3 * np.sin(2 * np.pi * (hour - 9) / 24)
    load = np.clip(day + 0.1 * rng.normal(size=(N, T)), 0.0, 1.0)
    share = np.zeros((N, 1, T))
    share[:, 0, hour % 24 < 5] = 1.0
    level = np.array([20.0, 50.0])[PRODUCT] * np.exp(rng.normal(0, level_spread, N))
    awake = level[:, None] * (1 + np.array([0.6, 1.1])[PRODUCT][:, None] * load)
    truth = awake * (1 + effect * share[:, 0])
    energy = truth * (1 + rng.normal(0, noise, (N, T)))
    return Panel(load[:, None], share, energy, ALIKE, ALIKE), truth


def held(panel, of):
    return panel.metered(np.where(of, np.nan, panel.energy))


def missed(said, truth):
    return float(np.nanmean(np.abs(said / truth - 1)))


def test_what_the_model_made_the_fit_gives_back():
    panel, truth = made(effect=-0.4, noise=0.0)
    assert missed(fit(panel).predict(panel), truth) < 0.002


def test_a_station_is_learnt_from_few_hours_and_expected_from_those_alike_without_any():
    panel, truth = made()
    hours = np.random.default_rng(5).permutation(T)
    wrong = {}
    for n_hours in (0, 3, 12, 60):
        unknown = np.zeros((N, T), bool)
        unknown[:4] = True
        unknown[:4, hours[:n_hours]] = False
        found = fit(held(panel, unknown))
        assert found.n_hours[:4].tolist() == [n_hours] * 4
        wrong[n_hours] = missed(found.predict(panel)[:4], truth[:4])
    assert wrong[60] < 0.01
    assert wrong[12] < 0.015
    assert wrong[3] < 0.05 < wrong[0] < 0.25


def test_a_product_that_was_never_metered_is_like_all_the_others():
    panel, _ = made(level_spread=0.0)
    alone = fit(held(panel, (PRODUCT == 1)[:, None] & np.ones((N, T), bool)))
    said = alone.predict(panel)
    assert said[1] == pytest.approx(alone.predict(panel)[3], rel=0.2)
    assert np.isfinite(said).all()


def test_wild_hours_of_a_meter_do_not_move_the_fit():
    panel, truth = made(noise=0.0)
    energy = panel.energy.copy()
    energy[:, 7::15] *= 5.0
    assert missed(fit(panel.metered(energy)).predict(panel), truth) < 0.01


@settings(max_examples=15)
@given(st.integers(0, 1000), st.floats(0.5, 100.0))
def test_order_and_unit_change_nothing(seed, unit):
    panel, _ = made(seed=3)
    turned = np.random.default_rng(seed).permutation(N)
    said = fit(panel).predict(panel)
    again = fit(panel[turned].metered(panel.energy[turned] * unit)).predict(panel[turned])
    assert again == pytest.approx(said[turned] * unit, rel=1e-5)


@settings(max_examples=15)
@given(st.integers(0, 50), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_awake_more_load_never_draws_less(seed, one, other):
    rng = np.random.default_rng(seed)
    panel, _ = made(seed=seed)
    noisy = panel.metered(np.abs(panel.energy * rng.normal(1, 0.5, panel.energy.shape)))
    power = fit(noisy)
    loads = (np.full_like(panel.load, min(one, other)), np.full_like(panel.load, max(one, other)))
    none = np.zeros_like(panel.share)
    low, high = (power.predict(Panel(load, none, panel.energy, ALIKE, ALIKE)) for load in loads)
    assert (high >= low * (1 - 1e-12)).all()


@pytest.mark.parametrize("effect", [-0.4, -0.1, 0.2])
def test_the_effect_of_a_mode_is_found_with_its_sign(effect):
    panel, _ = made(effect=effect, noise=0.02)
    (found,) = effects_of(panel, fit(panel))
    assert found.low <= found.share <= found.high
    assert found.share == pytest.approx(effect, abs=0.03)
    assert found.saves == (effect < 0)
    assert found.n_stations == N


def test_a_mode_without_an_effect_is_not_said_to_save():
    said = []
    for seed in range(12):
        panel, _ = made(effect=0.0, noise=0.03, seed=seed)
        (found,) = effects_of(panel, fit(panel))
        said.append(found.saves)
    assert sum(said) <= 1


def test_few_stations_give_no_interval_and_none_no_effect():
    panel, _ = made(effect=-0.4)
    few = effects_of(panel[np.arange(4)], fit(panel[np.arange(4)]))[0]
    assert (few.low, few.high, few.saves) == (-np.inf, np.inf, False)
    asleep = Panel(panel.load, panel.share * 0, panel.energy, ALIKE, ALIKE)
    assert effects_of(asleep, fit(asleep)) == [Effect(None, -np.inf, np.inf, 0)]


@pytest.mark.parametrize("hours", [-2, -1, 0, 1, 3])
def test_clocks_that_differ_are_found(hours):
    panel, _ = made()
    late = panel.metered(shifted(panel.energy, -hours))
    found = clock_offset(late)
    assert (found.hours, found.n_stations) == (hours, N)
    assert found.agreed_share > 0.8


def test_clocks_are_not_moved_without_a_majority():
    panel, _ = made()
    noise = np.random.default_rng(1).random(panel.energy.shape)
    assert clock_offset(panel.metered(noise)).hours == 0
    assert clock_offset(panel.metered(np.ones_like(noise))).n_stations == 0


def test_gaps_are_filled_from_beside_then_from_other_days_and_told():
    panel, _ = made()
    load = panel.load.copy()
    load[0, 0, 10] = load[1, 0, 10:13] = np.nan
    load[2] = np.nan
    found, how = gaps_filled(Panel(load, panel.share, panel.energy, ALIKE, ALIKE))
    assert found.load[0, 0, 10] == pytest.approx((load[0, 0, 9] + load[0, 0, 11]) / 2)
    assert found.load[1, 0, 10] == load[1, 0, 9]
    assert found.load[1, 0, 11] == pytest.approx(np.nanmean(load[1, 0, 11::24]))
    assert np.isnan(found.load[2]).all()
    filled = (Filled.NEIGHBOURS, Filled.NEIGHBOURS, Filled.PROFILE, Filled.UNKNOWN)
    assert (how[0, 10], how[1, 10], how[1, 11], how[2, 0]) == filled
    assert how[3].tolist() == [Filled.REPORTED] * T


def test_meters_beside_an_hour_correct_what_the_model_misses_for_long():
    _, truth = made()
    drift = np.exp(0.1 * np.sin(np.arange(T) / 8))
    unknown = np.random.default_rng(2).random((N, T)) < 0.2
    known = np.where(unknown, np.nan, truth * drift)
    said = np.broadcast_to(truth, (N, T))
    better = nearby(said, known)
    before, after = (missed(each[unknown], (truth * drift)[unknown]) for each in (said, better))
    assert after < before / 2
    assert nearby(said, np.full((N, T), np.nan)) == pytest.approx(said)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"load": np.full((N, 1, T), 1.2)}, "load reaches from 1.2 to 1.2"),
        ({"energy": np.full((N, T), -1.0)}, "energy -1.0, below 0"),
        ({"share": np.zeros((N, 1, T - 1))}, "share has shape"),
    ],
)
def test_values_without_a_meaning_are_refused(change, message):
    panel, _ = made()
    values = {name: getattr(panel, name) for name in Panel.__slots__}
    with pytest.raises(InputError, match=message):
        Panel(**values | change)


def test_nothing_to_fit_is_refused():
    panel, _ = made()
    with pytest.raises(InputError, match="no hour has both energy and load"):
        fit(panel.metered(np.full((N, T), np.nan)))

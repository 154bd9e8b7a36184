"""Traffic lost and energy drawn after waking; meters that cannot be right."""

import numpy as np
import pytest

from commonweal.engines.radio.metering import clock_shift, is_cumulative
from commonweal.engines.radio.service import rebound_kwh, service, usual_traffic
from tests.engines.radio.test_saving import stations


def night(n_groups, n_days, *, lost=0.0, n_held=0, seed=0):
    """Traffic of days that are busy or quiet as a whole; at night sleepers lose a share.

    Returns what ``service`` takes.
    """
    rng = np.random.default_rng(seed)
    usual = np.tile(np.r_[np.full(6, 20.0), np.full(18, 100.0)], (n_groups, n_days))
    busy = np.repeat(rng.lognormal(0, 0.3, (n_groups, n_days)), 24, axis=1)
    asleep = np.tile(np.arange(24) < 6, (n_groups, n_days))
    held = asleep.copy()
    held[n_held:] = False
    asleep[:n_held] = False
    traffic = usual * busy * np.where(asleep, 1 - lost, 1.0)
    return usual, traffic, asleep, held, np.repeat(np.arange(n_days), 24)


@pytest.mark.parametrize("lost", [0.0, 0.02, 0.3])
def test_traffic_lost_is_found_though_days_are_busy_or_quiet(lost):
    found = service(*night(50, 7, lost=lost, n_held=5))
    assert found.lost_share == pytest.approx(lost, abs=0.002)
    assert found.n_compared == 35
    assert found.error < 0.01


def test_a_night_quieter_than_usual_everywhere_is_no_loss():
    usual, traffic, asleep, held, day = night(200, 7, n_held=60)
    quieter = np.where(asleep | held, traffic * 0.9, traffic)
    noise = np.random.default_rng(1).lognormal(0, 0.01, traffic.shape)
    found = service(usual, quieter * noise, asleep, held, day)
    assert found.lost_share == pytest.approx(0.0, abs=0.01)
    alone = service(usual, quieter * noise, asleep, np.zeros_like(held), day)
    assert alone.lost_share == pytest.approx(0.1, abs=0.01)


def test_hours_that_nobody_told_are_no_loss():
    usual, traffic, asleep, held, day = night(4, 3)
    traffic[0, :3] = np.nan
    assert service(usual, traffic, asleep, held, day).lost_share == pytest.approx(0.0)
    silent = service(usual, np.full_like(traffic, np.nan), asleep, held, day)
    assert np.isnan(silent.lost_share)


def test_a_group_that_slept_all_day_is_held_against_its_usual():
    usual, traffic, asleep, held, day = night(100, 7)
    asleep[:] = True
    found = service(usual, traffic * 0.8, asleep, held, day)
    right = traffic.sum() / usual.sum()
    assert found.lost_share == pytest.approx(1 - 0.8 * right)


def test_usual_traffic_is_by_kind_of_slot():
    traffic = np.array([[1.0, np.nan, 3.0, np.nan]])
    found = usual_traffic(traffic, np.array([0, 1, 0, 1]), 3)
    assert found[0, 0] == 2.0
    assert np.isnan(found[0, 1:]).all()


def test_rebound_is_what_was_drawn_beyond_in_the_hours_after():
    saving = np.array([[5.0, 5.0, -2.0, -1.0, -4.0]])
    asleep = np.array([[True, True, False, False, False]])
    assert rebound_kwh(saving, asleep, n_slots=2) == 3.0
    assert rebound_kwh(saving, np.ones_like(asleep)) == 0.0


def test_a_register_is_told_from_energy():
    energy, _, _ = stations(5, 4, 1)
    energy[2] = np.cumsum(energy[2])
    energy[3, 10:20] = np.nan
    assert is_cumulative(energy).tolist() == [False, False, True, False, False]
    assert not is_cumulative(np.full((1, 96), 2.0)).any()  # steady is not growing
    assert not is_cumulative(np.full((1, 96), np.nan)).any()


@pytest.mark.parametrize("hours", [8, -8, 3])
def test_a_clock_that_is_off_is_found(hours):
    energy, traffic, _ = stations(4, 14, 2, noise=0.02)
    energy[1] = np.roll(energy[1], hours)
    energy[2, ::7] = np.nan
    assert clock_shift(energy, traffic).tolist() == [0, hours, 0, 0]


def test_a_meter_that_follows_nothing_has_no_shift():
    rng = np.random.default_rng(3)
    assert not clock_shift(rng.normal(5, 1, (20, 168)), rng.normal(5, 1, (20, 168))).any()

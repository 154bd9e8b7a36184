"""Neighbours lend what they have, once, and are paid for it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from commonweal.engines.radio.carrying import carry
from commonweal.engines.radio.neighbours import leaned, lends, ready, with_help
from commonweal.engines.radio.sectors import Mode, Rules
from commonweal.engines.radio.sleep import plan_sleep
from tests.engines.radio.sectors import demand_of, layers_of

RATES = st.floats(0, 100, width=32)


@given(
    arrays(np.float32, (2, 3), elements=st.floats(-50, 200, width=32)),
    arrays(np.int64, 6, elements=st.integers(0, 1)),
    arrays(np.float32, (6, 3), elements=RATES),
)
def test_nothing_is_lent_twice_and_nobody_is_refused_what_is_left(headroom, helper, wanted):
    lent = lends(headroom, helper, wanted)
    for place in range(2):
        given_away = np.where(lent, wanted.astype(float), 0)[helper == place].sum(axis=0)
        left = np.maximum(headroom[place], 0) - given_away
        assert (left >= -1e-4).all()
        refused = np.where(lent, np.inf, wanted)[helper == place].min(axis=0, initial=np.inf)
        assert (refused > left - 1e-4).all()


def test_what_is_not_known_is_neither_lent_nor_borrowed():
    headroom = np.array([[np.nan, 50.0]], np.float32)
    wanted = np.array([[5.0, 5.0], [np.nan, np.nan]], np.float32)
    assert lends(headroom, np.array([0, 0]), wanted).tolist() == [[False, True], [False, False]]


def test_a_sector_rests_on_its_neighbour_while_and_as_long_around_as_waking_takes():
    lent = np.array([[True, True, False, True, True]])
    yes, no = np.array([True]), np.array([False])
    assert ready(lent, 1, before=yes, after=yes).tolist() == [[True, False, False, False, True]]
    assert not ready(lent, 1, before=no, after=no).any()
    assert ready(lent, 0, before=no, after=no).tolist() == lent.tolist()


@given(arrays(np.float32, (2, 4), elements=RATES), st.floats(0.25, 1))
def test_what_a_sleeper_cannot_carry_its_neighbour_is_asked_for(nr, rate_share):
    layers = layers_of(is_nr=[False, True], capacity=[20, 100], base_w=[90, 400], slope=[2, 1])
    layers = layers[np.array([0, 0])]
    demand = demand_of([0.0] * 4, nr[0])
    demand = type(demand)(np.zeros((2, 4), np.float32), nr)
    mode = np.zeros((2, 2, 4), np.int8)
    mode[1] = Mode.DEEP_SLEEP
    rules = Rules(slot_h=1.0, lead_slots=0)
    moved = leaned(layers, demand, mode, rules, np.array([-1, 0]), rate_share=rate_share)
    assert moved.lte_mbit_s[0] == pytest.approx(nr[1] / rate_share, rel=1e-5)
    assert (moved.nr_mbit_s[0] == nr[0]).all()
    assert moved.nr_mbit_s[1] == pytest.approx(0, abs=1e-5)
    awake = leaned(layers, demand, np.zeros_like(mode), rules, np.array([-1, 0]))
    assert (awake.nr_mbit_s == demand.nr_mbit_s).all()
    assert carry(layers, moved, mode, rules).nr_unserved_mbit_s[1].max() < 1e-4


def test_a_booster_alone_sleeps_once_a_neighbour_helps_and_the_help_is_paid_for():
    layers = layers_of(is_nr=[True], capacity=[100], base_w=[400], slope=[1])
    demand = demand_of([0.0] * 8, [4.0] * 8)
    rules = Rules(slot_h=1.0)
    assert (plan_sleep(layers, demand, rules).mode == Mode.RF_OFF).all()
    helped = with_help(layers, np.array([10.0]), np.array([3.0], np.float32))
    plan = plan_sleep(helped, demand, rules)
    assert (plan.mode[0, 0] == Mode.DEEP_SLEEP).all()
    assert plan.unserved_mbit[0] == 0
    assert plan.energy_wh[0] == pytest.approx(8 * (40 + 4 * 3), rel=1e-5)

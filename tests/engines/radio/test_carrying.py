"""Carrying: all that can be carried, at the least power, as a linear programme would have it."""

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import linprog

from commonweal.engines.radio.carrying import carry
from commonweal.engines.radio.sectors import Demand, Layers, Mode, Rules
from commonweal.errors import InputError
from tests.engines.radio.sectors import demand_of, layers_of, sectors

PRICE_W = 1e4


def cost_by_lp(capacity, slope, nr, lte_ask, nr_ask):
    """The exact programme of one slot: flows of two classes, unserved demand priced alike."""
    n = len(capacity)
    cost = np.concatenate([slope, slope, [PRICE_W, PRICE_W]])
    limit = np.hstack([np.eye(n), np.eye(n), np.zeros((n, 2))])
    meets = np.zeros((2, 2 * n + 2))
    meets[0, :n], meets[0, 2 * n] = 1, 1
    meets[1, n : 2 * n], meets[1, 2 * n + 1] = 1, 1
    bounds = [(0, 0) if each else (0, None) for each in nr] + [(0, None)] * (n + 2)
    done = linprog(cost, limit, capacity, meets, [lte_ask, nr_ask], bounds, method="highs")
    return done.fun


@settings(max_examples=60)
@given(sectors())
def test_filling_by_merit_is_the_optimum_of_the_linear_programme(drawn):
    layers, demand, mode = drawn
    done = carry(layers, demand, mode, Rules(slot_h=1, lead_slots=0))
    layer, now = np.arange(layers.present.shape[1]), mode[0, :, 0]
    capacity = layers.capacity_mbit_s[0, layer, now] * layers.present[0]
    best = cost_by_lp(
        capacity.astype(float),
        layers.slope_w_per_mbit_s[0].astype(float),
        layers.is_nr[0],
        float(demand.lte_mbit_s[0, 0]),
        float(demand.nr_mbit_s[0, 0]),
    )
    base_w = (layers.base_w[0, layer, now] * layers.present[0]).sum(dtype=float)
    missing = float(done.lte_unserved_mbit_s[0, 0]) + float(done.nr_unserved_mbit_s[0, 0])
    ours = done.energy_wh[0, 0] - base_w + PRICE_W * missing
    assert ours == pytest.approx(best, rel=1e-5, abs=0.05)


@settings(max_examples=40)
@given(sectors(n_slots=5))
def test_what_is_asked_is_carried_or_unserved_and_no_layer_carries_more_than_it_can(drawn):
    layers, demand, mode = drawn
    done = carry(layers, demand, mode, Rules(lead_slots=1))
    on_nr = done.carried_mbit_s * layers.is_nr[:, :, None]
    carried = done.carried_mbit_s.sum(axis=1)
    missing = done.lte_unserved_mbit_s + done.nr_unserved_mbit_s
    np.testing.assert_allclose(carried + missing, demand.lte_mbit_s + demand.nr_mbit_s, atol=1e-2)
    assert (on_nr.sum(axis=1) <= demand.nr_mbit_s + 1e-2).all()
    now = np.take_along_axis(layers.capacity_mbit_s, mode.astype(int), axis=2)
    assert (done.carried_mbit_s <= now * layers.present[..., None]).all()


def two_layers() -> Layers:
    """LTE at 1 W per Mbit/s and NR at 2, 10 Mbit/s each."""
    return layers_of(is_nr=[False, True], capacity=[10, 10], base_w=[100, 200], slope=[1, 2])


def test_nr_takes_what_it_can_so_that_lte_is_left_to_those_who_have_nothing_else():
    done = carry(two_layers(), demand_of([10.0], [10.0]), np.zeros((1, 2, 1), np.int8))
    assert done.carried_mbit_s[0, :, 0].tolist() == [10, 10]
    assert done.energy_wh[0, 0] == 0.25 * (300 + 10 + 20)
    assert done.lte_unserved_mbit_s[0, 0] == done.nr_unserved_mbit_s[0, 0] == 0


def test_lte_demand_does_not_go_to_nr_and_is_served_first_where_lte_is_short():
    done = carry(two_layers(), demand_of([15.0], [12.0]), np.zeros((1, 2, 1), np.int8))
    assert done.lte_unserved_mbit_s[0, 0] == 5
    assert done.nr_unserved_mbit_s[0, 0] == 2


def test_a_layer_that_wakes_draws_at_once_and_serves_after_its_lead():
    mode = np.array([[[Mode.ON] * 3, [Mode.DEEP_SLEEP, Mode.ON, Mode.ON]]], dtype=np.int8)
    demand = demand_of([0.0] * 3, [20.0] * 3)
    done = carry(two_layers(), demand, mode, Rules(slot_h=1, lead_slots=1))
    assert done.carried_mbit_s[0, 1].tolist() == [0, 0, 10]
    assert done.energy_wh[0].tolist() == [130, 310, 330]


def test_modes_of_the_day_before_count():
    mode = np.zeros((1, 2, 1), np.int8)
    asleep = np.array([[Mode.ON, Mode.CARRIER_OFF]], dtype=np.int8)
    done = carry(two_layers(), demand_of([0.0], [20.0]), mode, first_mode=asleep)
    assert done.nr_unserved_mbit_s[0, 0] == 10


def test_a_layer_that_is_not_there_neither_carries_nor_draws():
    layers = two_layers()
    half = Layers(np.array([[True, False]]), *(getattr(layers, n) for n in layers.__slots__[1:]))
    done = carry(half, demand_of([0.0], [20.0]), np.zeros((1, 2, 1), np.int8))
    assert done.energy_wh[0, 0] == 0.25 * 110
    assert done.nr_unserved_mbit_s[0, 0] == 10


def test_shapes_that_do_not_fit_are_refused():
    layers, demand = two_layers(), demand_of([1.0], [1.0])
    with pytest.raises(InputError, match=r"mode has shape \(1, 2, 2\)"):
        carry(layers, demand, np.zeros((1, 2, 2), np.int8))
    with pytest.raises(InputError, match="modes are 0 to 3"):
        carry(layers, demand, np.full((1, 2, 1), 4, np.int8))
    with pytest.raises(InputError, match="demand of 2 sectors"):
        carry(layers, Demand(*(np.zeros((2, 1), np.float32),) * 2), np.zeros((1, 2, 1), np.int8))

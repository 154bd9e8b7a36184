"""Sites: boards are paid for while a layer is awake; nobody lends what is not there."""

import numpy as np
import pytest

from commonweal.engines.radio.boards import Boards, plan_sites
from commonweal.engines.radio.carrying import carry
from commonweal.engines.radio.sectors import Demand, Mode, Rules
from commonweal.engines.radio.sleep import plan_sleep
from commonweal.errors import InputError
from tests.engines.radio.sectors import HOURLY, cost_of, day, every_path, layers_of


def boards_of_site(n_sectors, n_layers, power_w):
    """One site whose boosters all hang on one board."""
    board = np.zeros((n_sectors, n_layers), dtype=np.int64)
    board[:, 0] = -1
    return Boards(np.zeros(n_sectors, dtype=np.int64), board, np.array([power_w]))


def test_bound_and_plan_bracket_the_best_of_all_plans_of_a_site():
    rules = Rules(slot_h=1.0, dwell_slots=1, lead_slots=0)
    one = layers_of(is_nr=[False, True], capacity=[20, 60], base_w=[90, 60], slope=[1, 1.5],
                    n_modes=[1, 4])  # fmt: skip
    layers = one[np.zeros(2, dtype=np.int64)]
    asked = np.array([[5, 12, 40, 50], [10, 8, 10, 45]], dtype=np.float32)
    demand = Demand(np.zeros_like(asked), asked)
    boards = boards_of_site(2, 2, 200.0)
    plan = plan_sites(layers, demand, rules, boards, rounds=6)
    _, modes = every_path(one, 4)
    n = len(modes)
    each = [cost_of(layers[np.full(n, s)], demand[np.full(n, s)], modes, rules) for s in range(2)]
    awake = modes[:, 1] < Mode.CARRIER_OFF
    on = awake[:, None] | awake[None, :]
    least = (each[0][:, None] + each[1][None, :] + 200.0 * on.sum(axis=2)).min()
    assert plan.bound_wh[0] <= least * (1 + 1e-6)
    assert plan.cost_wh[0] >= least * (1 - 1e-6)
    assert plan.cost_wh[0] <= least * 1.05


def test_cost_and_energy_are_those_of_sectors_and_boards_together():
    layers, demand = day(7, n=6)
    boards = Boards(np.array([0, 0, 0, 1, 1, 1]), np.array([[-1, 0, 1]] * 3 + [[-1, 2, 2]] * 3),
                    np.array([80.0, 120.0, 60.0]))  # fmt: skip
    plan = plan_sites(layers, demand, HOURLY, boards)
    cost = cost_of(layers, demand, plan.mode, HOURLY)
    energy = carry(layers, demand, plan.mode, HOURLY).energy_wh.sum(axis=1)
    awake = plan.mode < Mode.CARRIER_OFF
    on = np.array(
        [awake[:3, 1].any(axis=0), awake[:3, 2].any(axis=0), awake[3:, 1:].any(axis=(0, 1))]
    )
    np.testing.assert_array_equal(plan.board_on, on)
    drawn = on.sum(axis=1) * boards.board_w
    expected = np.array([cost[:3].sum() + drawn[:2].sum(), cost[3:].sum() + drawn[2]])
    np.testing.assert_allclose(plan.cost_wh, expected, rtol=1e-4)
    np.testing.assert_allclose(
        plan.energy_wh,
        [energy[:3].sum() + drawn[:2].sum(), energy[3:].sum() + drawn[2]],
        rtol=1e-6,
    )
    assert (plan.bound_wh <= plan.cost_wh).all()
    assert (plan.energy_wh < plan.all_on_wh).all()


def test_looking_at_the_board_is_never_worse_than_not_looking():
    layers, demand = day(8, n=9)
    board = np.array([[-1, 0, 1]] * 3 + [[-1, 2, 3]] * 3 + [[-1, 4, 5]] * 3)
    boards = Boards(np.repeat(np.arange(3), 3), board, np.full(6, 150.0))
    plan = plan_sites(layers, demand, HOURLY, boards, rounds=4)
    alone = plan_sleep(layers, demand, HOURLY)
    awake = alone.mode < Mode.CARRIER_OFF
    blind = [
        alone.cost_wh[s : s + 3].sum() + 150.0 * awake[s : s + 3, 1:].any(axis=0).sum()
        for s in (0, 3, 6)
    ]
    assert (plan.cost_wh <= np.array(blind) * (1 + 1e-3)).all()
    assert plan.cost_wh.sum() < sum(blind)


def test_a_board_with_a_layer_that_never_sleeps_is_a_constant():
    layers, demand = day(9, n=2)
    free = plan_sleep(layers, demand, HOURLY)
    boards = Boards(np.zeros(2, np.int64), np.zeros((2, 3), np.int64), np.array([100.0]))
    plan = plan_sites(layers, demand, HOURLY, boards, rounds=1)
    assert plan.cost_wh[0] == pytest.approx(free.cost_wh.sum() + 2400)
    assert plan.bound_wh[0] == pytest.approx(free.bound_wh.sum() + 2400, rel=1e-4)


def test_boards_that_span_sites_or_are_not_there_are_refused():
    with pytest.raises(InputError, match="two sites"):
        Boards(np.array([0, 1]), np.zeros((2, 1), np.int64), np.array([1.0]))
    with pytest.raises(InputError, match="boards 0 to 3"):
        Boards(np.array([0]), np.array([[0, 3]]), np.array([1.0]))
    with pytest.raises(InputError, match="holds -1"):
        Boards(np.array([0]), np.array([[0]]), np.array([-1.0]))
    with pytest.raises(InputError, match="rounds=0"):
        plan_sites(*day(n=1), HOURLY, boards_of_site(1, 3, 1.0), rounds=0)

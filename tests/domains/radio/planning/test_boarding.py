"""Boards that sectors of a site share, counted once and by all of them."""

import numpy as np
import pytest

from commonweal.domains.radio.energy_saving.planning.boarding import (
    board_wh,
    boards_of,
    may_rest,
)
from commonweal.domains.radio.network.inventory import network
from commonweal.engines.radio.boards import Boards
from commonweal.engines.radio.sectors import Layers, Mode
from tests.domains.radio.planning.conftest import DAY


def layers_of(may):
    """Two sectors of two layers: a layer that may sleep has every mode."""
    may = np.array(may, bool)
    allowed = np.ones((*may.shape, 4), bool)
    allowed[~may, Mode.RF_OFF :] = False
    none = np.zeros((*may.shape, 4), np.float32)
    flat = np.zeros(may.shape, np.float32)
    return Layers(np.ones_like(may), np.zeros_like(may), allowed, none, none, flat, none)


SHARED = Boards(np.array([0, 0]), np.array([[0, 1], [0, 1]]), np.array([60.0, 40.0]))


def test_a_board_draws_until_its_last_layer_sleeps_and_is_paid_alike():
    layers = layers_of([[False, True], [False, True]])
    mode = np.zeros((2, 2, 4), np.int8)
    mode[0, 1, :] = Mode.CARRIER_OFF
    mode[1, 1, 2:] = Mode.DEEP_SLEEP
    mode[1, 1, :2] = Mode.RF_OFF  # it still carries, so the board is on
    assert board_wh(SHARED, layers, mode, 0.25).tolist() == [
        (60 * 4 + 40 * 2) * 0.25 / 2,
        (60 * 4 + 40 * 2) * 0.25 / 2,
    ]


def test_a_board_with_a_layer_that_stays_on_never_rests():
    known = np.array([True, True])
    coupled = may_rest(SHARED, layers_of([[False, True], [True, True]]), known)
    assert coupled.board.tolist() == [[-1, 1], [-1, 1]]
    one_unknown = may_rest(SHARED, layers_of([[True, True], [True, True]]), ~known | [True, False])
    assert one_unknown.board.tolist() == [[-1, -1]]


@pytest.mark.django_db
def test_boards_come_from_the_inventory_and_their_rest_is_part_of_the_saving(build, run):
    build(GD=2)
    found = network(at_date=DAY)
    boards = boards_of(found, 55.0)
    named = zip(found.element_dn[found.present], found.column("band")[found.present], strict=True)
    assert boards.board_w.size == len({*named})  # a board for each band of an element
    assert (np.bincount(boards.site) == 3).all()
    assert boards_of(found, 0.0) is None
    without, with_boards = (run(board_w=w).document["totals"] for w in (0.0, 55.0))
    assert with_boards["expected_kwh"] > without["expected_kwh"]
    drawn = with_boards["all_on_kwh"] - without["all_on_kwh"]
    assert drawn == pytest.approx(boards.board_w.size * 55.0 * 24 / 1000)

"""Cost of a holding: by hand, and laws that hold whatever comes and goes."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.engines.costing import METHODS, Flow, cost_of
from commonweal.errors import InputError

LOTS = [Flow(100, Decimal(5000)), Flow(50, Decimal(4000)), Flow(-120)]


def test_moving_average_spreads_the_cost_over_all():
    found = cost_of(LOTS, "moving_average")
    assert (found.tonnes, found.left_cny, found.spent_cny) == (30, Decimal(1800), Decimal(7200))
    assert found.per_t_cny == Decimal("60.00")


def test_first_in_first_out_leaves_the_last():
    found = cost_of(LOTS, "fifo")
    assert (found.tonnes, found.left_cny, found.spent_cny) == (30, Decimal(2400), Decimal(6600))


def test_a_cent_that_cannot_be_split_is_not_lost():
    found = cost_of([Flow(3, Decimal("10.00")), Flow(-1)], "fifo")
    assert (found.spent_cny, found.left_cny) == (Decimal("3.33"), Decimal("6.67"))


def test_nothing_left_has_no_cost_a_tonne():
    assert cost_of([Flow(5, Decimal(9)), Flow(-5)], "fifo").per_t_cny is None


flows = st.lists(
    st.tuples(st.integers(1, 1000), st.decimals(0, 10**6, places=2), st.floats(0, 1)), max_size=12
)


@pytest.mark.parametrize("method", METHODS)
@given(flows)
def test_cost_that_came_is_cost_left_and_cost_gone(method, steps):
    done, there = [], 0
    for tonnes, cny, share in steps:
        done.append(Flow(tonnes, cny))
        there += tonnes
        if gone := int(there * share):
            done.append(Flow(-gone))
            there -= gone
    found = cost_of(done, method)
    assert found.tonnes == there
    assert found.left_cny + found.spent_cny == sum((f.cost_cny for f in done), Decimal(0))
    assert found.left_cny >= 0
    assert there or not found.left_cny


def test_what_was_never_there_cannot_go():
    with pytest.raises(InputError, match="2 t go that were never there"):
        cost_of([Flow(3), Flow(-5)], "fifo")


def test_an_unknown_cost_basis_is_refused():
    with pytest.raises(InputError, match="no cost basis 'lifo'"):
        cost_of([], "lifo")

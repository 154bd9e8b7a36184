"""Roll-up: every month adds up with the parents of that month."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.engines.rollup import depths, roll_up
from commonweal.errors import InputError


@st.composite
def forests(draw):
    """Random parents by month; a parent has a smaller index, so there is no cycle."""
    n, months = draw(st.integers(1, 8)), draw(st.integers(1, 3))
    parent = np.array(
        [[draw(st.integers(-1, i - 1)) for _ in range(months)] for i in range(n)], dtype=np.int32
    )
    own = np.array([[[draw(st.integers(0, 99))] for _ in range(months)] for _ in range(n)], float)
    return own, parent


@given(forests())
def test_roots_add_up_to_everything(case):
    own, parent = case
    total = roll_up(own, parent)
    for month in range(parent.shape[1]):
        roots = parent[:, month] == -1
        assert total[roots, month].sum() == own[:, month].sum()


@given(forests())
def test_a_node_is_its_own_part_and_its_children(case):
    own, parent = case
    total = roll_up(own, parent)
    for month in range(parent.shape[1]):
        for node in range(len(parent)):
            children = parent[:, month] == node
            assert total[node, month] == own[node, month] + total[children, month].sum()


def test_a_move_changes_only_the_months_after_it():
    own = np.array([[[0.0]] * 2, [[0.0]] * 2, [[0.0]] * 2, [[7.0]] * 2])
    parent = np.array([[-1, -1], [0, 0], [0, 0], [1, 2]], dtype=np.int32)
    assert roll_up(own, parent)[1:3, :, 0].tolist() == [[7.0, 0.0], [0.0, 7.0]]


def test_a_cycle_is_refused():
    with pytest.raises(InputError, match="cycle"):
        depths(np.array([[1], [0]], dtype=np.int32))

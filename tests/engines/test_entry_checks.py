"""Checks of one entered value: limits met exactly pass, and no unit of measure matters."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from commonweal.engines.entry_checks import CheckLimits, odd_things, robust_z

LIMITS = CheckLimits()
NONE = np.array([])
PEERS = np.array([90.0, 95.0, 100.0, 105.0, 110.0])
some = st.floats(0.01, 1e6)


def checks(value, previous=None, computed=None, peers=NONE):
    found = odd_things(value, previous=previous, computed=computed, peers=peers, limits=LIMITS)
    return [each.check for each in found]


@pytest.mark.parametrize(
    ("value", "found"),
    [(150.0, []), (150.01, ["step"]), (50.0, []), (49.99, ["step"]), (0.0, ["step"])],
)
def test_a_step_is_odd_beyond_half_of_the_period_before(value, found):
    assert checks(value, previous=100.0) == found


@pytest.mark.parametrize(("value", "found"), [(105.0, []), (105.01, ["differs"])])
def test_a_difference_from_what_is_computed_is_odd_beyond_5_percent(value, found):
    assert checks(value, computed=100.0) == found


def test_something_after_nothing_is_an_endless_step_and_nothing_after_nothing_none():
    assert odd_things(3.0, previous=0.0, computed=None, peers=NONE, limits=LIMITS)[0].size == np.inf
    assert checks(0.0, previous=0.0) == []


def test_four_peers_say_nothing_and_five_do():
    assert checks(1e6, peers=PEERS[:4]) == []
    assert checks(1e6, peers=PEERS) == ["peers"]


def test_peers_that_agree_leave_room_for_a_little():
    assert checks(101.0, peers=np.full(9, 100.0)) == []
    assert checks(130.0, peers=np.full(9, 100.0)) == ["peers"]


def test_where_all_others_have_none_a_positive_number_is_odd():
    assert checks(1.0, peers=np.zeros(9)) == ["peers"]
    assert checks(0.0, peers=np.zeros(9)) == []


@given(some, st.lists(some, min_size=5, max_size=30), st.floats(0.001, 1000))
def test_the_unit_does_not_matter(value, peers, scale):
    before = robust_z(value, np.array(peers))
    after = robust_z(value * scale, np.array(peers) * scale)
    assert after == pytest.approx(before, rel=1e-6, abs=1e-6)


@given(some, st.lists(some, min_size=5, max_size=30), st.randoms())
def test_the_order_of_peers_does_not_matter(value, peers, random):
    mixed = random.sample(peers, len(peers))
    assert robust_z(value, np.array(mixed)) == robust_z(value, np.array(peers))


@given(st.lists(some, min_size=5, max_size=30), some, some)
def test_further_from_the_middle_is_odder(peers, one, other):
    middle = np.median(np.log(peers))
    near, far = sorted((one, other), key=lambda value: abs(np.log(value) - middle))
    assume(abs(np.log(far) - middle) > abs(np.log(near) - middle))
    assert abs(robust_z(far, np.array(peers))) >= abs(robust_z(near, np.array(peers)))

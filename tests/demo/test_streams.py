import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.demo.streams import Options, bell, shares, stream
from commonweal.errors import InputError


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=50), st.integers(0, 10**9))
def test_parts_add_up_to_the_whole_and_stay_within_one_of_their_due(weights, total):
    weights = np.array([1, *weights])
    parts = shares(weights, total)
    assert parts.sum() == total
    assert np.all(np.abs(parts - weights * (total / weights.sum())) < 1 + 1e-6)


def test_a_stream_depends_on_its_name_and_seed_only():
    first = stream(1, "bills").random(3)
    stream(1, "other").random(100)
    assert (stream(1, "bills").random(3) == first).all()
    assert (stream(2, "bills").random(3) != first).all()
    assert (stream(1, "other").random(3) != first).all()


def test_bell_has_mean_zero_a_third_of_deviation_and_ends():
    drawn = bell(stream(1, "bell"), 100_000)
    assert abs(drawn.mean()) < 0.005
    assert abs(drawn.std() - 1 / 3) < 0.005
    assert np.abs(drawn).max() <= 1


@pytest.mark.parametrize(
    ("given_options", "message"),
    [
        ({"sites": 59}, "59 sites cannot give every province one"),
        ({"sites": 60, "hourly_meters": 61}, "61 hourly meters do not fit 60 sites"),
        ({"hourly_meters": -1}, "-1 hourly meters do not fit 20000 sites"),
        ({"seed": -1}, "seed -1 is negative"),
    ],
)
def test_sizes_that_make_no_operator_are_refused(given_options, message):
    with pytest.raises(InputError, match=message):
        Options(**given_options)

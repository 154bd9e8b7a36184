"""A change is told by its reasons without a remainder, also where something begins or ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from commonweal.engines.decomposition import decompose, lmdi
from commonweal.errors import InputError

AMOUNTS = st.one_of(st.just(0.0), st.floats(min_value=1e-6, max_value=1e6))


def cells(n_rows):
    return st.integers(1, 6).flatmap(lambda n: arrays(float, (n_rows, n), elements=AMOUNTS))


def pairs(n_rows):
    return st.integers(1, 6).flatmap(
        lambda n: st.tuples(*[arrays(float, (n_rows, n), elements=AMOUNTS)] * 2)
    )


def close(a, b, scale):
    return abs(a - b) <= 1e-9 * max(scale, 1e-9)


@given(pairs(4))
def test_effects_sum_to_the_change_of_every_cell_zeros_included(factors):
    base, end = factors
    was, now = base.prod(axis=0), end.prod(axis=0)
    effects = lmdi(base, end).sum(axis=0)
    assert np.allclose(effects, now - was, rtol=0, atol=1e-9 * max(was.max(), now.max(), 1e-30))


@given(pairs(3))
def test_swapping_the_periods_swaps_every_sign(factors):
    base, end = factors
    there, back = lmdi(base, end), lmdi(end, base)
    scale = max(base.prod(axis=0).max(), end.prod(axis=0).max(), 1e-30)
    assert np.allclose(there, -back, rtol=1e-7, atol=1e-9 * scale)


@given(cells(6))
def test_structure_volume_intensity_and_factor_tell_the_change_of_the_total(rows):
    before, after, used, uses, came, comes = rows
    found = decompose(activity=(before, after), use=(used, uses), outcome=(came, comes))
    scale = came.sum() + comes.sum()
    assert close(sum(found.total().values()), comes.sum() - came.sum(), scale)


@given(cells(4), st.randoms(use_true_random=False))
def test_children_add_to_their_parent_whatever_the_order_of_cells(rows, random):
    order = list(range(rows.shape[1]))
    random.shuffle(order)
    plain = decompose(activity=(rows[0], rows[1]), use=(rows[2], rows[3]))
    mixed = rows[:, order]
    other = decompose(activity=(mixed[0], mixed[1]), use=(mixed[2], mixed[3]))
    scale = rows[2:].sum() + 1e-9
    assert np.allclose(plain.structure[order], other.structure, rtol=1e-9, atol=1e-9 * scale)
    assert close(plain.total()["volume"], other.total()["volume"], scale)


@given(
    arrays(float, (4, 4), elements=st.floats(min_value=1e-3, max_value=1e3)),
)
def test_two_steps_of_structure_are_one(rows):
    # Consistency in aggregation: prefectures within provinces, then provinces within the whole.
    before, after, used, uses = rows
    group = np.array([0, 0, 1, 1])
    sums = [np.bincount(group, weights=each)[group] for each in (before, after)]
    both = zip((before, after), sums, (used, uses), strict=True)
    nested = lmdi(
        *(
            np.stack([np.full(4, own.sum()), of / own.sum(), own / of, use / own])
            for own, of, use in both
        )
    )
    flat = decompose(activity=(before, after), use=(used, uses))
    assert np.allclose(nested[1] + nested[2], flat.structure, atol=1e-7)
    assert np.allclose(nested[3], flat.intensity, atol=1e-7)


def test_a_hand_checked_example():
    # 100 units at 2, then 120 at 1.5: L(180, 200) = 20 / ln(200/180).
    found = decompose(
        activity=(np.array([100.0]), np.array([120.0])), use=(np.array([200.0]), np.array([180.0]))
    )
    mean = 20 / np.log(200 / 180)
    assert found.volume[0] == pytest.approx(mean * np.log(1.2))
    assert found.intensity[0] == pytest.approx(mean * np.log(0.75))
    assert found.total()["structure"] == 0


def test_small_values_tend_to_the_limit_taken_at_zero():
    end = np.array([[50.0], [3.0], [0.5]])
    limit = lmdi(np.array([[50.0], [0.0], [0.0]]), end)
    assert limit.ravel().tolist() == [0.0, 37.5, 37.5]
    nearly = lmdi(np.array([[50.0], [1e-150], [1e-150]]), end)
    assert np.allclose(nearly, limit, rtol=0.02, atol=1e-9)


def test_a_new_unit_is_structure_and_one_without_activity_is_told_apart():
    found = decompose(
        activity=(np.array([10.0, 0.0, 0.0]), np.array([10.0, 10.0, 0.0])),
        use=(np.array([5.0, 0.0, 3.0]), np.array([5.0, 5.0, 4.0])),
    )
    assert found.unattributed.tolist() == [0.0, 0.0, 1.0]
    assert found.structure[1] == pytest.approx(5.0)
    assert sum(found.total().values()) == pytest.approx(6.0)


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf])
def test_values_without_a_logarithm_are_refused(value):
    with pytest.raises(InputError, match="negative or not finite"):
        lmdi(np.array([[value]]), np.array([[1.0]]))


def test_unequal_cells_are_refused():
    with pytest.raises(InputError, match="different numbers of cells"):
        decompose(activity=(np.ones(2), np.ones(3)), use=(np.ones(2), np.ones(2)))

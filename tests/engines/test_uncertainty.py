"""Uncertainty: propagation and simulation agree, and shared factors are wrong together."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.engines.uncertainty import Terms, propagated, simulated, variances
from commonweal.errors import InputError


def terms(*lines):
    """Each line: contribution, share of the quantity, share of the factor, group."""
    c, q, f, g = zip(*lines, strict=True)
    return Terms(np.array(c, float), np.array(q, float), np.array(f, float), np.array(g))


def rng():
    return np.random.default_rng(20241231)


def test_one_line_is_the_root_of_the_sum_of_squares():
    found = propagated(terms((100.0, 0.03, 0.04, 0)))
    assert found.mean == 100
    assert found.half_share == pytest.approx(0.05, rel=1e-3)  # and a second-order term
    assert found.high - 100 == pytest.approx(100 - found.low)


def test_independent_factors_average_out_and_a_shared_one_does_not():
    apart = propagated(terms(*((1.0, 0.0, 0.1, i) for i in range(100))))
    shared = propagated(terms(*((1.0, 0.0, 0.1, 7) for _ in range(100))))
    assert apart.half_share == pytest.approx(0.01)
    assert shared.half_share == pytest.approx(0.1)


def test_what_is_taken_out_at_the_same_factor_takes_its_error_along():
    """Electricity at the residual mix less green power at the same: only the rest is unsure."""
    found = propagated(terms((100.0, 0.0, 0.1, 0), (-60.0, 0.0, 0.1, 0)))
    assert found.mean == 40
    assert (found.high - found.low) / 2 == pytest.approx(4.0)


def test_without_any_uncertainty_the_interval_is_the_value():
    found = propagated(terms((3.0, 0.0, 0.0, 0), (4.0, 0.0, 0.0, 1)))
    drawn = simulated(terms((3.0, 0.0, 0.0, 0)), rng=rng(), n_draws=1000)
    assert (found.low, found.mean, found.high) == (7.0, 7.0, 7.0)
    assert (drawn.low, drawn.high) == (3.0, 3.0)


LINES = ((120.0, 0.02, 0.05, 0), (80.0, 0.1, 0.05, 0), (40.0, 0.3, 0.2, 1), (-25.0, 0.05, 0.2, 1))


@pytest.mark.parametrize("shape", ["normal", "lognormal", "triangular"])
def test_simulation_agrees_with_propagation(shape):
    analytic = propagated(terms(*LINES))
    drawn = simulated(
        terms(*LINES), rng=rng(), n_draws=200_000, quantity_shape=shape, factor_shape=shape
    )
    assert drawn.mean == pytest.approx(analytic.mean, abs=4 * analytic.deviation / 200_000**0.5)
    assert drawn.deviation == pytest.approx(analytic.deviation, rel=0.01)
    assert drawn.half_share == pytest.approx(analytic.half_share, rel=0.03)


def test_a_wide_lognormal_error_leans_upwards_and_never_falls_below_nothing():
    drawn = simulated(terms((1.0, 0.0, 1.5, 0)), rng=rng(), factor_shape="lognormal")
    assert drawn.low > 0
    assert drawn.high - drawn.mean > drawn.mean - drawn.low


def test_the_same_seed_gives_the_same_interval():
    first, again = (simulated(terms(*LINES), rng=rng(), n_draws=5000) for _ in range(2))
    assert first == again


share = st.floats(0, 1)
line = st.tuples(st.floats(-1e6, 1e6), share, share)


@given(st.lists(line, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_order_does_not_matter_and_parts_add_up(lines, shuffle):
    rows = [(*each, i // 2) for i, each in enumerate(lines)]
    by_group = {g: f for *_, f, g in rows}
    rows = [(c, q, by_group[g], g) for c, q, _, g in rows]
    found = propagated(terms(*rows))
    parts = variances(terms(*rows))
    whole = parts.of_quantity.sum() + parts.of_factor.sum()
    assert whole == pytest.approx(found.deviation**2)
    shuffle.shuffle(rows)
    assert propagated(terms(*rows)).deviation == pytest.approx(found.deviation)


@settings(max_examples=50)
@given(st.lists(line, min_size=1, max_size=8), share)
def test_splitting_a_line_leaves_what_its_factor_does(lines, part):
    """A quantity told in two pieces has the factor's error of the whole."""
    whole = terms(*((c, 0.0, f, i) for i, (c, _, f) in enumerate(lines)))
    cut = [
        piece
        for i, (c, _, f) in enumerate(lines)
        for piece in ((c * part, 0.0, f, i), (c * (1 - part), 0.0, f, i))
    ]
    first, second = propagated(whole).deviation, propagated(terms(*cut)).deviation
    assert second == pytest.approx(first, abs=1e-6)


@pytest.mark.parametrize(
    ("lines", "rule"),
    [
        (((1.0, -0.1, 0.1, 0),), "a share of uncertainty is negative"),
        (((1.0, 0.1, 0.1, 0), (1.0, 0.1, 0.2, 0)), "factor group 0 has shares"),
    ],
)
def test_impossible_lines_are_refused(lines, rule):
    with pytest.raises(InputError, match=rule):
        terms(*lines)


def test_too_few_draws_and_ragged_lines_are_refused():
    with pytest.raises(InputError, match="999 draws are too few"):
        simulated(terms(*LINES), rng=rng(), n_draws=999)
    with pytest.raises(InputError, match="lines of different lengths"):
        Terms(np.ones(2), np.ones(1), np.ones(2), np.zeros(2, np.int64))

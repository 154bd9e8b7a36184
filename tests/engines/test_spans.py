"""Spans cut to months: nothing is lost, and no day counts twice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.engines.metering.spans import cut_spans

MONTHS = np.array([0, 31, 59, 90, 120])
SPANS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 119), st.integers(1, 120)), min_size=1, max_size=12
)


def cut(spans):
    series, start, n_days = np.array(spans).T
    return cut_spans(series, start, np.minimum(start + n_days, 120), MONTHS)


@given(SPANS)
def test_shares_of_a_span_inside_the_months_add_up_to_one(spans):
    pieces = cut(spans)
    assert np.bincount(pieces.span, pieces.share) == pytest.approx(np.ones(len(spans)))
    assert pieces.month.min() >= 0
    assert pieces.month.max() <= 3


@given(SPANS)
def test_a_use_of_one_a_day_stays_one_a_day_however_spans_overlap(spans):
    pieces = cut(spans)
    n_days = np.array([min(start + n, 120) - start for _, start, n in spans])
    series = np.array([number for number, _, _ in spans])[pieces.span]
    counted = np.bincount(
        series * 4 + pieces.month, n_days[pieces.span] * pieces.share * pieces.once, minlength=12
    )
    covered = np.zeros((3, 120))
    for number, start, n in spans:
        covered[number, start : start + n] = 1
    expected = np.add.reduceat(covered, MONTHS[:-1], axis=1).ravel()
    assert counted == pytest.approx(expected)
    month_share = (expected / np.tile(np.diff(MONTHS), 3))[series * 4 + pieces.month]
    assert pieces.covered_share == pytest.approx(month_share)


def test_what_lies_outside_the_months_is_not_allocated():
    pieces = cut_spans(np.zeros(2, int), np.array([-10, 110]), np.array([10, 130]), MONTHS)
    assert pieces.month.tolist() == [0, 3]
    assert pieces.share.tolist() == [0.5, 0.5]

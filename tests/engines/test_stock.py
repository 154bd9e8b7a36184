"""Fuel by stock: opening + purchases - closing, each purchase once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.engines.metering.stock import stock_use

INTS, FLOATS = np.int64, np.float64


def used(counts, purchases):
    """Use of (series, day, quantity) triples."""
    columns = []
    for rows in (counts, purchases):
        series, day, quantity = zip(*rows, strict=True) if rows else ((), (), ())
        columns += [np.array(series, INTS), np.array(day, INTS), np.array(quantity, FLOATS)]
    return stock_use(*columns)


def test_a_purchase_on_the_day_of_a_count_belongs_to_what_follows():
    use = used([(1, 0, 10.0), (1, 10, 5.0), (1, 20, 5.0)], [(1, 10, 7.0)])
    assert use.quantity.tolist() == [5.0, 7.0]


def test_without_counts_what_is_bought_is_used():
    use = used([], [(1, 3, 7.0), (1, 3, 8.0)])
    assert use.quantity.tolist() == [7.0, 8.0]
    assert not use.is_estimated.any()


def test_what_no_count_encloses_is_an_estimate():
    use = used([(1, 0, 10.0)], [(1, 5, 7.0), (2, 5, 1.0)])
    assert use.quantity.tolist() == [7.0, 1.0]
    assert use.is_estimated.tolist() == [True, False]


def test_counts_that_contradict_the_purchases_count_nothing_and_say_by_how_much():
    use = used([(1, 0, 10.0), (1, 10, 50.0)], [(1, 5, 7.0)])
    assert use.quantity.tolist() == [0.0]
    assert use.is_negative.tolist() == [True]
    assert use.missing.tolist() == [33.0]


def test_counts_more_than_a_year_apart_enclose_nothing():
    use = used([(1, 0, 10.0), (1, 367, 5.0)], [(1, 5, 7.0)])
    assert use.quantity.tolist() == [7.0]


days = st.integers(0, 300)
amounts = st.integers(0, 100).map(float)
rows = st.tuples(st.integers(0, 2), days, amounts)


@given(st.lists(rows, max_size=8, unique_by=lambda row: row[:2]), st.lists(rows, max_size=8))
def test_nothing_is_lost_between_the_first_and_the_last_count(counts, purchases):
    use = used(counts, purchases)
    for series in range(3):
        mine = use.series == series
        if use.is_negative[mine].any():
            continue
        stock = [quantity for s, _, quantity in sorted(counts) if s == series]
        bought = sum(quantity for s, _, quantity in purchases if s == series)
        drawn_down = stock[0] - stock[-1] if stock else 0.0
        assert use.quantity[mine].sum() == pytest.approx(bought + drawn_down)

"""Samples of a total: sizes by hand, draws that repeat, estimates that cover the truth."""

from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.engines.sampling import (
    evaluated,
    evaluated_strata,
    interval_for,
    monetary_unit_sample,
    poisson_factor,
    stratified_sample,
)
from commonweal.errors import InputError

AMOUNTS = st.lists(st.floats(-500, 500, width=32), min_size=1, max_size=60)


def keys(n):
    return [f"unit-{i:03d}" for i in range(n)]


@pytest.mark.parametrize(
    ("confidence", "n_errors", "printed"),
    [(0.95, 0, 3.00), (0.95, 1, 4.74), (0.95, 2, 6.30), (0.90, 0, 2.31), (0.80, 0, 1.61)],
)
def test_factors_are_those_that_auditors_print(confidence, n_errors, printed):
    assert poisson_factor(confidence, n_errors) == pytest.approx(printed, abs=0.01)


def test_the_draw_is_what_hashes_and_a_ruler_give_by_hand():
    amounts = np.array([40.0, 250.0, 60.0, 80.0])
    drawn = monetary_unit_sample(keys(4), amounts, interval=100.0, seed="s")
    order = sorted((0, 2, 3), key=lambda i: sha256(f"s:unit-{i:03d}".encode()).digest())
    start = 100 * int.from_bytes(sha256(b"s:start").digest(), "big") / 2**256
    reached, expected = 0.0, []
    for unit in order:
        points = [p for p in (start, start + 100) if reached <= p < reached + amounts[unit]]
        expected += [unit] if points else []
        reached += amounts[unit]
    assert drawn.unit.tolist() == [1, *expected]
    assert drawn.is_certain.tolist() == [True] + [False] * len(expected)
    assert drawn.rest_amount == 180.0


@given(AMOUNTS, st.floats(1, 400), st.text(max_size=8))
def test_a_draw_takes_all_that_is_large_and_repeats_in_any_order(amounts, interval, seed):
    array, names = np.array(amounts), keys(len(amounts))
    drawn = monetary_unit_sample(names, array, interval=interval, seed=seed)
    large = {i for i, amount in enumerate(amounts) if abs(amount) >= interval}
    assert {int(i) for i in drawn.unit[drawn.is_certain]} == large
    n_chance = int(drawn.hits.sum())
    assert abs(n_chance - drawn.rest_amount / interval) <= 1
    back = monetary_unit_sample(names[::-1], array[::-1], interval=interval, seed=seed)
    assert {names[i] for i in drawn.unit} == {names[::-1][i] for i in back.unit}


@given(AMOUNTS, st.floats(1, 400), st.floats(0, 1))
def test_where_all_is_wrong_by_one_share_the_estimate_is_that_share(amounts, interval, share):
    array, names = np.array(amounts), keys(len(amounts))
    drawn = monetary_unit_sample(names, array, interval=interval, seed="x")
    book = np.abs(array[drawn.unit])
    found = evaluated(drawn, book, book * share, confidence=0.95)
    certain = book[drawn.is_certain].sum()
    hit = drawn.hits.sum() * interval  # what the draw stands for: the rest, within one interval
    assert found.likely == pytest.approx(share * (certain + hit), abs=1e-6)
    strata = ["a" if i % 2 else "b" for i in range(len(array))]
    drawn = stratified_sample(names, array, strata, interval=interval, seed="x")
    book = np.abs(array[drawn.unit])
    named = [strata[i] for i in drawn.unit]
    found = evaluated_strata(drawn, book, book * share, named, confidence=0.95)
    assert found.likely == pytest.approx(share * np.abs(array).sum(), rel=1e-9, abs=1e-6)
    assert found.upper_limit >= abs(found.likely) - 1e-6


def test_no_error_found_leaves_the_tolerable_amount_open():
    amounts = np.full(1000, 10.0)
    drawn = monetary_unit_sample(keys(1000), amounts, interval=interval_for(600.0, 0.95), seed="y")
    found = evaluated(drawn, amounts[drawn.unit], np.zeros(len(drawn.unit)), confidence=0.95)
    assert (found.factual, found.projected) == (0.0, 0.0)
    assert found.upper_limit == pytest.approx(600.0)


def test_the_upper_limit_holds_as_often_as_it_says():
    rng = np.random.default_rng(20241231)
    amounts = rng.lognormal(3.0, 1.0, 400)
    wrong = np.where(rng.random(400) < 0.1, amounts * rng.random(400), 0.0)
    held = 0
    for seed in range(200):
        drawn = monetary_unit_sample(keys(400), amounts, interval=300.0, seed=str(seed))
        found = evaluated(drawn, amounts[drawn.unit], wrong[drawn.unit], confidence=0.95)
        held += found.upper_limit >= wrong.sum()
    assert held >= 190


def test_units_that_are_all_certain_leave_nothing_open():
    drawn = monetary_unit_sample(keys(2), np.array([500.0, -600.0]), interval=100.0, seed="")
    found = evaluated(drawn, np.array([500.0, 600.0]), np.array([0.0, 20.0]), confidence=0.95)
    assert (found.factual, found.projected, found.upper_limit) == (20.0, 0.0, 20.0)


@pytest.mark.parametrize(
    ("names", "interval", "sentence"),
    [(["a", "a"], 1.0, "a key stands twice"), (["a"], 1.0, "1 keys for 2 amounts"),
     (["a", "b"], 0.0, "an interval of 0.0")],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(names, interval, sentence):
    with pytest.raises(InputError, match=sentence):
        monetary_unit_sample(names, np.ones(2), interval=interval, seed="")
    with pytest.raises(InputError, match="a tolerable misstatement of 0"):
        interval_for(0.0, 0.95)
    with pytest.raises(InputError, match="a confidence of 1"):
        poisson_factor(1)

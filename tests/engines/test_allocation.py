"""Shares add up to what is shared, and each method does what its name says."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.engines.allocation import apportion, benchmark, capability_potential, proportional
from commonweal.errors import InputError

WEIGHTS = st.lists(st.fractions(min_value=0, max_value=1000), min_size=1, max_size=31).filter(any)
USES = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=3),
    st.decimals("0.01", "100000", places=2),
    min_size=1,
    max_size=12,
)


@given(WEIGHTS, st.integers(0, 10**7), st.integers(0, 3))
def test_shares_add_up_exactly_and_lie_within_one_unit_of_what_is_due(weights, units, decimals):
    total = Decimal(units).scaleb(-decimals)
    shares = apportion(total, weights, decimals=decimals)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        due = Fraction(total) * weight / sum(weights)
        assert abs(Fraction(share) - due) < Fraction(1, 10**decimals)


@given(USES)
def test_in_proportion_everybody_changes_by_the_same_per_cent(base):
    total = sum(base.values()) * 2
    shares = apportion(total, list(proportional(base).values()), decimals=2)
    assert list(shares) == [value * 2 for value in base.values()]


@given(USES)
def test_alike_intensities_make_the_benchmark_a_share_by_activity(base):
    activity = {name: value * 3 for name, value in base.items()}
    assert benchmark(base, activity) == proportional(base)


def test_the_worse_come_nearer_to_the_benchmark_and_the_best_stay():
    base = {"good": Decimal(100), "bad": Decimal(300)}
    activity = {"good": Decimal(100), "bad": Decimal(100)}
    wanted = benchmark(base, activity, convergence_share=Fraction(1, 2))
    assert wanted == {"good": Fraction(100), "bad": Fraction(200)}
    assert benchmark(base, activity, convergence_share=Fraction(1))["bad"] == 100


def test_means_and_potential_carry_the_cut_up_to_a_limit():
    base = {"a": Decimal(100), "b": Decimal(100), "c": Decimal(100)}
    kept = capability_potential(
        base,
        Decimal(220),
        capability={"a": Decimal(9), "b": Decimal(1), "c": Decimal(5)},
        potential={"a": Decimal(1), "b": Decimal(1), "c": Decimal(0)},
    )
    assert kept == {"a": Fraction(50), "b": Fraction(70), "c": Fraction(100)}


@given(USES, st.fractions(min_value=Fraction(1, 2), max_value=1))
def test_what_is_kept_is_the_total_and_nobody_is_cut_by_more_than_half(base, share):
    total = Decimal(int(sum(base.values()) * 100 * share.numerator / share.denominator) + 1) / 100
    total = min(total, sum(base.values()))
    means = {name: Decimal(at + 1) for at, name in enumerate(base)}
    kept = capability_potential(base, total, capability=means, potential=means)
    assert sum(kept.values()) == Fraction(total)
    assert all(Fraction(base[name]) / 2 <= each <= base[name] for name, each in kept.items())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: apportion(Decimal("1.05"), [Fraction(1)], decimals=1), "more than 1 decimals"),
        (lambda: apportion(Decimal(1), [Fraction(0)], decimals=0), "not all 0"),
        (lambda: benchmark({"a": Decimal(1)}, {}), "a has no activity"),
        (
            lambda: capability_potential(
                {"a": Decimal(1)}, Decimal(2), capability={}, potential={}
            ),
            "above what was used",
        ),
        (
            lambda: capability_potential(
                {"a": Decimal(4)},
                Decimal(1),
                capability={"a": Decimal(1)},
                potential={"a": Decimal(1)},
            ),
            "more than the units",
        ),
    ],
)
def test_what_cannot_be_shared_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()

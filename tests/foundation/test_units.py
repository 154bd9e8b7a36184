"""Units: exact conversions, Chinese printed units, and what must not convert."""

from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.units import canonical, conversion, dimension, registry

KNOWN = ["kWh", "MWh", "GJ", "萬千瓦時", "億千瓦時", "度", "kcal"]


@pytest.mark.parametrize(
    ("source", "target", "number"),
    [
        ("GWh", "kWh", 1_000_000),
        ("kWh", "MJ", Fraction(18, 5)),
        ("萬噸標準煤", "tce", 10_000),
        ("萬噸標準煤", "kgce", 10_000_000),
        ("億元", "CNY", 100_000_000),
        ("億千瓦時", "GWh", 100),
        ("PB", "TB", 1_000),
        ("m3", "L", 1_000),
        ("tCO2e", "kgco2e", 1_000),
        ("kgce/TB", "tce/PB", 1),
        ("percentage_point", "dimensionless", Fraction(1, 100)),
        ("kcal", "kJ", Fraction("4.1868")),
    ],
)
def test_conversions_are_exact(source, target, number):
    assert conversion(source, target) == number


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("kWh", "kgce"),  # only a factor with a named basis leads there
        ("kgce", "GJ"),
        ("tCO2e", "t"),
        ("tce", "tCO2e"),
        ("village", "household"),
        ("person", "item"),
        ("TB", "kWh"),
    ],
)
def test_what_has_another_meaning_does_not_convert(source, target):
    with pytest.raises(InputError, match="does not convert"):
        conversion(source, target)


@pytest.mark.parametrize("nonsense", ["", "kwhh", "T", "9**9**9", "(", "1/0", "kWh;kWh", "萬萬噸"])
def test_an_unknown_unit_is_refused_in_a_sentence(nonsense):
    if not nonsense:
        assert dimension("") == "dimensionless"
        return
    with pytest.raises(InputError, match="unit"):
        conversion(nonsense, "kWh")


@given(st.sampled_from(KNOWN), st.sampled_from(KNOWN), st.sampled_from(KNOWN))
def test_conversions_compose(one, two, three):
    assert conversion(one, two) * conversion(two, three) == conversion(one, three)
    assert conversion(one, two) * conversion(two, one) == 1


@given(st.text(max_size=12))
def test_any_text_is_a_unit_or_an_input_error(text):
    with suppress(InputError):
        dimension(text)


def test_scale_and_unit_are_told_apart():
    assert canonical("萬度") == (10_000, "kWh")
    assert canonical(" tce ") == (1, "tce")


def test_the_vocabulary_is_our_own():
    assert "tesla" not in registry()
    assert "furlong" not in registry()

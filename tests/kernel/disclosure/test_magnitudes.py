"""Rounding and comparator words never contradict the value."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.disclosure.magnitudes import (
    STYLES,
    Magnitude,
    compared,
    compared_text,
    magnitude,
)
from commonweal.kernel.disclosure.wording import LANGUAGES

VALUES = st.decimals(
    allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12
)
READ = {"億": 10**8, "亿": 10**8, "萬": 10**4, "万": 10**4, "billion": 10**9, "million": 10**6}


@given(VALUES, st.integers(-3, 4), st.sampled_from(STYLES))
def test_a_comparator_is_true_of_the_value(value, decimals, style):
    printed, sign = compared(value, decimals, style)
    match sign:
        case "=":
            assert value == printed
        case ">" | ">>":
            assert value > printed
        case "<":
            assert value < printed
            assert printed - value <= printed * Decimal("0.05")
        case "~":
            assert value != printed
            assert abs(value - printed) <= Decimal(1).scaleb(-decimals) / 2


@given(VALUES, st.integers(0, 4), st.sampled_from(LANGUAGES))
def test_a_magnitude_reads_back_to_the_value_within_its_last_digit(value, decimals, language):
    size = magnitude(value, decimals, language)
    _, text = compared_text(value, size, None, language)
    number, *word = text.replace("\u00a0", " ").split(" ")
    scale = READ[word[0]] if word else 1
    read = Decimal(number.replace(",", "").replace("\u2212", "-")) * scale
    assert scale == size.scale
    assert abs(read - value) <= Decimal(size.scale).scaleb(-size.decimals) / 2
    assert len(number.strip("\u2212").replace(",", "").replace(".", "")) <= 8 or not word


@given(st.integers(0, 10**6 - 1), st.sampled_from(LANGUAGES))
def test_a_count_below_a_million_is_printed_to_the_last_one(count, language):
    size = magnitude(Decimal(count), 0, language)
    assert Decimal(count) / size.scale == round(Decimal(count) / size.scale, size.decimals)


@pytest.mark.parametrize(
    ("value", "language", "text"),
    [
        ("27551000", "zh-hant", "2,755 萬"),
        ("27551000", "en", "27.55\u00a0million"),
        ("260000", "zh-hans", "26 万"),
        ("103778", "zh-hant", "103,778"),
        ("123000000", "zh-hant", "1.23 億"),
        ("370000000000", "en", "370\u00a0billion"),
        ("0", "en", "0"),
    ],
)
def test_magnitudes_are_those_that_people_write(value, language, text):
    size = magnitude(Decimal(value), 0, language)
    assert compared_text(Decimal(value), size, None, language) == ("", text)


@pytest.mark.parametrize(
    ("value", "decimals", "style", "language", "text"),
    [
        ("2755.1", 0, "over", "zh-hant", "超過 2,755"),
        ("2755", 0, "over", "zh-hant", "2,755"),
        ("4612", -2, "more", "zh-hans", "4,600 余"),
        ("4612", -2, "more", "en", "more than 4,600"),
        ("297", -2, "nearly", "zh-hant", "近 300"),
        ("210", -2, "nearly", "en", "about 200"),  # 300 would not be near
        ("1568.4", 0, "about", "zh-hant", "約 1,568"),
        ("-1.26", 1, "over", "en", "about \u22121.3"),
        ("0.004", 0, "about", "en", "0.0040"),
    ],
)
def test_comparator_words_follow_from_the_rounding(value, decimals, style, language, text):
    size = Magnitude(1, "", decimals)
    assert "".join(compared_text(Decimal(value), size, style, language)) == text

"""A printed number states its fact, to as many places as it is right."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.disclosure.magnitudes import STYLES, compared_text, magnitude
from commonweal.kernel.disclosure.tree import Figure
from commonweal.kernel.disclosure.wording import LANGUAGES, quantity_text, scaled
from commonweal.kernel.disclosure.xbrl.measures import Measure, measure_of
from commonweal.kernel.disclosure.xbrl.printed import printed_read
from commonweal.kernel.facts.models import Fact

values = st.decimals(-(10**12), 10**12, places=6)


def fact_of(value, unit="kWh"):
    span = {"start_date": date(2024, 1, 1), "end_date": date(2025, 1, 1), "period_kind": "year"}
    return Fact(indicator="electricity_use", value=value, unit=unit, decimals=2, **span)


def printed(value, unit, text, shown_in=None):
    shown = scaled(value, unit, shown_in or unit)
    return printed_read(Figure(text, (1,), sort_key=shown), fact_of(value, unit))


def is_true(found, value, power=0):
    """Whether the register's value lies where the statement says."""
    half = Decimal(5).scaleb(-found.decimals - 1)
    return abs(found.value - value.scaleb(power)) <= half


@given(values, st.sampled_from(["kWh", "GWh", "GJ"]), st.integers(0, 3), st.sampled_from(LANGUAGES))
def test_a_value_in_another_unit_is_stated_truly(value, unit, decimals, language):
    text = quantity_text(scaled(value, "kWh", unit), unit, decimals, language)
    found = printed(value, "kWh", text, unit)

    assert found is not None
    assert found.before + found.digits + found.after == text
    if found.measure.over == "utr:kWh":
        assert is_true(found, value)
    else:
        assert is_true(found, scaled(value, "kWh", "GJ"))


@given(values.filter(lambda value: value > 1), st.sampled_from(STYLES), st.sampled_from(LANGUAGES))
def test_a_number_with_a_comparator_is_stated_truly(value, style, language):
    size = magnitude(value, 0, language)
    before, number = compared_text(value, size, style, language)
    found = printed(value, "kWh", f"{before}{number} kWh")

    assert found is not None
    assert is_true(found, value)


@pytest.mark.parametrize(
    ("value", "unit", "text", "scale", "decimals"),
    [
        ("39600000", "kWh", "0.40 億 kWh", 8, -6),
        ("39600000", "kWh", "3,960 萬 kWh", 4, -4),
        ("2755.9", "village", "more than 2,755 villages", 0, -1),  # cut off: right to tens only
        ("0.279", "dimensionless", "27.9%", -2, 3),
        ("27.9", "percent", "27.9%", -2, 3),
        ("2.034", "kgce/TB", "2.03 kgce/TB", -3, 5),
        ("1234", "tce", "1,230 tce", 0, -1),
        ("0", "tce", "0.00 tce", 0, 2),
    ],
)
def test_scale_and_decimals_are_those_of_the_print(value, unit, text, scale, decimals):
    found = printed(Decimal(value), unit, text)
    assert (found.scale, found.decimals) == (scale, decimals)


def test_a_sign_may_stand_in_a_word_or_as_a_minus():
    fallen = Decimal("-3.2")
    for text in ("\u22123.2%", "fell by 3.2%"):
        found = printed(fallen, "percent", text)
        assert (found.digits, found.is_negative, found.value) == ("3.2", True, Decimal("-0.032"))


@pytest.mark.parametrize(
    "figure",
    [
        Figure("12.0%", (1, 2), sort_key=Decimal("0.12")),  # a change is made of two facts
        Figure("43 kWh", (1,), sort_key=Decimal(43)),  # another number than the fact's
        Figure("4.2%", (1,)),  # the share that is estimated
        Figure("Guangdong", (1,)),
        Figure("no data", (1,), has_data=False),
    ],
)
def test_what_is_not_the_facts_value_states_nothing(figure):
    assert printed_read(figure, fact_of(Decimal(42))) is None


def test_units_are_those_of_registries_where_there_are_some():
    assert measure_of("MWh") == (Measure("utr:kWh"), 3)
    assert measure_of("tce/Mcny") == (Measure("cwu:tce", "iso4217:CNY"), -6)
    assert measure_of("Tbit/s")[0].oim == "cwu:Tbps"

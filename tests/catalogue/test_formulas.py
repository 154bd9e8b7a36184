"""Formulas: what is allowed, what is proved, what no data does."""

from fractions import Fraction
from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.catalogue import formulas
from commonweal.errors import DefinitionError

numbers = st.floats(min_value=-1e9, max_value=1e9)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').getcwd()",
        "a ** b",
        "a if b else 1",
        "a.b",
        "a[0]",
        "True + a",
        "a and b",
        "'a'",
        "1j * a",
    ],
)
def test_a_formula_is_arithmetic_and_nothing_else(text):
    with pytest.raises(DefinitionError, match="is not allowed"):
        formulas.parse(text)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "is no arithmetic"),
        ("a +", "is no arithmetic"),
        ("a\0b", "is no arithmetic"),
        ("(" * 300 + "a" + ")" * 300, "has 601 characters"),
        ("+".join("a" * 251), "has 501 characters"),
    ],
)
def test_a_formula_that_cannot_be_read_says_why(text, rule):
    with pytest.raises(DefinitionError, match=rule):
        formulas.parse(text)


def test_the_longest_formula_is_evaluated_without_overflow():
    tree = formulas.parse("+".join("a" * 250))
    assert formulas.evaluate(tree, {"a": 2.0}) == 500.0


@given(a=numbers, b=numbers, c=numbers)
def test_a_formula_gives_what_python_gives(a, b, c):
    tree = formulas.parse("-a * (b - 2.5) + c / 4")
    assert formulas.evaluate(tree, {"a": a, "b": b, "c": c}) == -a * (b - 2.5) + c / 4


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=20))
def test_an_array_gives_the_same_as_its_elements(pairs):
    tree = formulas.parse("a / b - 1")
    columns = np.array(pairs).T
    together = formulas.evaluate(tree, {"a": columns[0], "b": columns[1]})
    one_by_one = [float(formulas.evaluate(tree, {"a": a, "b": b})) for a, b in pairs]
    np.testing.assert_array_equal(together, one_by_one)


@pytest.mark.parametrize("inputs", [{"a": 1.0}, {"a": None, "b": 2.0}, {"a": np.nan, "b": 2.0}])
def test_a_missing_input_gives_no_data(inputs):
    assert isnan(formulas.evaluate(formulas.parse("a / b"), inputs))


@pytest.mark.parametrize("numerator", [0.0, 1.0])
def test_a_division_by_zero_gives_no_data_only_where_it_happens(numerator):
    found = formulas.evaluate(
        formulas.parse("a / b"), {"a": np.array([numerator, 6.0]), "b": np.array([0.0, 3.0])}
    )
    assert isnan(found[0])
    assert found[1] == 2.0


def test_a_division_by_a_literal_zero_gives_no_data():
    assert isnan(formulas.evaluate(formulas.parse("a / 0"), {"a": 1.0}))


def test_the_scale_of_a_formula_is_exact():
    units = {"energy": "tce", "traffic": "PB"}
    assert formulas.scale(formulas.parse("energy / traffic"), units, "kgce/TB") == 1
    assert formulas.scale(formulas.parse("1 - energy / energy"), units, "percent") == 100
    assert formulas.scale(formulas.parse("energy"), units, "kgce") == Fraction(1000)


def test_unlike_units_are_not_added():
    with pytest.raises(DefinitionError, match="adds tce and kgce"):
        formulas.scale(formulas.parse("a + b"), {"a": "tce", "b": "kgce"}, "tce")
    with pytest.raises(DefinitionError, match="adds dimensionless and percent"):
        formulas.scale(formulas.parse("1 - a"), {"a": "percent"}, "percent")


def test_energy_does_not_become_carbon_without_a_factor():
    with pytest.raises(DefinitionError, match="does not convert to 'tco2e'"):
        formulas.scale(formulas.parse("a"), {"a": "kWh"}, "tco2e")


def test_only_sums_of_inputs_are_additive():
    additive = ("a", "a + b", "-a", "a - b / 2", "3 * (a + b)", "(a + b) / 1000")
    other = ("a / b", "a * b", "a + 1", "1 / a", "2", "a / (b - b)")
    assert [formulas.is_additive(formulas.parse(text)) for text in additive] == [True] * 6
    assert [formulas.is_additive(formulas.parse(text)) for text in other] == [False] * 6


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=10))
def test_an_additive_formula_of_sums_is_the_sum_of_formulas(pairs):
    tree = formulas.parse("3 * (a - b / 2)")
    columns = np.array(pairs).T
    by_unit = formulas.evaluate(tree, {"a": columns[0], "b": columns[1]}).sum()
    of_sums = formulas.evaluate(tree, {"a": columns[0].sum(), "b": columns[1].sum()})
    np.testing.assert_allclose(by_unit, of_sums, rtol=1e-9, atol=1e-3)

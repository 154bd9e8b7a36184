"""Indicators: what the compiler refuses, what a compiled one computes."""

import csv
from fractions import Fraction
from itertools import pairwise
from math import inf, isnan

import numpy as np
import pytest

from commonweal.catalogue import Formula, load
from commonweal.errors import DefinitionError, InputError
from commonweal.units import dimension
from tests.catalogue.conftest import entry, formula

A = {"a": ("energy_use", "tce")}
AN_EXAMPLE = '{ note = "two", inputs = { a = 2.0 }, value = 2.0 }'


def compiled(overlay, *entries):
    return load(overlay("indicators/own.toml", "\n".join(entries)))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"id": '"Own"'}, "id: String should match pattern"),
        ({"unit": '"frobnits"'}, "unit 'frobnits' is unknown"),
        ({"kind": '"rate"'}, "kind: Input should be 'flow'"),
        ({"decimals": '"2"'}, "decimals: Input should be a valid integer"),
        ({"decimals": "7"}, "decimals: Input should be less than or equal to 6"),
        ({"name": '{ zh-hant = "名", en = "name" }'}, "name: Dictionary should have at least 3"),
        ({"name": '{ zh-hant = "名", zh-hans = "", en = "name" }'}, "name.zh-hans: String should"),
        ({"status": '"done"'}, "status: Input should be 'computed' or 'planned'"),
        ({"bounds": "[1.0, 1.0]"}, "are empty or reversed"),
        ({"source": None}, "status is computed, but no source says from what"),
        ({"source": '{ kind = "guess" }'}, "source: Input tag 'guess'"),
        ({"rollup": '{ over_org = "mean" }'}, "rollup.over_org: Input should be"),
        ({"rollup": '{ over_time = "last" }'}, "a flow cannot roll up by sum .* and last"),
        ({"kind": '"ratio"', "rollup": '{ over_org = "sum" }'}, "a ratio cannot roll up by sum"),
        ({"kind": '"stock"', "rollup": '{ over_time = "sum" }'}, "a stock cannot roll up"),
        ({"frameworks": '{ iso = ["1"] }'}, "frameworks.iso"),
        ({"owner": '"me"'}, "owner: Extra inputs are not permitted"),
        ({"gap": '{ to = "none" }'}, "gap to the unknown indicator 'none'"),
        ({"gap": '{ to = "electricity_use" }'}, "'electricity_use', which is in kWh, not tce"),
        ({"gap": '{ to = "energy_use", more_than = -1.0 }'}, "gap.more_than"),
    ],
)
def test_a_wrong_entry_is_refused_by_its_rule(overlay, changes, rule):
    with pytest.raises(DefinitionError, match=rule) as caught:
        compiled(overlay, entry("own", **changes))
    assert "own.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("carriers = []", "carriers: Tuple should have at least 1 item"),
        ('carriers = ["plutonium"]', "carrier 'plutonium' is not in carriers.toml"),
        ('carriers = ["heat"], factor = "none"', "factor 'none' is unknown"),
        ('carriers = ["heat"], factor = "grid_average"', "has no row for carrier 'heat'"),
        ('carriers = ["heat"]', "'GJ' does not convert to 'tce'"),
        ('carriers = ["electricity"], factor = "grid_average"', "does not convert to 'tce'"),
    ],
)
def test_an_activity_is_proved_against_carrier_and_factor(overlay, source, rule):
    text = f'{{ kind = "activity", activity = "energy", {source} }}'
    with pytest.raises(DefinitionError, match=rule):
        compiled(overlay, entry("own", source=text))


@pytest.mark.parametrize(
    ("parts", "rule"),
    [
        (formula("a + b", **A), "uses 'b', which is no input"),
        (formula("a", **A, b=("energy_use", "tce")), "input 'b' is not used"),
        (formula("a", a=("nothing", "tce")), "input 'a' is the unknown indicator 'nothing'"),
        (formula("a", a=("electricity_use", "tce")), "'kWh' does not convert to 'tce'"),
        (
            formula("a", a=("community_scenarios", "item")),
            "'community_scenarios', which is only planned",
        ),
        (formula("a * a", **A), "no sum of its inputs"),
        (formula("a", **A), "needs at least one worked example"),
        (
            formula("a", example='{ note = "x", inputs = { a = 2.0 }, value = 3.0 }', **A),
            "example 'x' gives 2.0, not 3.0",
        ),
        (
            formula("a", example='{ note = "x", inputs = { b = 2.0 }, value = 2.0 }', **A),
            "has no input 'b'",
        ),
        (
            formula("a", example='{ note = "x", inputs = {}, value = 0.0 }', **A),
            "example 'x' gives nan, not 0.0",
        ),
        (formula("a ** 2", **A), r"'a \*\* 2' is not allowed"),
    ],
)
def test_a_formula_is_proved(overlay, parts, rule):
    with pytest.raises(DefinitionError, match=rule):
        compiled(overlay, entry("own", **parts))


def test_a_formula_at_no_period_is_refused(overlay):
    source = (
        '{ kind = "formula", formula = "a", inputs = '
        '{ a = { indicator = "energy_use", unit = "tce", at = "last year" } } }'
    )
    with pytest.raises(DefinitionError, match="'last year' is not a period"):
        compiled(overlay, entry("own", source=source))


def test_a_cycle_is_refused_with_its_path(overlay):
    one = formula("a", example=AN_EXAMPLE, a=("two", "tce"))
    two = formula("a", example=AN_EXAMPLE, a=("three", "tce"))
    three = formula("a", example=AN_EXAMPLE, a=("one", "tce"))
    with pytest.raises(DefinitionError, match="in a circle: ") as caught:
        compiled(overlay, entry("one", **one), entry("two", **two), entry("three", **three))
    path = str(caught.value).partition("circle: ")[2].split(" → ")
    assert path[0] == path[-1]
    needs = {"one": "two", "two": "three", "three": "one"}
    assert all(needs[first] == second for first, second in pairwise(path))
    assert len(path) == 4


def test_needing_itself_a_year_before_is_a_cycle(overlay):
    source = (
        '{ kind = "formula", formula = "a", inputs = '
        '{ a = { indicator = "own", unit = "tce", at = "year_before" } } }'
    )
    with pytest.raises(DefinitionError, match="circle: own → own"):
        compiled(overlay, entry("own", source=source, examples=f"[{AN_EXAMPLE}]"))


def test_an_operator_cannot_redefine_ours(overlay):
    with pytest.raises(DefinitionError, match="'energy_use' is already defined in domains/carbon"):
        compiled(overlay, entry("energy_use"))


def test_an_operator_adds_its_own(overlay):
    found = compiled(overlay, entry("own", **formula("a", example=AN_EXAMPLE, **A)))
    assert found.indicators["own"].domain == "operator"
    assert found.order.index("energy_use") < found.order.index("own")


def test_defaults_of_a_file_fill_its_entries(overlay):
    found = compiled(overlay, 'defaults = { unit = "TB" }', entry("own", unit=None))
    assert found.indicators["own"].unit == "TB"


def test_a_file_that_is_no_toml_is_refused(overlay):
    with pytest.raises(DefinitionError, match=r"own\.toml is not TOML in UTF-8"):
        compiled(overlay, "[[indicators]")
    with pytest.raises(DefinitionError, match="indicators: Field required"):
        compiled(overlay, "defaults = {}")


def test_inputs_stand_before_what_needs_them(ours):
    place = {name: index for index, name in enumerate(ours.order)}
    edges = [
        (item.indicator, name)
        for name in ours.order
        if isinstance(ours.indicators[name].source, Formula)
        for item in ours.indicators[name].source.inputs.values()
    ]
    assert len(edges) > 20
    assert all(place[needed] < place[name] for needed, name in edges)
    assert set(ours.order) == {i.id for i in ours.indicators.values() if i.status == "computed"}


def test_a_multiplier_is_exact(ours):
    found = ours.indicators
    assert found["energy_electricity_tce"].multiplier("electricity") == Fraction(1, 1000)
    assert found["scope1_combustion"].multiplier("diesel") == Fraction(1, 1000)
    assert found["scope2_location_heat"].multiplier("heat") == 1
    assert found["diesel_use"].multiplier("diesel") == Fraction(1, 1000)
    with pytest.raises(InputError, match="'diesel_use' does not count carrier 'heat'"):
        found["diesel_use"].multiplier("heat")


def test_a_ratio_of_arrays_has_no_data_where_it_has_none(ours):
    found = ours.indicators["energy_per_traffic"].evaluate(
        {"energy": np.array([2020.0, 2020.0, np.nan]), "traffic": np.array([1000.0, 0.0, 10.0])}
    )
    np.testing.assert_allclose(found, [2.02, np.nan, np.nan])


def test_an_optional_input_counts_nothing_unless_all_are_missing(ours):
    scope1 = ours.indicators["scope1"]
    assert scope1.evaluate({"combustion": 3.0}) == 3.0
    assert scope1.evaluate({"declared": 0.0}) == 0.0
    assert isnan(scope1.evaluate({}))
    found = scope1.evaluate(
        {"combustion": np.array([1.0, np.nan, np.nan]), "declared": np.array([np.nan, 2.0, np.nan])}
    )
    np.testing.assert_array_equal(found, [1.0, 2.0, np.nan])


def test_energy_without_electricity_is_no_data(ours):
    assert isnan(ours.indicators["energy_use"].evaluate({"heat": 1.0, "fuel": 1.0}))


def test_an_indicator_without_formula_does_not_evaluate(ours):
    with pytest.raises(InputError, match="'electricity_use' has no formula"):
        ours.indicators["electricity_use"].evaluate({})


def test_a_change_may_be_negative(ours):
    change = ours.indicators["energy_per_traffic_change_yoy"]
    assert change.evaluate({"now": 2.0, "before": 2.5}) == pytest.approx(-20.0)
    assert change.bounds == (-100.0, inf)
    assert change.source.inputs["before"].at == "year_before"


def test_every_indicator_has_its_names_and_a_unit(ours):
    assert len(ours.indicators) > 300
    for indicator in ours.indicators.values():
        dimension(indicator.unit)
        assert set(indicator.name) == {"zh-hant", "zh-hans", "en"}
        assert indicator.domain in ours.domains


def test_simplified_names_hold_no_traditional_characters(ours):
    names = "".join(indicator.name["zh-hans"] for indicator in ours.indicators.values())
    assert not set(names) & set("電網絡業務數據點個萬億員會區統認證測計節減雲鄉幫縣")
    assert "「" not in names


@pytest.mark.shared
def test_every_reported_figure_has_an_entry(ours, shared_data):
    with (shared_data / "carbon" / "seed_indicators.csv").open(encoding="utf-8") as file:
        reported = {row["id"] for row in csv.DictReader(file)}
    assert len(reported) == 285
    assert {i.id for i in ours.indicators.values() if i.reported} == reported

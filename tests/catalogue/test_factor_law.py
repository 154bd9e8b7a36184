"""No lookup returns 0 for a factor that is missing; both methods of scope 2 know their order."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.catalogue import MissingFactorError, load
from commonweal.errors import DefinitionError
from tests.catalogue.conftest import NAMES

_OURS = load()  # strategies need its tables before any fixture exists


@given(
    table=st.sampled_from(sorted(_OURS.factors)),
    carrier=st.sampled_from([*sorted(_OURS.carriers), "plutonium"]),
    place=st.sampled_from([*sorted(_OURS.places), "CN-QQ", "*", ""]),
    year=st.integers(1980, 2060),
    known_at=st.datetimes(datetime(1990, 1, 2), datetime(2060, 1, 1)),  # noqa: DTZ001 - a zone follows
)
def test_a_lookup_finds_a_row_as_published_or_refuses(table, carrier, place, year, known_at):
    asked = _OURS.factors[table]
    try:
        found = asked.find(
            carrier=carrier, place=place, year=year, known_at=known_at.replace(tzinfo=UTC)
        )
    except MissingFactorError as fault:
        assert carrier in str(fault)  # noqa: PT017 - both ends are right
        return
    rows = {row.reference: row for each in _OURS.factors.values() for row in each.rows}
    assert rows[found.row.reference] is found.row
    assert found.row.carrier == carrier
    assert found.row.data_year <= year
    assert found.row.value > 0
    if found.row.place not in (place, "*"):
        assert any(step.startswith("place ") for step in found.steps)
    if found.row.factor != table:
        assert found.steps[0] == f"factor {found.row.factor} instead of {table}"


@pytest.mark.parametrize(
    ("known_year", "average", "residual"), [(2025, "0.5366", "0.5856"), (2026, "0.5306", "0.6096")]
)
def test_a_report_of_2024_uses_the_grid_known_when_it_was_printed(known_year, average, residual):
    key = {"carrier": "electricity", "place": "CN", "year": 2024}
    spring = datetime(known_year, 4, 1, tzinfo=UTC)
    for table, value in (("grid_average", average), ("grid_residual", residual)):
        found = _OURS.factors[table].find(**key, known_at=spring)
        assert str(found.row.value) == value
        assert found.steps[-1] == f"carried forward from {known_year - 3}"


def test_the_residual_mix_has_a_row_for_every_year_that_the_average_has_since_2021():
    average = {r.data_year: r for r in _OURS.factors["grid_average"].rows if r.place == "CN"}
    residual = {r.data_year: r for r in _OURS.factors["grid_residual"].rows}
    assert set(average) == set(residual) == {2021, 2022, 2023}
    for year, row in residual.items():
        assert row.known_from == average[year].known_from
        assert row.value > average[year].value


def test_before_any_residual_mix_the_market_method_takes_the_average_and_says_so():
    found = _OURS.factors["grid_residual"].find(
        carrier="electricity", place="CN-ZJ", year=2020, known_at=datetime(2021, 4, 12, tzinfo=UTC)
    )
    assert found.row.value == Decimal("0.7035")
    assert found.steps == (
        "factor grid_average instead of grid_residual",
        "place CN-R-EC instead of CN-ZJ",
        "carried forward from 2012",
    )


@pytest.mark.parametrize(
    ("otherwise", "rule"),
    [
        ("nowhere", "otherwise 'nowhere' is no table without a further one"),
        ("grid_residual", "otherwise 'grid_residual' is no table without a further one"),
        ("coal_equivalent", "which has electricity in 'kgce/kWh' instead of 'kgco2e/kWh'"),
    ],
)
def test_a_table_to_ask_otherwise_must_answer_in_the_same_unit(overlay, otherwise, rule):
    header = f'id = "own"\nname = {NAMES}\nsource = "ours"\notherwise = "{otherwise}"\n'
    row = (
        '[[rows]]\ncarrier = "electricity"\nplace = "CN"\nvalue = 0.5\nunit = "kgco2e/kWh"\n'
        'data_year = 2024\nknown_from = 2025-01-01\nsource = "a notice"\nstatus = "invented"\n'
    )
    with pytest.raises(DefinitionError, match=rule):
        load(overlay("factors/own.toml", header + row))


def test_an_operators_own_rows_of_the_average_reach_the_residual_too(overlay):
    folder = overlay(
        "factors/grid_average.csv",
        "carrier,place,value,unit,data_year,known_from,source,status\n"
        "electricity,CN-HK,0.6800,kgco2e/kWh,2022,2024-01-01,a supplier's statement,invented\n",
    )
    found = (
        load(folder)
        .factors["grid_residual"]
        .find(
            carrier="electricity",
            place="CN-HK",
            year=2022,
            known_at=datetime(2025, 1, 1, tzinfo=UTC),
        )
    )
    assert str(found.row.value) == "0.6800"

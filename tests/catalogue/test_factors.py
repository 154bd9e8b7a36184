"""Looking a factor up: two time axes, places, named steps, never 0."""

from datetime import UTC, datetime
from decimal import Decimal
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.catalogue import MissingFactorError, load
from commonweal.errors import InputError


def at(year, month=1, day=1):
    return datetime(year, month, day, tzinfo=UTC)


def grid(ours, place, year, known_at):
    return ours.factors["grid_average"].find(
        carrier="electricity", place=place, year=year, known_at=known_at
    )


def test_the_factor_of_the_year_is_an_exact_answer(ours):
    choice = grid(ours, "CN-GD", 2022, at(2025, 3))
    assert (choice.row.value, choice.steps) == (Decimal("0.4403"), ())


@pytest.mark.parametrize(
    ("known_at", "value", "data_year"),
    [
        (at(2024, 6, 30), "0.5568", 2021),
        (at(2025, 6, 30), "0.5366", 2022),
        (at(2026, 6, 30), "0.5306", 2023),
    ],
)
def test_a_report_of_2023_is_rebuilt_with_the_factor_known_then(ours, known_at, value, data_year):
    choice = grid(ours, "CN", 2023, known_at)
    assert (str(choice.row.value), choice.row.data_year) == (value, data_year)


def test_a_later_year_carries_forward_and_says_so(ours):
    assert grid(ours, "CN-GD", 2024, at(2025, 3)).steps == ("carried forward from 2022",)


def test_a_factor_is_known_from_the_business_day_of_its_publication(ours):
    eve = datetime(2024, 12, 19, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    midnight = datetime(2024, 12, 19, 16, 0, tzinfo=UTC)
    assert grid(ours, "CN", 2022, eve).row.data_year == 2021
    assert grid(ours, "CN", 2022, midnight).row.data_year == 2022


def test_a_naive_instant_is_refused(ours):
    with pytest.raises(InputError, match="has no time zone"):
        grid(ours, "CN", 2022, datetime(2025, 1, 1))  # noqa: DTZ001 - the point of the test


def test_tibet_takes_the_national_value_as_a_named_step(ours):
    choice = grid(ours, "CN-XZ", 2024, at(2025, 3))
    assert str(choice.row.value) == "0.5366"
    assert choice.steps == ("place CN instead of CN-XZ", "carried forward from 2022")


def test_before_the_provincial_tables_a_province_takes_its_region(ours):
    choice = grid(ours, "CN-ZJ", 2020, at(2021, 4, 12))
    assert str(choice.row.value) == "0.7035"
    assert choice.steps == ("place CN-R-EC instead of CN-ZJ", "carried forward from 2012")


@pytest.mark.parametrize("place", ["CN-HK", "CN-MO", "CN-TW", "CN-QQ"])
def test_a_place_outside_the_tables_has_no_fallback(ours, place):
    with pytest.raises(MissingFactorError, match=f"electricity in {place} for 2024") as caught:
        grid(ours, place, 2024, at(2025))
    assert "append a row to catalogue/definitions/factors/grid_average.csv" in caught.value.hint
    assert f"place {place}, data_year 2024" in caught.value.hint


def test_a_factor_of_the_future_is_not_used_for_the_past(ours):
    with pytest.raises(MissingFactorError, match="known on 2012-01-01"):
        grid(ours, "CN-ZJ", 2012, at(2012))
    with pytest.raises(MissingFactorError, match="for 2011"):
        grid(ours, "CN-ZJ", 2011, at(2025))


def test_an_edition_holds_until_the_next_without_a_step(ours):
    table = ours.factors["coal_equivalent"]
    choice = table.find(carrier="electricity", place="CN-GD", year=2024, known_at=at(2025))
    assert (str(choice.row.value), choice.steps) == ("0.1229", ())


def test_the_supply_basis_is_two_and_a_half_times_the_equivalent(ours):
    key = {"carrier": "electricity", "place": "CN", "year": 2024, "known_at": at(2025)}
    equivalent = ours.factors["coal_equivalent"].find(**key).row.value
    supply = ours.factors["coal_supply"].find(**key).row.value
    assert round(supply / equivalent, 2) == Decimal("2.52")


def test_the_residual_mix_rises_while_the_average_falls(ours):
    def series(table):
        found = ours.factors[table]
        years = (2021, 2022, 2023)
        key = {"carrier": "electricity", "place": "CN", "known_at": at(2026, 2)}
        return [found.find(**key, year=year).row.value for year in years]

    assert [str(value) for value in series("grid_residual")] == ["0.5942", "0.5856", "0.6096"]
    assert [str(value) for value in series("grid_average")] == ["0.5568", "0.5366", "0.5306"]


def test_of_2023_against_2022_twenty_provinces_fell_and_ten_rose(ours):
    provinces = [p.code for p in ours.places.values() if p.adcode and p.parent.startswith("CN-R")]
    known = at(2026, 2)
    changes = [
        grid(ours, code, 2023, known).row.value - grid(ours, code, 2022, known).row.value
        for code in provinces
    ]
    assert (sum(c < 0 for c in changes), sum(c > 0 for c in changes)) == (20, 10)


def test_a_correction_published_later_is_used_from_then_on(overlay):
    folder = overlay(
        "factors/grid_average.csv",
        "carrier,place,value,unit,data_year,known_from,source,status\n"
        "electricity,CN-GD,0.4500,kgco2e/kWh,2022,2025-06-01,a corrected notice,invented\n",
    )
    found = load(folder)
    assert str(grid(found, "CN-GD", 2022, at(2025, 5)).row.value) == "0.4403"
    assert str(grid(found, "CN-GD", 2022, at(2025, 7)).row.value) == "0.4500"


def test_an_operator_adds_a_place_and_its_factor(overlay):
    folder = overlay(
        "places.csv",
        "code,parent,name_zh-hant,name_zh-hans,name_en,longitude_deg,latitude_deg,source\n"
        "CN-ZJ-NB,CN-ZJ,寧波,宁波,Ningbo,121.55,29.87,by eye\n",
    )
    assert grid(load(folder), "CN-ZJ-NB", 2022, at(2025)).steps == (
        "place CN-ZJ instead of CN-ZJ-NB",
    )
    overlay(
        "factors/grid_average.toml",
        'id = "grid_average"\n[[rows]]\ncarrier = "electricity"\nplace = "CN-ZJ-NB"\n'
        'value = 0.64\nunit = "kgco2e/kWh"\ndata_year = 2021\nknown_from = 2022-01-01\n'
        'source = "a municipal guideline"\nstatus = "from a verification report"\n',
    )
    choice = grid(load(folder), "CN-ZJ-NB", 2021, at(2025))
    assert (str(choice.row.value), choice.steps) == ("0.64", ())


@given(
    place=st.sampled_from(["CN", "CN-GD", "CN-XZ", "CN-SC", "CN-R-NE"]),
    year=st.integers(2005, 2030),
    early=st.datetimes(datetime(2010, 1, 1), datetime(2028, 1, 1)),  # noqa: DTZ001 - a zone follows
    later_days=st.integers(0, 4000),
)
def test_an_answer_is_never_from_the_future_and_never_gets_older(
    ours, place, year, early, later_days
):
    first = early.replace(tzinfo=UTC)
    second = datetime.fromtimestamp(first.timestamp() + later_days * 86400, UTC)
    try:
        before = grid(ours, place, year, first).row
    except MissingFactorError:
        return
    after = grid(ours, place, year, second).row
    assert before.known_from <= second.date()
    assert before.data_year <= year
    assert ours.places[place].code.startswith(after.place[:2])
    if before.place == after.place:
        assert (after.data_year, after.known_from) >= (before.data_year, before.known_from)


def test_ten_thousand_keys_are_found_in_a_moment(ours):
    alone = {*ours.factors["grid_average"].alone, "GB"}
    places = [code for code in ours.places if code not in alone]
    keys = [(place, year) for place in places for year in range(2021, 2031)] * 26
    started = perf_counter()
    for place, year in keys:
        grid(ours, place, year, at(2026, 6))
    assert len(keys) > 10_000
    assert perf_counter() - started < 2.0

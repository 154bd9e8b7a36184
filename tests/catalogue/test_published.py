"""Our factors against the collected tables, and against two published verified inventories."""

import csv
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

import pytest

from commonweal.catalogue import load

pytestmark = pytest.mark.shared
PUBLISHED = {"average (location-based)", "average (location-based), old method"}


@pytest.fixture
def table(shared_data):
    def read(name):
        with (shared_data / "carbon" / name).open(encoding="utf-8") as file:
            return list(csv.DictReader(file))

    return read


def test_every_published_grid_average_is_carried_over_unchanged(ours, table):
    published = {
        (row["code"], int(row["data_year"])): row["factor_kgco2_per_kwh"]
        for row in table("china_grid_factors.csv")
        if row["basis"] in PUBLISHED
    }
    rows = ours.factors["grid_average"].rows
    assert len(published) == 120
    assert {(row.place, row.data_year): str(row.value) for row in rows} == published


@pytest.mark.parametrize(
    ("factor", "name"),
    [
        ("combustion_co2", "industry_guideline"),
        ("combustion_co2_provincial", "provincial_guideline_2025"),
    ],
)
def test_every_fuel_factor_is_that_of_its_own_table(ours, table, factor, name):
    published = {
        row["id"]: Decimal(row["ef_tco2_per_unit"])
        for row in table("fuel_factors_cn.csv")
        if row["table"] == name
    }
    published["raw_coal"] = published["bituminous"]
    for row in ours.factors[factor].rows:
        per_10000_m3 = 10 if row.unit == "kgco2e/m3" else 1
        assert row.value * per_10000_m3 == published[row.carrier], row.carrier


def test_every_coal_equivalent_is_that_of_the_standard(ours, table):
    published = {row["id"]: row for row in table("coal_equivalents_cn.csv")}
    names = {
        "electricity": "electricity_equivalent",
        "electricity_pv_own": "electricity_equivalent",
        "heat": "heat_equivalent",
        "steam": "heat_equivalent",
        "natural_gas": "natural_gas_high",
    }
    for row in ours.factors["coal_equivalent"].rows:
        standard = published[names.get(row.carrier, row.carrier)]
        per_mj = 1000 if row.carrier in {"heat", "steam"} else 1
        assert row.value == Decimal(standard["kgce_per_unit"]) * per_mj, row.carrier


def cents(tonnes):
    return tonnes.quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_a_verified_inventory_of_2020_is_recomputed_to_the_cent(ours, table):
    case = next(row for row in table("verification_cases.csv") if row["year"] == "2020")
    reported_at = datetime.fromisoformat(case["report_date"]).replace(tzinfo=UTC)
    choice = ours.factors["grid_average"].find(
        carrier="electricity", place="CN-ZJ", year=2020, known_at=reported_at
    )
    multiplier = ours.indicators["scope2_location_electricity"].multiplier("electricity")
    kwh = Decimal(case["electricity_mwh"]) * 1000
    tonnes = kwh * choice.row.value * multiplier.numerator / multiplier.denominator
    assert cents(tonnes) == Decimal(case["total_verified_tco2"])
    assert choice.steps == ("place CN-R-EC instead of CN-ZJ", "carried forward from 2012")


def test_a_verified_inventory_with_a_municipal_factor_is_recomputed_to_the_cent(overlay, table):
    case = next(row for row in table("verification_cases.csv") if row["year"] == "2021")
    overlay(
        "places.csv",
        "code,parent,name_zh-hant,name_zh-hans,name_en,longitude_deg,latitude_deg,source\n"
        "CN-ZJ-NB,CN-ZJ,寧波,宁波,Ningbo,121.55,29.87,by eye\n",
    )
    folder = overlay(
        "factors/grid_average.csv",
        "carrier,place,value,unit,data_year,known_from,source,status\n"
        f"electricity,CN-ZJ-NB,{case['factor_verified']},kgco2e/kWh,2021,2022-01-01,"
        f"{case['factor_source']},verified\n",
    )
    choice = (
        load(folder)
        .factors["grid_average"]
        .find(
            carrier="electricity",
            place="CN-ZJ-NB",
            year=2021,
            known_at=datetime.fromisoformat(case["report_date"]).replace(tzinfo=UTC),
        )
    )
    electricity = Decimal(case["electricity_mwh"]) * choice.row.value
    assert cents(electricity + Decimal(case["other_tco2"])) == Decimal(case["total_verified_tco2"])
    assert choice.steps == ()

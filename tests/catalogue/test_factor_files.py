"""Factor files: what is refused, by rule; values that circulate in public code and are wrong."""

from decimal import Decimal

import pytest

from commonweal.catalogue import load
from commonweal.errors import DefinitionError
from tests.catalogue.conftest import NAMES

HEADER = "carrier,place,value,unit,data_year,known_from,source,status"


def row(**changes):
    cells = {
        "carrier": "electricity",
        "place": "CN-GD",
        "value": "0.45",
        "unit": "kgco2e/kWh",
        "data_year": "2024",
        "known_from": "2026-12-01",
        "source": "a notice",
        "status": "invented",
    } | changes
    return ",".join(cells) + "\n" + ",".join(cells.values()) + "\n"


def fuel(**changes):
    cells = {
        "carrier": "diesel",
        "place": "*",
        "value": "3.145122",
        "unit": "tco2e/t",
        "data_year": "2026",
        "known_from": "2026-12-01",
        "source": "a notice",
        "status": "invented",
        "lhv_gj": "43.33",
        "carbon_tc_per_gj": "0.0202",
        "oxidation": "0.98",
    } | changes
    return ",".join(cells) + "\n" + ",".join(cells.values()) + "\n"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"carrier": "plutonium"}, "carrier 'plutonium' is not in carriers.toml"),
        ({"place": "CN-QQ"}, "place 'CN-QQ' is not in places.csv"),
        ({"unit": "kgco2e/MWh"}, "differs from 'kgco2e/kWh' of the other rows"),
        ({"value": "-0.1"}, "value: Input should be greater than or equal to 0"),
        ({"value": "nan"}, "value: Input should be a finite number"),
        ({"value": "0,45"}, "more cells than the header"),
        ({"data_year": "24"}, "data_year: Input should be greater than or equal to 1990"),
        ({"known_from": "2024-02-31"}, "known_from"),
        ({"source": ""}, "source: Field required"),
        ({"colour": "green"}, "colour: Extra inputs are not permitted"),
        ({"data_year": "2022", "known_from": "2024-12-20"}, "occurs twice"),
    ],
)
def test_a_wrong_row_is_refused_with_file_line_and_rule(overlay, changes, rule):
    folder = overlay("factors/grid_average.csv", row(**changes))
    with pytest.raises(DefinitionError, match=rule):
        load(folder)


def test_the_message_names_file_and_line(overlay):
    folder = overlay("factors/grid_average.csv", row() + row(value="x").split("\n")[1])
    with pytest.raises(DefinitionError, match=r"factors/grid_average.csv line 3: value: .* 'x'"):
        load(folder)


# Values found in published code (see the sources of the factors), each with a wrong unit or digit.
WRONG_COAL = {
    "natural gas, slipped by 1000": ("natural_gas", "0.0013", "kgce/m3"),
    "natural gas, at the value of diesel": ("natural_gas", "1.4571", "kgce/m3"),
    "electricity in kgce per MWh, called per kWh": ("electricity", "122.9", "kgce/kWh"),
}
WRONG_FUEL = {
    "coal at the value of coke, slipped by 10": ("raw_coal", "0.3043", "tco2e/t"),
    "natural gas at the value of diesel": ("natural_gas", "3.0959", "kgco2e/m3"),
    "lpg in kg per kg, called t per kg": ("lpg", "3.1013", "tco2e/kg"),
}


@pytest.mark.parametrize(("carrier", "value", "unit"), WRONG_COAL.values(), ids=WRONG_COAL)
def test_a_wrong_coal_equivalent_in_public_code_is_refused(overlay, carrier, value, unit):
    text = row(carrier=carrier, place="*", value=value, unit=unit)
    with pytest.raises(DefinitionError, match="is outside"):
        load(overlay("factors/coal_equivalent.csv", text))


@pytest.mark.parametrize(("carrier", "value", "unit"), WRONG_FUEL.values(), ids=WRONG_FUEL)
def test_a_wrong_emission_factor_in_public_code_is_refused(overlay, carrier, value, unit):
    text = row(carrier=carrier, place="*", value=value, unit=unit)
    with pytest.raises(DefinitionError, match="is outside"):
        load(overlay("factors/combustion_co2.csv", text))


@pytest.mark.parametrize(
    ("place", "value", "why"),
    [
        ("CN-R-CC", "0.5915", "no announcement has it"),
        ("CN-R-NW", "0.6666", "published is 0.6671"),
        ("CN-R-SC", "0.5267", r"published are 0.5257 \(Central\) and 0.5271 \(South\)"),
        ("CN", "0.5703", "it is no average of a year"),
        ("CN-XZ", "0.2268", "Southwest grid of 2022; Tibet has none"),
        ("CN-XZ", "0.24720", "Southwest grid of 2023; Tibet has none"),
    ],
)
def test_a_wrong_grid_factor_in_public_code_is_refused_by_name(overlay, place, value, why):
    with pytest.raises(DefinitionError, match=f"electricity {value} kgco2e/kWh in {place} .*{why}"):
        load(overlay("factors/grid_average.csv", row(place=place, value=value)))


def test_heat_by_region_without_a_source_is_refused(overlay):
    text = row(carrier="heat", place="CN-R-NE", value="0.12", unit="tco2e/GJ", source="")
    with pytest.raises(DefinitionError, match="source: Field required"):
        load(overlay("factors/heat_default.csv", text))


@pytest.mark.parametrize(
    ("factor", "carrier", "value", "unit"),
    [
        ("gwp_ar6", "r410a", "2.0880", "kgco2e/kg"),
        ("gwp_ar6", "sf6", "2520", "kgco2e/kg"),
        ("travel", "travel_rail", "35.46", "kgco2e/km"),
        ("travel", "travel_hotel", "0.0535", "kgco2e/item"),
        ("material_use", "material_paper", "1.345", "kgco2e/t"),
        ("spend", "spend_services", "50", "kgco2e/cny"),
    ],
)
def test_a_new_carrier_off_by_an_order_of_magnitude_is_refused(
    overlay, factor, carrier, value, unit
):
    text = row(carrier=carrier, place="CN", value=value, unit=unit)
    with pytest.raises(DefinitionError, match="is outside"):
        load(overlay(f"factors/{factor}.csv", text))


def test_methane_of_a_fuel_follows_from_its_parts(overlay):
    cells = fuel(value="0.0036267", carbon_tc_per_gj="", oxidation="", gas_kg_per_tj="30", gwp="28")
    with pytest.raises(DefinitionError, match=r"but LHV × kg/TJ × GWP gives 0\.0363972"):
        load(overlay("factors/combustion_ch4_ar5.csv", cells))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"uncertainty_share": "0.05"}, "uncertainty_share and uncertainty_source go together"),
        ({"gwp_set": "AR3"}, "gwp_set: Input should be"),
        ({"blend": "half of it"}, "blend: String should match"),
    ],
)
def test_what_a_row_says_of_itself_is_checked(overlay, changes, rule):
    with pytest.raises(DefinitionError, match=rule):
        load(overlay("factors/grid_average.csv", row(**changes)))


@pytest.mark.parametrize(
    ("carrier", "lhv_gj", "carbon_tc_per_gj", "oxidation"),
    [("gasoline", "44.8", "0.0189", "0.98"), ("lpg", "47.31", "0.0172", "0.99")],
)
def test_a_fuel_set_to_the_value_of_diesel_fails_its_own_parts(
    overlay, carrier, lhv_gj, carbon_tc_per_gj, oxidation
):
    text = fuel(
        carrier=carrier, lhv_gj=lhv_gj, carbon_tc_per_gj=carbon_tc_per_gj, oxidation=oxidation
    )
    with pytest.raises(DefinitionError, match="LHV × carbon content × oxidation × 44/12 gives"):
        load(overlay("factors/combustion_co2.csv", text))


def test_a_value_of_one_table_with_the_parts_of_the_other_is_refused(overlay):
    with pytest.raises(DefinitionError, match=r"3\.145122 tco2e/t, but LHV .* gives 3.09591"):
        load(overlay("factors/combustion_co2.csv", fuel(lhv_gj="42.652")))


def test_a_right_row_is_added(overlay):
    found = load(overlay("factors/combustion_co2.csv", fuel()))
    assert found.factors["combustion_co2"].rows[-1].value == Decimal("3.145122")


def test_kilocalories_reproduce_the_coal_equivalent(overlay):
    text = row(carrier="diesel", place="*", value="1.4714", unit="kgce/kg", kcal="10200")
    with pytest.raises(
        DefinitionError, match=r"1\.4714 kgce/kg, but 10200 kcal / 7000 gives 1.457"
    ):
        load(overlay("factors/coal_equivalent.csv", text))


def test_heating_values_reproduce_every_shipped_row_that_states_them(ours):
    stated = [r for t in ours.factors.values() for r in t.rows if r.lhv_gj or r.kcal]
    assert len(stated) >= 37


def test_the_grid_values_of_2012_that_circulate_wrongly_are_not_ours(ours):
    rows = [r for r in ours.factors["grid_average"].rows if r.data_year == 2012]
    assert {"0.5915", "0.6666", "0.5267"}.isdisjoint({str(r.value) for r in rows})
    assert {r.place: str(r.value) for r in rows}["CN-R-EC"] == "0.7035"
    assert all(r.value != Decimal("0.5703") for r in ours.factors["grid_average"].rows)


@pytest.mark.parametrize(
    ("path", "text", "rule"),
    [
        ("factors/own.csv", row(), "adds rows to the unknown factor 'own'"),
        ("factors/own.toml", 'id = "other"\n', "'other' is not the name of the file"),
        ("factors/own.toml", "id = ", "is not TOML"),
        ("factors/grid_average.toml", 'id = "grid_average"\nfallback = []\n', "fallback: Extra"),
        (
            "factors/own.toml",
            f'id = "own"\nname = {NAMES}\nsource = "ours"\nfallback = ["CN-QQ"]\n',
            "'CN-QQ' in its header is no place",
        ),
        ("factors/own.toml", 'id = "own"\nsource = "ours"\n', "name: Field required"),
    ],
)
def test_a_wrong_header_is_refused(overlay, path, text, rule):
    with pytest.raises(DefinitionError, match=rule):
        load(overlay(path, text))


def test_a_file_that_is_no_utf8_is_refused(overlay, tmp_path):
    folder = overlay("factors/grid_average.csv", "")
    (tmp_path / "factors/grid_average.csv").write_bytes("載,體\n".encode("big5"))
    with pytest.raises(DefinitionError, match=r"grid_average\.csv is not CSV in UTF-8"):
        load(folder)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("CN-GD,CN,廣東,广东,Guangdong,113,23,twice", "place 'CN-GD' is defined twice"),
        ("CN-ZJ-X,CN-QQ,名,名,name,121,29,ours", "parent 'CN-QQ' of 'CN-ZJ-X' is not defined"),
        ("CN-ZJ-X,CN-ZJ,名,,name,121,29,ours", "name: Dictionary should have at least 3 items"),
        ("CN-ZJ-X,CN-ZJ,名,名,name,181,29,ours", "longitude_deg: Input should be less than"),
    ],
)
def test_a_wrong_place_is_refused(overlay, line, rule):
    header = "code,parent,name_zh-hant,name_zh-hans,name_en,longitude_deg,latitude_deg,source\n"
    with pytest.raises(DefinitionError, match=rule):
        load(overlay("places.csv", header + line + "\n"))

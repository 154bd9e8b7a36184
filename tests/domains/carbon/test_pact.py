"""Product footprints of the PACT exchange: read strictly, sums linted."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.domains.carbon.value_chain.pact import ProductFootprint, footprints_parse
from commonweal.errors import InputError

PF = "91715e5e-fd0b-4d1c-8fab-76290c46e6ed"


def entry(*, pcf=None, **changes):
    """Return a footprint of one rectifier; a value given as None leaves its key out."""
    carbon = {
        "declaredUnitOfMeasurement": "piece",
        "declaredUnitAmount": "1",
        "productMassPerDeclaredUnit": "12.5",
        "referencePeriodStart": "2023-01-01T00:00:00+08:00",
        "referencePeriodEnd": "2024-01-01T00:00:00+08:00",
        "pcfExcludingBiogenicUptake": "182.4",
        "pcfIncludingBiogenicUptake": "181.9",
        "fossilGhgEmissions": "180.0",
        "landUseChangeGhgEmissions": "2.4",
        "biogenicCO2Uptake": "-0.5",
        "fossilCarbonContent": "0",
        "ipccCharacterizationFactors": ["AR6"],
        "crossSectoralStandards": ["ISO14067"],
        "exemptedEmissionsPercent": "0",
        "primaryDataShare": "56.12",
    }
    whole = {
        "id": PF,
        "specVersion": "3.0.0",
        "created": "2024-03-01T09:32:20Z",
        "status": "Active",
        "companyName": "Harbour Rectifiers",
        "companyIds": ["urn:pact:harbour:company:1"],
        "productDescription": "Rectifier module",
        "productIds": ["urn:gtin:5695872369587"],
        "productNameCompany": "Rectifier 48 V 3 kW",
        "pcf": carbon | (pcf or {}),
    }
    whole |= changes
    whole["pcf"] = {k: v for k, v in whole["pcf"].items() if v is not None}
    return {k: v for k, v in whole.items() if v is not None}


def one(**kwargs):
    (found,) = footprints_parse(json.dumps({"data": [entry(**kwargs)]}))
    return found


def test_a_footprint_is_read_exactly():
    found = one()
    assert isinstance(found, ProductFootprint)
    assert found.pcf_kgco2e == Decimal("182.4")  # without uptake: what scope 3 counts
    assert (found.valid_from, found.valid_until) == (date(2023, 1, 1), date(2027, 1, 1))
    assert found.gwp_set == "AR6"
    assert found.primary_share == Decimal("56.12")


def test_the_specifications_own_example_fails_its_sum():
    """1.85 less an uptake of 1.5 is not 1.63."""
    parts = {
        "pcfExcludingBiogenicUptake": "1.85",
        "pcfIncludingBiogenicUptake": "1.63",
        "fossilGhgEmissions": "1.5",
        "landUseChangeGhgEmissions": None,
        "landManagementBiogenicCO2Emissions": "0.6",
        "landManagementBiogenicCO2Removals": "-0.4",
        "biogenicCO2Uptake": "-1.5",
        "aircraftGhgEmissions": "0.2",
    }
    said = "is 1.63, but pcfExcludingBiogenicUptake 1.85 + biogenicCO2Uptake -1.5 gives 0.35"
    assert said in str(one(pcf=parts))
    assert isinstance(one(pcf=parts | {"pcfIncludingBiogenicUptake": "0.35"}), ProductFootprint)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"specVersion": "2.3.0"}, "specVersion is '2.3.0', not 3"),
        ({"status": "Retired"}, "status is 'Retired'"),
        ({"id": "4711"}, "'4711' is no UUID"),
        ({"companyName": None}, "companyName is missing"),
        ({"productIds": []}, "productIds is missing or empty"),
        ({"precedingPfIds": ["x"]}, "'x' is no UUID"),
        ({"validityPeriodEnd": "2022-01-01T00:00:00Z"}, "the end does not lie after the start"),
        ({"validityPeriodEnd": "2027-01-01T00:00:00"}, "has no time zone"),
        ({"validityPeriodEnd": "soon"}, "is no instant"),
    ],
)
def test_a_wrong_footprint_is_refused_with_its_rule(changes, rule):
    assert rule in str(one(**changes))


@pytest.mark.parametrize(
    ("pcf", "rule"),
    [
        ({"pcfExcludingBiogenicUptake": 182.4}, "is no decimal in a string: Decimal('182.4')"),
        ({"declaredUnitAmount": "0"}, "declaredUnitAmount is 0, not more than 0"),
        ({"declaredUnitOfMeasurement": "dozen"}, "declaredUnitOfMeasurement is 'dozen'"),
        ({"fossilGhgEmissions": "-1"}, "fossilGhgEmissions is -1, below 0"),
        ({"biogenicCO2Uptake": "0.5"}, "biogenicCO2Uptake is 0.5, above 0"),
        ({"fossilGhgEmissions": None}, "fossilGhgEmissions is no decimal"),
        ({"referencePeriodEnd": None}, "referencePeriodEnd is missing"),
        ({"fossilGhgEmissions": "1e3"}, "no decimal in a string"),
    ],
)
def test_a_wrong_carbon_part_is_refused_with_its_rule(pcf, rule):
    assert rule in str(one(pcf=pcf))


def test_numbers_of_json_are_refused_even_where_they_would_print_alike():
    text = json.dumps(entry()).replace('"182.4"', "182.4")
    (refusal,) = footprints_parse(text)
    assert isinstance(refusal, InputError)


@pytest.mark.parametrize("text", ["", "[1]", "{"])
def test_what_is_no_json_of_footprints_is_refused_whole(text):
    with pytest.raises(InputError, match="footprint"):
        footprints_parse(text)


@given(
    parts=st.lists(st.decimals(0, 1000, places=2), min_size=2, max_size=2),
    off=st.decimals("0.02", 10, places=2),
)
def test_sums_within_the_printed_digits_pass_and_others_do_not(parts, off):
    fossil, land = parts
    total = fossil + land
    pcf = {
        "fossilGhgEmissions": str(fossil),
        "landUseChangeGhgEmissions": str(land),
        "biogenicCO2Uptake": None,
        "pcfExcludingBiogenicUptake": str(total),
        "pcfIncludingBiogenicUptake": str(total),
    }
    assert isinstance(one(pcf=pcf), ProductFootprint)
    wrong = {"pcfExcludingBiogenicUptake": str(total + off)}
    assert isinstance(one(pcf=pcf | wrong), InputError)

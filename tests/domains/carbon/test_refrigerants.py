"""Scope 1 beside combustion CO2: other gases of burning, and gases that leak, by two gas sets."""

from decimal import Decimal

import pytest

from commonweal.catalogue import load
from commonweal.errors import DefinitionError
from commonweal.kernel.compute.models import Finding
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.org.models import Node
from tests.kernel.compute.test_compute import run, value

FUEL = "site_id,start_date,end_date,carrier,quantity,unit"
HEADER = "site_id,gas,topped_up_date,work_order,quantity_kg"


def test_a_leak_counts_by_the_gas_set_and_a_blend_by_its_parts(operator):
    operator.send(
        "refrigerants",
        HEADER,
        "S-GD,r410a,2024-06-18,WO-1,2",
        "S-GD,r410a,2024-06-18,WO-2,1",
        "S-XZ,sf6,2024-07-01,WO-3,0.5",
    )
    run("2024", "2024-06")
    assert value("scope1_refrigerants", "GD") == Decimal(3) * Decimal("2.2555")
    assert value("scope1_refrigerants_ar5", "GD") == Decimal(3) * Decimal("1.9235")
    assert value("scope1_refrigerants") == Decimal("6.7665") + Decimal("12.6")
    assert value("scope1_refrigerants", of="2024-06") == Decimal("6.7665")
    line = Fact.objects.get(indicator="scope1_refrigerants", node="XZ").lineage["lines"][0]
    assert line["factor"]["id"].startswith("gwp_ar6/sf6")


def test_a_gas_of_the_montreal_protocol_stays_outside_the_scopes(operator):
    operator.send("refrigerants", HEADER, "S-GD,r22,2024-06-18,WO-1,1")
    run("2024")
    assert value("refrigerants_outside_scopes") == Decimal("1.96")
    assert not Fact.objects.filter(indicator__in=["scope1_refrigerants", "scope1"]).exists()


def test_burning_tells_three_gases(operator):
    operator.send(
        "fuel_use",
        "site_id,start_date,end_date,carrier,quantity,unit",
        "S-GD,2024-01-01,2024-02-01,diesel,10,t",
    )
    run("2024")
    assert value("scope1_combustion") == Decimal("31.45122")
    methane = Decimal("43.33") * 3 / 1000 * Decimal("27.9") / 1000 * 10
    oxide = Decimal("43.33") * Decimal("0.6") / 1000 * 273 / 1000 * 10
    assert value("scope1_combustion_ch4") == round(methane, 6)
    assert value("scope1_combustion_n2o") == round(oxide, 6)
    assert value("scope1") == pytest.approx(
        Decimal("31.45122") + methane + oxide, abs=Decimal("1e-5")
    )


def test_an_unknown_gas_is_kept_as_a_reject(operator):
    result = operator.send("refrigerants", HEADER, "S-GD,r999,2024-06-18,WO-1,1")
    assert (result.n_accepted, result.n_rejected) == (0, 1)


@pytest.mark.parametrize(
    ("blend", "value_", "rule"),
    [
        ("r32:0.5 r125:0.5", "2088", r"2088 kgco2e/kg, but its parts .* gives 2255\.5"),
        ("r32:0.5 r125:0.4", "2255.5", r"shares of the blend add up to 0\.9"),
        ("r32:0.5 r999:0.5", "2255.5", "no row for 'r999', a part of the blend"),
    ],
)
def test_a_blend_that_does_not_follow_from_its_parts_is_refused(tmp_path, blend, value_, rule):
    (tmp_path / "factors").mkdir()
    (tmp_path / "factors/gwp_ar6.csv").write_text(
        "carrier,value,unit,data_year,known_from,source,status,gwp_set,blend\n"
        f"r410a,{value_},kgco2e/kg,1991,2022-01-01,a data sheet,invented,AR6,{blend}\n"
    )
    with pytest.raises(DefinitionError, match=rule):
        load(tmp_path)


def test_vehicles_and_generators_are_told_apart_and_add_up(operator):
    operator.send(
        "fuel_use",
        FUEL,
        "S-GD,2024-01-01,2024-02-01,diesel,10,t",
        "S-GD,2024-01-01,2024-02-01,gasoline,1,t",
    )
    run("2024")
    assert value("scope1_mobile") == Decimal("3.042547")
    parts = value("scope1_mobile") + value("scope1_stationary")
    assert value("scope1_combustion") == parts


def test_what_is_declared_beside_fuel_is_noticed_where_it_is_declared(operator):
    operator.send("fuel_use", FUEL, "S-GD,2024-01-01,2024-02-01,diesel,10,t")
    operator.send(
        "submissions",
        "node_id,indicator,start_date,end_date,value,unit",
        "GD,scope1_declared,2024-01-01,2025-01-01,30,tCO2e",
        "XZ,scope1_declared,2024-01-01,2025-01-01,5,tCO2e",
    )
    run("2024")
    assert value("scope1", "GD") > Decimal("61.4")  # both are counted, and it is said
    found = Finding.objects.filter(rule="declared_beside scope1_combustion", cleared_at=None)
    names = dict(Node.objects.values_list("pk", "code"))
    assert [names[each.subject_id] for each in found] == ["GD"]
    assert float(found.get().quantity) == pytest.approx(31.45122)

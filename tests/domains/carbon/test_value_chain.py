"""Scope 3: one method for each purchase, footprints as known at an instant, travel, leases."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from commonweal.catalogue import MissingFactorError, catalogue
from commonweal.cli.main import application
from commonweal.domains.carbon.value_chain import demo
from commonweal.domains.carbon.value_chain.importing import footprints_import
from commonweal.domains.carbon.value_chain.models import Footprint
from commonweal.domains.carbon.value_chain.pages import methods
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.accounts.scopes import Principal, Scope
from commonweal.kernel.compute.evaluation import evaluate
from commonweal.kernel.compute.models import Finding
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.org.models import Node
from commonweal.kernel.programmes.pages import Asked
from commonweal.kernel.programmes.services import record_act
from commonweal.kernel.programmes.services.refusals import RefusedError
from commonweal.periods import period
from tests.domains.carbon.test_pact import PF, entry
from tests.kernel.compute.test_compute import run as run_at
from tests.kernel.compute.test_compute import value

NEXT = "079e425a-464f-428d-841d-4a944a1dfd70"
NOW = datetime(2025, 7, 1, tzinfo=UTC)  # the factors of 2025 are known
BEFORE = NOW - timedelta(days=150)
PURCHASES = (
    "node_id,purchase,purchased_date,category,supplier,product,quantity,unit,material,"
    "spend_class,amount_cny"
)


def scope(name):
    return Scope(f"test:{name}", (Principal(None, name, dict.fromkeys(Role.values)),))


def send(*entries, now=BEFORE):
    text = json.dumps({"data": list(entries)})
    node = Node.objects.get(code="group")
    return footprints_import(text, node=node, scope=scope("owner"), now=now)


def accept(pf_id, now=BEFORE):
    footprint = Footprint.objects.get(pf_id=pf_id)
    record_act(footprint, "accept", scope=scope("reviewer"), now=now)


def run(*periods, now=NOW, **kwargs):
    return run_at(*periods, now=now, **kwargs)


def bought(operator, *rows, now=BEFORE):
    return operator.send("purchases", PURCHASES, *rows, now=now)


BY_ITEM = (
    "GD-1,P1,2024-05-20,capital,Harbour Rectifiers,urn:gtin:5695872369587,40,item,,spend_other,9"
)
BY_WEIGHT = "GD-1,P2,2024-05-20,capital,Other Works,,2,t,material_it,spend_other,9"


@pytest.fixture
def spend_factor(monkeypatch, settings, tmp_path):
    """An operator's own factor by spend."""
    table = catalogue().factors["spend"]
    row = next(iter(catalogue().factors["grid_average"].rows)).model_copy(
        update={
            "factor": "spend",
            "carrier": "spend_other",
            "place": "CN",
            "value": Decimal("0.05"),
            "unit": "kgco2e/cny",
        }
    )
    monkeypatch.setitem(table._index, ("spend_other", "CN"), [row])


def test_a_purchase_counts_once_by_the_best_method_it_allows(operator, spend_factor):
    send(entry())
    accept(PF)
    bought(
        operator,
        BY_ITEM,
        BY_WEIGHT,
        "GD-1,P3,2024-05-20,capital,Other Works,,,,,spend_other,1000",
    )
    run("2024")
    assert value("scope3_2_supplier") == Decimal("7.296")  # 40 × 182.4 kg
    assert value("scope3_2_quantity") == Decimal("49.730951")  # 2 t of IT equipment
    assert value("scope3_2_spend") == Decimal("0.05")
    assert value("scope3_2") == value("scope3") == Decimal("57.076951")
    assert value("scope3_supplier_share") == pytest.approx(
        Decimal("12.782743"), abs=Decimal("1e-5")
    )
    fact = Fact.objects.get(indicator="scope3_2_quantity", node="GD")
    assert fact.lineage["lines"][0]["factor"]["steps"] == ["place GB instead of CN-GD"]


def test_a_footprint_that_nobody_accepted_counts_nothing(operator, spend_factor):
    send(entry())
    bought(operator, BY_ITEM)
    run("2024")
    assert value("scope3_2_spend") == Decimal("0.00045")
    assert not Fact.objects.filter(indicator="scope3_2_supplier").exists()


def test_an_update_supersedes_with_a_reason_and_the_old_report_stands(operator):
    send(entry())
    accept(PF)
    bought(operator, BY_ITEM)
    run("2024")
    later = NOW + timedelta(days=10)
    update = entry(
        id=NEXT,
        precedingPfIds=[PF],
        pcf={
            "pcfExcludingBiogenicUptake": "150",
            "pcfIncludingBiogenicUptake": "149.5",
            "fossilGhgEmissions": "147.6",
        },
    )
    assert send(update, now=later).opened == (NEXT,)
    accept(NEXT, now=later)
    before = Footprint.objects.get(pf_id=PF)
    assert before.state == "superseded"
    run("2024", now=later, reason="the supplier's footprint was updated")
    assert value("scope3_2_supplier") == Decimal(6)
    run("2024", now=later, snapshot=NOW, reason="as known before")
    assert value("scope3_2_supplier") == Decimal("7.296")


def test_a_deprecated_footprint_is_never_opened_and_ends_one_in_use(operator):
    assert send(entry(status="Deprecated")).opened == ()
    assert not Footprint.objects.exists()
    send(entry())
    accept(PF)
    assert send(entry(status="Deprecated")).withdrawn == (PF,)
    assert Footprint.objects.get().state == "superseded"


def test_a_file_sent_twice_opens_nothing_and_a_wrong_entry_stops_no_other(operator):
    done = send(entry(), entry(id=NEXT, specVersion="2.0.0"))
    assert done.opened == (PF,)
    assert done.refused == (f"footprint {NEXT}: specVersion is '2.0.0', not 3",)
    again = send(entry())
    assert (again.opened, again.known) == ((), (PF,))


def test_two_footprints_of_one_product_are_never_in_use_together(operator):
    send(entry(), entry(id=NEXT))
    accept(PF)
    with pytest.raises(RefusedError, match="does not say that it takes its place"):
        accept(NEXT)


def test_a_unit_that_the_footprint_does_not_speak_of_is_a_finding(operator):
    send(entry())
    accept(PF)
    bought(operator, BY_ITEM.replace("40,item,,", "40,kg,material_it,"))
    run("2024")
    assert value("scope3_2_quantity") == Decimal("0.994619")
    assert Finding.objects.filter(rule="footprint_unit").count() == 1


def test_a_purchase_known_by_price_alone_is_no_zero_without_the_operators_factor(operator):
    send(entry())
    accept(PF)
    bought(operator, BY_ITEM, "XZ-1,P3,2024-05-20,goods,Other Works,,,,,spend_services,1000")
    run("2024")
    assert value("scope3", "GD") == Decimal("7.296")
    for node in ("XZ-1", "XZ", "group"):
        for name in ("scope3_1_spend", "scope3_1", "scope3"):
            assert not Fact.objects.filter(indicator=name, node=node).exists()
    found = Finding.objects.filter(rule="no_factor scope3_1_spend", cleared_at=None)
    assert found.count() == 3
    with pytest.raises(MissingFactorError, match="no value for spend_services"):
        catalogue().factors["spend"].find(
            carrier="spend_services", place="CN", year=2024, known_at=NOW
        )


def test_what_was_withheld_is_there_when_its_factor_is_known(operator):
    bought(operator, BY_WEIGHT, now=BEFORE)
    spring = datetime(2025, 3, 18, tzinfo=UTC)  # before the factors of 2025
    run("2024", now=spring)
    assert not Fact.objects.filter(indicator="scope3").exists()
    assert Finding.objects.filter(rule="no_factor scope3_2_quantity", cleared_at=None).exists()
    run("2024", now=NOW)
    assert value("scope3") == Decimal("49.730951")
    assert not Finding.objects.filter(rule="no_factor scope3_2_quantity", cleared_at=None).exists()


def test_travel_commuting_and_leases_are_told_apart(operator):
    operator.send(
        "travel",
        "node_id,category,mode,start_date,end_date,batch,quantity",
        "GD-1,business,travel_rail,2024-01-01,2024-02-01,a,100000",
        "GD-1,business,travel_hotel,2024-01-01,2024-02-01,a,100",
        "GD-1,commuting,travel_rail,2024-01-01,2024-02-01,survey,1000",
        now=BEFORE,
    )
    operator.send(
        "assets_used",
        "node_id,category,asset,start_date,end_date,energy_kwh",
        "GD-1,leased_out,gateways,2024-01-01,2025-01-01,10000",
        "GD-1,product_use,phones,2024-01-01,2025-01-01,20000",
        "GD-1,leased_in,office,2024-01-01,2025-01-01,30000",
        now=BEFORE,
    )
    run("2024")
    assert value("scope3_6") == Decimal("3.546") + Decimal("5.35")
    assert value("scope3_7") == Decimal("0.03546")
    assert value("scope3_13") == Decimal("4.403")
    assert value("scope3_11") == 2 * Decimal("4.403")
    assert value("scope3_8") == 3 * Decimal("4.403")
    parts = sum(value(f"scope3_{n}") for n in (6, 7, 8, 11, 13))
    assert value("scope3") == parts


def test_upstream_of_fuels_follows_their_use(operator):
    operator.send(
        "fuel_use",
        "site_id,start_date,end_date,carrier,quantity,unit",
        "S-GD,2024-01-01,2024-02-01,diesel,10,t",
        now=BEFORE,
    )
    run("2024")
    assert value("scope3_3") == Decimal("7.520276")


def test_the_command_says_what_became_of_each_footprint(operator, tmp_path):
    file = tmp_path / "footprints.json"
    file.write_text(json.dumps({"data": [entry(), entry(id=NEXT, status="Retired")]}))
    done = CliRunner().invoke(
        application(), ["footprints", "import", str(file), "--node", "group", "--json"]
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["opened"] == [PF]
    assert told["refused"] == [
        f"footprint {NEXT}: status is 'Retired', neither Active nor Deprecated"
    ]
    wrong = CliRunner().invoke(application(), ["footprints", "import", str(file), "--node", "X"])
    assert wrong.exit_code == 3
    assert "no node 'X'" in wrong.output


def test_the_page_shows_each_category_by_method(operator):
    send(entry())
    accept(PF)
    bought(operator, BY_ITEM, BY_WEIGHT)
    run("2024")
    content = methods(Asked(scope("viewer"), period("2024"), NOW))
    rows = {row["name"]: row for row in content["rows"]}
    capital = rows["2 Capital goods"]
    assert capital["parts"] == [Decimal("7.3"), Decimal("49.7"), None]
    assert rows["7 Commuting"]["whole"] is None
    assert [each["pcf"] for each in content["footprints"]] == ["182.4"]


def test_the_demo_has_every_category_but_spend(operator, tmp_path):
    folder = tmp_path / "demo"
    folder.mkdir()
    scopes = {name: scope(name) for name in ("data_owner", "reviewer")}
    nodes = {node.code: node for node in Node.objects.all()}
    demo.build(scopes=scopes, nodes=nodes, folder=folder)
    run("2024", indicators=["scope3", "scope3_supplier_share"])
    for category in (1, 2, 6, 7, 8, 11, 13):
        assert value(f"scope3_{category}") > 0
    assert Footprint.objects.filter(state="superseded").count() == 1


def test_what_was_published_stands_beside_what_is_withheld_now(operator):
    """A change against last year takes the published figure of last year, factor or none."""
    bought(operator, BY_WEIGHT.replace("2024-05", "2023-05"), BY_WEIGHT.replace("P2", "P9"))
    run("2023")
    spring = datetime(2025, 3, 18, tzinfo=UTC)
    done = evaluate([period("2024")], boundary="operational", snapshot=spring)
    assert done.values["scope3"].withheld[:, 0].any()
    assert not done.values["scope3"].withheld[:, 1:].any()

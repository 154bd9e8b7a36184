"""Water: bills before meters, what differs, wastewater by ratio, and a balance that adds up."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from commonweal.kernel.compute.models import Finding
from commonweal.kernel.compute.services import compute
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.org.services import meter_install, site_create
from commonweal.kernel.programmes.pages import Asked
from commonweal.kernel.programmes.registry import programme_get, record_type
from commonweal.kernel.programmes.services import record_act, record_open
from commonweal.kernel.programmes.values import ValuesError
from commonweal.kernel.records.intake import source_ingest
from commonweal.periods import period
from tests.domains.carbon.collection_world import SCOPES, nodes_make

NOW = datetime(2025, 1, 20, 2, 0, tzinfo=UTC)
TERMS = {"actor": "test", "now": NOW}
FLOW = {"begin_date": "2024-01-01", "scope": "headquarters", "kind": "wastewater"}


@pytest.fixture
def world(db):
    nodes = nodes_make()
    for code in ("A", "B"):
        site_create(code=code, kind="office", node="north", from_date=date(2020, 1, 1), **TERMS)
    return nodes


def ingested(dataset, rows, tmp_path):
    path = tmp_path / f"{dataset}.csv"
    path.write_text("\n".join([rows[0], *rows[1:]]), "utf-8")
    assert source_ingest(dataset, path, **TERMS).n_rejected == 0


def flow(**values):
    given = FLOW | values
    kind = record_type("water.flow")
    opened = record_open(kind, node="group", values=given, scope=SCOPES["lin"], now=NOW)
    sent = record_act(opened, "submit", scope=SCOPES["lin"], now=NOW).record
    return record_act(sent, "accept", scope=SCOPES["wang"], now=NOW).record


def figures(span="2024-01"):
    compute([period(span)], boundary="operational", **TERMS)
    rows = Fact.objects.filter(node="group", superseded_at=None, value__isnull=False)
    return dict(rows.values_list("indicator", "value"))


def test_a_cubic_metre_billed_counts_as_a_tonne(world, tmp_path):
    head = "site_id,start_date,end_date,quantity_m3"
    ingested("water_bills", [head, "A,2024-01-01,2024-03-01,600"], tmp_path)
    assert figures()["water_consumption"] == Decimal(310)
    assert figures("2024-02")["water_consumption"] is not None


def test_the_chapters_figures_come_out_at_their_scale(world, tmp_path):
    head = "site_id,start_date,end_date,quantity_m3"
    ingested("water_bills", [head, "A,2024-01-01,2024-02-01,15680000"], tmp_path)
    flow(method="metered", quantity_t=260_000)
    flow(method="metered", quantity_t=206, kind="recycled")
    found = figures()
    assert found["water_consumption"] == 15_680_000
    assert found["hq_wastewater"] == 260_000
    assert found["hq_recycled_water"] == 206
    assert found["water_unaccounted"] == 15_420_000


def test_meters_count_where_no_bill_tells_and_are_held_against_it_where_one_does(world, tmp_path):
    for code in ("A", "B"):
        meter_install(
            code=f"W-{code}",
            site=code,
            carrier="water",
            unit="m3",
            max_rate_per_h=50.0,
            installed_date=date(2023, 12, 1),
            **TERMS,
        )
    rows = [
        f"W-{code},{day}T00:00:00+08:00,{register}"
        for code, last in (("A", 400), ("B", 700))
        for day, register in (("2024-01-01", 100), ("2024-02-01", last))
    ]
    ingested("meter_readings", ["meter_id,read_at,register", *rows], tmp_path)
    head = "site_id,start_date,end_date,quantity_m3"
    ingested("water_bills", [head, "A,2024-01-01,2024-02-01,250"], tmp_path)
    assert figures()["water_consumption"] == 250 + 600
    (found,) = Finding.objects.filter(rule="water_differs")
    assert found.quantity == pytest.approx(50.0)


@pytest.mark.parametrize(("has_meter", "drawn"), [(True, 600), (False, 100)])
def test_a_bill_for_a_part_of_a_month_does_not_hide_what_the_meter_says(
    world, tmp_path, has_meter, drawn
):
    if has_meter:
        meter_install(
            code="W", site="A", carrier="water", unit="m3", max_rate_per_h=50.0,
            installed_date=date(2023, 12, 1), **TERMS,
        )  # fmt: skip
        rows = ("W,2024-01-01T00:00:00+08:00,100", "W,2024-02-01T00:00:00+08:00,700")
        ingested("meter_readings", ["meter_id,read_at,register", *rows], tmp_path)
    head = "site_id,start_date,end_date,quantity_m3"
    ingested("water_bills", [head, "A,2023-12-27,2024-01-06,200"], tmp_path)
    assert figures()["water_consumption"] == drawn


def test_wastewater_by_ratio_says_what_it_rests_on(world):
    with pytest.raises(ValuesError, match="a ratio needs the water drawn, the share, and what"):
        flow(method="ratio", drawn_t=100, ratio_share="0.8")
    done = flow(method="ratio", drawn_t=100, ratio_share="0.8", basis="contract")
    assert done.quantity_t == 80
    with pytest.raises(ValuesError, match="ratio_share"):
        flow(method="ratio", drawn_t=100, ratio_share="1.2", basis="contract")


def test_the_balance_adds_up_or_says_by_how_much_not(world, tmp_path):
    head = "site_id,start_date,end_date,quantity_m3"
    ingested("water_bills", [head, "A,2024-01-01,2024-02-01,100"], tmp_path)
    flow(method="metered", quantity_t=80)
    flow(method="metered", quantity_t=5, kind="collected")
    assert figures()["water_unaccounted"] == 25
    built = programme_get("water").page_builder("balance")
    page = built(Asked(scope=SCOPES["lin"], period=period("2024-01"), now=NOW))
    drawn = page["chart"].flows[0].value
    assert drawn == 100
    assert sum(each.value for each in page["chart"].flows[2:]) == 105
    assert [row["node"] for row in page["rows"]] == ["group", "north"]

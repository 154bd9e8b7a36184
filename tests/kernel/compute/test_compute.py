"""From files to facts: the numbers that a person can check by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import Count

from commonweal.errors import InputError, StateError
from commonweal.kernel.compute.models import Finding
from commonweal.kernel.compute.services import compute
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.facts.services import ReasonRequiredError
from commonweal.kernel.org.services import node_merge, node_move, site_transfer
from commonweal.periods import period

NOW = datetime(2025, 3, 18, tzinfo=UTC)


def run(*periods, now=NOW, **kwargs):
    return compute(
        [period(p) for p in periods], boundary="operational", actor="test", now=now, **kwargs
    )


def value(indicator, node="group", of="2024"):
    span = period(of)
    fact = Fact.objects.get(
        indicator=indicator,
        node=node,
        start_date=span.start_date,
        end_date=span.end_date,
        superseded_at=None,
    )
    return fact.value


def test_a_bill_becomes_coal_equivalent_and_carbon(operator):
    operator.bill("M-GD", "2024-01-01", "2025-01-01", 10_000)
    run("2024")
    assert value("electricity_use") == 10_000
    assert value("energy_electricity_tce") == Decimal("1.229")
    # The grid factor known in March 2025 is that of 2022: 0.4403 kg/kWh for Guangdong.
    fact = Fact.objects.get(indicator="scope2_location_electricity", node="GD-1")
    line = fact.lineage["lines"][0]
    assert line["factor"]["data_year"] == 2022
    assert line["factor"]["steps"]
    assert fact.value == Decimal(line["factor"]["value"]) * 10_000 / 1000
    assert Decimal(line["contribution"]) == fact.value


def test_a_place_without_a_factor_takes_the_declared_fallback_and_says_so(operator):
    operator.bill("M-XZ", "2024-01-01", "2025-01-01", 10_000)
    run("2024")
    line = Fact.objects.get(indicator="scope2_location_electricity", node="XZ").lineage["lines"][0]
    assert any("CN" in step and "CN-XZ" in step for step in line["factor"]["steps"])


def test_provinces_add_up_to_the_group(operator):
    operator.bill("M-GD", "2024-01-01", "2025-01-01", 10_000)
    operator.bill("M-XZ", "2024-01-01", "2025-01-01", 500)
    run("2024")
    assert value("electricity_use") == value("electricity_use", "GD") + value(
        "electricity_use", "XZ"
    )
    assert value("scope2_location") == value("scope2_location", "GD") + value(
        "scope2_location", "XZ"
    )


def test_ratios_are_ratios_of_sums(operator):
    for code, kwh, tb in (("GD", 10_000, 10), ("XZ", 10_000, 90)):
        operator.bill(f"M-{code}", "2024-01-01", "2025-01-01", kwh)
        operator.traffic(f"{code}-1", "2024-01-01", "2025-01-01", tb)
    run("2024")
    assert value("energy_per_traffic", "GD") == pytest.approx(Decimal("122.9"))
    assert value("energy_per_traffic") == pytest.approx(Decimal(20_000) * Decimal("0.1229") / 100)


def test_no_data_is_no_fact_and_never_zero(operator):
    operator.bill("M-GD", "2024-01-01", "2025-01-01", 10_000)
    run("2024")
    assert not Fact.objects.filter(node="XZ", indicator="electricity_use").exists()
    assert not Fact.objects.filter(indicator="energy_per_traffic").exists()


def test_a_yearly_bill_is_spread_over_its_days(operator):
    operator.bill("M-GD", "2024-01-01", "2025-01-01", 366)
    run("2024-02", "2024-Q1")
    assert value("electricity_use", of="2024-02") == 29
    assert value("electricity_use", of="2024-Q1") == 91


def test_the_same_again_records_nothing(operator):
    operator.bill("M-GD", "2024-01-01", "2025-01-01", 10_000)
    assert run("2024") is not None
    assert run("2024", now=NOW + timedelta(days=1)) is None


def test_a_late_correction_restates_with_a_reason_and_keeps_the_old_figure(operator):
    operator.bill("M-GD", "2024-01-01", "2025-01-01", 10_000)
    run("2024")
    later = NOW + timedelta(days=30)
    operator.bill("M-GD", "2024-01-01", "2025-01-01", 9_000, now=later)
    with pytest.raises(ReasonRequiredError):
        run("2024", now=later)
    run("2024", now=later, reason="the supplier corrected its bill")
    assert value("electricity_use") == 9_000
    old = Fact.objects.get(indicator="electricity_use", node="group", superseded_at=later)
    assert old.value == 10_000
    assert old.superseded_by.reason == "the supplier corrected its bill"


def test_an_old_snapshot_computes_the_old_figure(operator):
    operator.bill("M-GD", "2024-01-01", "2025-01-01", 10_000, now=NOW - timedelta(days=2))
    operator.bill("M-GD", "2024-01-01", "2025-01-01", 9_000, now=NOW - timedelta(days=1))
    run("2024", snapshot=NOW - timedelta(days=2))
    assert value("electricity_use") == 10_000


def test_a_move_changes_the_months_after_it_only(operator):
    operator.bill("M-GD", "2024-01-01", "2025-01-01", 366)
    node_move(
        node="GD-1",
        parent="XZ",
        from_date=date(2024, 7, 1),
        actor="test",
        now=datetime(2024, 6, 1, tzinfo=UTC),
    )
    run("2024-H1", "2024-H2", "2024")
    assert value("electricity_use", "GD", "2024-H1") == 182
    assert value("electricity_use", "XZ", "2024-H2") == 184
    assert value("electricity_use", "GD-1") == value("electricity_use") == 366


def test_a_site_is_counted_where_it_belongs_in_each_month(operator):
    operator.bill("M-GD", "2024-01-01", "2025-01-01", 366)
    site_transfer(
        sites=["S-GD"],
        node="XZ-1",
        from_date=date(2024, 2, 1),
        actor="test",
        now=datetime(2024, 1, 20, tzinfo=UTC),
    )
    run("2024")
    assert value("electricity_use", "GD") == 31
    assert value("electricity_use", "XZ") == 335


def test_the_change_against_last_year_uses_the_published_figure(operator):
    for year, kwh in ((2023, 10_000), (2024, 9_000)):
        operator.bill("M-GD", f"{year}-01-01", f"{year + 1}-01-01", kwh)
        operator.traffic("GD-1", f"{year}-01-01", f"{year + 1}-01-01", 10)
    run("2023")
    run("2024", now=NOW + timedelta(days=1))
    assert value("energy_per_traffic_change_yoy") == pytest.approx(Decimal(-10))  # percent
    lineage = Fact.objects.get(indicator="energy_per_traffic_change_yoy", node="group").lineage
    assert {i["period"] for i in lineage["inputs"]} == {"2023", "2024"}


def test_an_older_snapshot_compares_with_the_figure_known_then(operator):
    for year, kwh in ((2023, 10_000), (2024, 9_000)):
        operator.bill("M-GD", f"{year}-01-01", f"{year + 1}-01-01", kwh)
        operator.traffic("GD-1", f"{year}-01-01", f"{year + 1}-01-01", 10)
    run("2023")
    later = NOW + timedelta(days=9)
    operator.bill("M-GD", "2023-01-01", "2024-01-01", 12_000, now=later)
    run("2023", now=later, reason="the supplier corrected its bill")
    run("2024", now=later, snapshot=NOW + timedelta(days=1))
    assert value("energy_per_traffic_change_yoy") == pytest.approx(Decimal(-10))


def test_declared_values_enter_like_any_other(operator):
    operator.send(
        "submissions",
        "node_id,indicator,start_date,end_date,value,unit,evidence",
        "GD-1,scope1_declared,2024-01-01,2025-01-01,10.16,tCO2e,verification report",
    )
    run("2024")
    fact = Fact.objects.get(indicator="scope1_declared", node="group")
    assert (fact.value, fact.method) == (Decimal("10.16"), "declared")
    assert value("scope1") == Decimal("10.16")


def test_what_was_noticed_is_listed_and_cleared_when_mended(operator):
    header = "meter_id,start_date,end_date,register_start,register_end,quantity_kwh"
    operator.send("electricity_bills", header, "M-GD,2024-01-01,2024-02-01,100,600,500000")
    run("2024-01")
    assert value("electricity_use", of="2024-01") == 500
    rules = Finding.objects.filter(cleared_at=None).order_by("rule").values_list("rule", flat=True)
    assert list(rules) == ["bill_unit_slip", "meter_no_data"]
    later = NOW + timedelta(days=1)
    operator.send("electricity_bills", header, "M-GD,2024-01-01,2024-02-01,100,600,500", now=later)
    run("2024-01", now=later)
    assert not Finding.objects.filter(cleared_at=None, rule="bill_unit_slip").exists()


def test_an_impossible_value_is_listed_and_not_recorded(operator):
    operator.bill("M-GD", "2024-01-01", "2025-01-01", 400_000)
    operator.traffic("GD-1", "2024-01-01", "2025-01-01", 0.001)
    run("2024")
    assert not Fact.objects.filter(indicator="energy_per_traffic").exists()
    assert value("electricity_use") == 400_000
    rules = set(Finding.objects.filter(subject_kind="node").values_list("rule", flat=True))
    assert "out_of_bounds energy_per_traffic" in rules


def test_a_year_in_order_does_not_clear_what_was_found_of_its_months(operator):
    operator.bill("M-GD", "2024-01-01", "2025-01-01", 400_000)
    operator.traffic("GD-1", "2024-01-01", "2024-02-01", 0.001)
    operator.traffic("GD-1", "2024-02-01", "2025-01-01", 400)
    run("2024-01")
    run("2024", now=NOW + timedelta(days=1))
    rules = Finding.objects.filter(cleared_at=None, subject_kind="node").values_list("rule")
    assert ("out_of_bounds energy_per_traffic",) in set(rules)
    assert Fact.objects.filter(indicator="energy_per_traffic", node="group").exists()


def test_a_month_is_the_same_alone_and_within_its_year(operator):
    header = "meter_id,start_date,end_date,quantity_kwh"
    rows = [f"M-GD,2024-{m:02d}-01,2024-{m + 1:02d}-01,{400 + m}" for m in range(1, 12)]
    rows[4] = "M-GD,2024-05-01,2024-06-01,405000"  # a slip that only its year reveals
    operator.send("electricity_bills", header, *rows)
    run("2024-05")
    alone = value("electricity_use", of="2024-05")
    assert alone == 405
    assert run("2024", "2024-05", "2024-06", now=NOW + timedelta(days=1)) is not None
    assert value("electricity_use", of="2024-05") == alone


def test_a_meter_in_service_of_which_nothing_is_known_is_listed(operator):
    operator.bill("M-GD", "2024-01-01", "2025-01-01", 366)
    run("2024-01")
    found = Finding.objects.get(rule="meter_no_data")
    assert (found.subject_kind, found.month, found.quantity) == ("meter", date(2024, 1, 1), None)


def test_nothing_can_be_computed_without_an_organisation(db):
    with pytest.raises(StateError, match="no organisation"):
        run("2024")


def test_a_point_in_time_cannot_be_computed(operator):
    with pytest.raises(InputError, match="at least a month"):
        run("2024-12-31")


def findings():
    """Open findings about nodes, as (rule, number of months)."""
    return dict(
        Finding.objects.filter(cleared_at=None, subject_kind="node")
        .values_list("rule")
        .annotate(n=Count("pk"))
    )


def declare(operator, *rows):
    header = "node_id,indicator,start_date,end_date,value,unit"
    operator.send("submissions", header, *(f"{row},tCO2e" for row in rows))


def test_what_a_merged_node_sends_for_later_months_is_listed_not_lost_in_silence(operator):
    node_merge(
        node="XZ-1",
        into="GD-1",
        from_date=date(2024, 7, 1),
        actor="test",
        now=datetime(2024, 1, 1, tzinfo=UTC),
    )
    operator.traffic("XZ-1", "2024-01-01", "2025-01-01", 366)
    run("2024")
    assert value("information_traffic") == 182
    assert findings() == {"no_owner": 6}


def test_a_value_declared_twice_for_a_day_counts_once_and_is_listed(operator):
    declare(
        operator,
        "GD-1,scope1_declared,2024-01-01,2025-01-01,366",
        "GD-1,scope1_declared,2024-01-02,2024-02-01,30",
    )
    run("2024", "2024-01")
    assert value("scope1_declared") == 366
    assert value("scope1_declared", of="2024-01") == 31
    assert findings() == {"declared_overlap scope1_declared": 1}


def test_a_value_declared_above_and_below_is_listed(operator):
    declare(
        operator,
        "GD-1,scope1_declared,2024-01-01,2024-02-01,10",
        "group,scope1_declared,2024-01-01,2024-02-01,10",
    )
    run("2024-01")
    assert value("scope1_declared", of="2024-01") == 20
    assert findings() == {"also_below scope1_declared": 1}


def test_months_add_up_to_their_year_whichever_is_computed_first(operator):
    rows = ("2023-12-20,2024-03-04,750", "2024-03-04,2024-11-30,2710", "2024-11-30,2025-02-01,640")
    operator.send(
        "electricity_bills",
        "meter_id,start_date,end_date,quantity_kwh",
        *(f"M-GD,{row}" for row in rows),
    )
    months = [f"2024-{month:02}" for month in range(1, 13)]
    for i, month in enumerate(months):
        run(month, now=NOW + timedelta(minutes=i))
    run("2024", now=NOW + timedelta(hours=1))
    assert sum(value("electricity_use", of=m) for m in months) == pytest.approx(
        value("electricity_use")
    )
    assert run("2024", *months, now=NOW + timedelta(hours=2)) is None


def test_a_period_that_splits_a_month_is_refused(operator):
    with pytest.raises(InputError, match=r"2024-01\.\.2024-02 splits a month"):
        run("2024-01-05..2024-02-20")


def test_a_snapshot_of_the_future_is_refused(operator):
    with pytest.raises(InputError, match="lies after"):
        run("2024", snapshot=NOW + timedelta(days=1))

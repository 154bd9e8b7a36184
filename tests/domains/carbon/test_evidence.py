"""No energy counts twice and none is lost in silence, however odd the evidence."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from commonweal.domains.carbon.sources.electricity import metered_use
from commonweal.domains.carbon.sources.fuels import fuel_use
from commonweal.kernel.compute.activities import ActivityRequest
from commonweal.kernel.org.models import Meter
from commonweal.kernel.org.services import meter_install, meter_replace
from commonweal.periods import business_midnight, month_add

TOLD = {"actor": "test", "now": datetime(2024, 1, 1, tzinfo=UTC)}
JANUARY, MARCH = date(2024, 1, 1), date(2024, 3, 1)


def send(operator, meter, first_day, last_day, *, per_h=2.0):
    """Send hourly registers from one midnight to another."""
    start, end = business_midnight(first_day), business_midnight(last_day)
    n_hours = int((end - start) / timedelta(hours=1))
    rows = [
        f"{meter},{(start + timedelta(hours=i)).isoformat()},{i * per_h}"
        for i in range(n_hours + 1)
    ]
    return operator.send("meter_readings", "meter_id,read_at,register", *rows)


def use(*months):
    """Total and estimated use, kWh, and the rules that noticed the meters at Guangdong's site."""
    found = metered_use(ActivityRequest(months))
    ours = set(Meter.objects.filter(site__code="S-GD").values_list("pk", flat=True))
    noticed = zip(found.findings.rule, found.findings.subject_id.tolist(), strict=True)
    rules = {rule for rule, meter in noticed if meter in ours}
    return found.quantity.sum(), found.estimated.sum(), rules


def test_a_replaced_meter_and_its_successor_count_each_hour_once(operator):
    meter_replace(meter="M-GD", new_code="M-GD2", on_date=date(2024, 3, 29), **TOLD)
    send(operator, "M-GD", date(2024, 2, 1), date(2024, 3, 29))
    send(operator, "M-GD2", date(2024, 3, 29), date(2024, 5, 1))
    assert use(MARCH) == (pytest.approx(31 * 48), 0.0, set())


def test_a_meter_in_other_units_counts_in_those_of_its_carrier(operator):
    meter_install(
        code="M-MWH",
        site="S-GD",
        carrier="electricity",
        unit="MWh",
        max_rate_per_h=5.0,
        installed_date=JANUARY,
        **TOLD,
    )
    send(operator, "M-MWH", JANUARY, date(2024, 2, 1), per_h=0.5)
    total, _, rules = use(JANUARY)
    assert total == pytest.approx(31 * 24 * 500)
    assert rules == {"meter_no_data"}  # the other meter of the site


def test_two_bills_for_the_same_days_count_once_and_are_listed(operator):
    operator.bill("M-GD", "2024-01-01", "2025-01-01", 3_660)
    operator.bill("M-GD", "2024-01-15", "2024-02-01", 170)
    assert use(JANUARY) == (pytest.approx(310), pytest.approx(310), {"bill_overlap"})


def test_a_bill_for_a_part_of_a_month_is_listed(operator):
    operator.bill("M-GD", "2024-01-16", "2024-02-16", 310)
    assert use(JANUARY) == (pytest.approx(160), 0.0, {"bill_partial"})


def test_readings_win_over_a_bill_that_covers_less_of_the_month(operator):
    send(operator, "M-GD", JANUARY, date(2024, 1, 26))
    operator.bill("M-GD", "2024-01-16", "2024-02-16", 310)
    assert use(JANUARY) == (pytest.approx(25 * 48), 0.0, {"reading_partial"})


def test_readings_after_a_meter_was_removed_are_listed(operator):
    Meter.objects.filter(code="M-GD").update(removed_date=date(2024, 2, 1))
    send(operator, "M-GD", MARCH, date(2024, 4, 1))
    total, _, rules = use(MARCH)
    assert total == pytest.approx(31 * 48)
    assert rules == {"reading_out_of_service"}


def test_a_meter_installed_on_the_first_day_is_missed_from_that_month_on(operator):
    Meter.objects.filter(code="M-GD").update(installed_date=MARCH)
    assert use(month_add(MARCH, -1))[2] == set()
    assert use(MARCH)[2] == {"meter_no_data"}


def test_a_bill_of_more_than_a_year_is_refused_at_the_door(operator):
    result = operator.bill("M-GD", "2022-01-01", "2025-01-01", 1_096)
    assert (result.n_accepted, result.n_rejected) == (0, 1)


def test_spans_of_fuel_that_overlap_all_count_and_are_listed(operator):

    header = "site_id,carrier,start_date,end_date,quantity,unit"
    rows = ("S-GD,diesel,2024-01-01,2024-02-01,31,kg", "S-GD,diesel,2024-01-11,2024-01-12,5,kg")
    operator.send("fuel_use", header, *rows)
    found = fuel_use(ActivityRequest((JANUARY,)))
    assert found.quantity.sum() == pytest.approx(36)
    assert set(found.findings.rule) == {"fuel_overlap"}


def test_nothing_sent_at_all_is_no_use(operator):
    found = metered_use(ActivityRequest((JANUARY,)))
    assert found.quantity.tolist() == []
    assert np.isin("meter_no_data", found.findings.rule)


def test_a_register_that_may_have_turned_once_more_while_silent_is_listed(operator):
    rows = [f"M-GD,2024-{month:02}-15T00:00:00+08:00,100" for month in (1, 2, 3)]
    Meter.objects.filter(code="M-GD").update(rollover_at=10_000.0)  # 50 kWh/h turn it in 200 h
    operator.send("meter_readings", "meter_id,read_at,register", *rows)
    assert use(date(2024, 2, 1)) == (0.0, 0.0, {"reading_turns"})


def test_the_way_down_from_a_fact_finds_what_the_fact_was_made_of(operator):
    start = business_midnight(JANUARY)
    register = np.arange(31 * 24) * 1.0
    register[400:] += 900.0  # a jump that the month's mean rate hides
    rows = [
        f"M-GD,{(start + timedelta(hours=i)).isoformat()},{value}"
        for i, value in enumerate(register.tolist())
    ]
    operator.send("meter_readings", "meter_id,read_at,register", *rows)
    site = Meter.objects.get(code="M-GD").site_id
    alone = metered_use(ActivityRequest((JANUARY,), None, np.array([site])))
    assert alone.quantity.sum() == use(JANUARY)[0]

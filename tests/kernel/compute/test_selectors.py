"""From a fact back to the row of a file."""

from datetime import UTC, date, datetime

import pytest

from commonweal.errors import InputError
from commonweal.kernel.compute.selectors import datasets_about, meter_rows, unit_activities
from commonweal.kernel.compute.services import compute
from commonweal.kernel.facts.models import Fact
from commonweal.periods import period

NOW = datetime(2025, 3, 18, tzinfo=UTC)


@pytest.fixture
def fact(operator):
    operator.bill("M-GD", "2024-01-01", "2025-01-01", 366)
    operator.bill("M-XZ", "2024-01-01", "2025-01-01", 366)
    compute([period("2024-Q1")], boundary="operational", actor="test", now=NOW)
    return Fact.objects.get(indicator="electricity_use", node="GD-1")


def test_the_sites_of_a_unit_add_up_to_its_fact(fact):
    rows = unit_activities(fact)
    assert [(r.subject, r.month.month, round(r.quantity, 6), r.unit) for r in rows] == [
        ("S-GD", 1, 31, "kWh"),
        ("S-GD", 2, 29, "kWh"),
        ("S-GD", 3, 31, "kWh"),
    ]
    assert sum(r.quantity for r in rows) == pytest.approx(float(fact.value))


def test_a_province_has_no_sites_of_its_own(fact):
    province = Fact.objects.get(indicator="electricity_use", node="GD")
    assert unit_activities(province) == ()


def test_the_row_of_the_file_is_found(fact):
    rows = meter_rows("electricity_bills", "M-GD", date(2024, 3, 1)).to_pylist()
    assert len(rows) == 1
    assert rows[0]["source_name"].startswith("electricity_bills")
    assert rows[0]["source_row"] == 2
    assert len(rows[0]["source_sha256"]) == 64
    assert rows[0]["segment"].endswith(".parquet")


def test_what_speaks_of_a_meter(fact):
    assert {d.id for d in datasets_about("meter")} == {"meter_readings", "electricity_bills"}


def test_an_unknown_meter_is_named(fact):
    with pytest.raises(InputError, match="no meter 'M-NO'"):
        meter_rows("electricity_bills", "M-NO", date(2024, 3, 1))

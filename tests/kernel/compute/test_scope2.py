"""Scope 2 by both methods, side by side: what market claims cover, and what they may not."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from commonweal.kernel.compute import activities
from commonweal.kernel.compute.activities import Activities
from commonweal.kernel.compute.models import Finding
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.org.models import Node
from tests.kernel.compute.test_compute import run, value


@pytest.fixture
def claimed(monkeypatch):
    """A function that makes GD-1 claim green power in January 2024, kWh."""

    def claim(energy_kwh):
        def source(request):
            is_asked = date(2024, 1, 1) in request.months
            return [
                Activities(
                    "node",
                    np.array([Node.objects.get(code="GD-1").pk] * int(is_asked), np.int64),
                    np.array([24288] * int(is_asked), np.int64),
                    ("electricity",),
                    np.zeros(int(is_asked), np.int64),
                    np.array([energy_kwh] * int(is_asked), np.float64),
                    np.zeros(int(is_asked)),
                    {"events": ("test",)},
                )
            ]

        monkeypatch.setitem(activities._sources, "green_power", source)

    return claim


def test_both_methods_stand_side_by_side(operator):
    operator.bill("M-GD", "2024-01-01", "2025-01-01", 10_000)
    run("2024")
    assert value("scope2_location") == Decimal("4.403")  # Guangdong 2022, as known in spring 2025
    assert value("scope2_market") == Decimal("5.856")  # the residual mix of 2022
    assert value("ghg_total_market") - value("ghg_total_location") == Decimal("1.453")


def test_green_power_is_taken_out_at_the_residual_mix(operator, claimed):
    operator.bill("M-GD", "2024-01-01", "2025-01-01", 10_000)
    claimed(4_000)
    run("2024")
    assert value("scope2_green_power_covered") == Decimal("2.3424")
    assert value("scope2_market") == Decimal("5.856") - Decimal("2.3424")
    assert value("scope2_location") == Decimal("4.403")


def test_all_of_it_green_is_nothing_and_no_less(operator, claimed):
    operator.bill("M-GD", "2024-01-01", "2024-02-01", 1234.567)
    claimed(1234.567)
    run("2024-01")
    fact = Fact.objects.get(indicator="scope2_market", node="GD-1")
    assert fact.value == 0
    assert not fact.value.is_signed()


def test_more_green_power_than_use_is_a_finding_and_no_fact(operator, claimed):
    operator.bill("M-GD", "2024-01-01", "2024-02-01", 1_000)
    claimed(1_001)
    run("2024-01")
    assert not Fact.objects.filter(indicator="scope2_market").exists()
    found = Finding.objects.filter(rule="out_of_bounds scope2_market", cleared_at=None)
    assert {each.quantity < 0 for each in found} == {True}
    assert found.count() == 3  # the unit, its province, the group


def test_no_total_is_made_of_a_figure_that_was_refused(operator, claimed):
    operator.bill("M-GD", "2024-01-01", "2024-02-01", 1_000)
    header = "site_id,start_date,end_date,carrier,quantity,unit"
    operator.send("fuel_use", header, "S-GD,2024-01-01,2024-02-01,diesel,1,t")
    claimed(1_001)
    run("2024-01")
    assert value("ghg_total_location", "GD-1", "2024-01") > value("scope1", "GD-1", "2024-01") > 3
    assert not Fact.objects.filter(indicator="ghg_total_market").exists()

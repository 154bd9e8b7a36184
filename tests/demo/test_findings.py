"""The whole way from the planted faults to the findings of the computation."""

from datetime import UTC, datetime

import pytest

from commonweal.demo.build import build
from commonweal.demo.steps import BOUNDARY
from commonweal.kernel.compute.models import Finding
from commonweal.kernel.compute.services import compute
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.org.models import Meter
from commonweal.periods import period
from tests.demo.conftest import SMALL

NOW = datetime(2025, 4, 10, 8, 0, tzinfo=UTC)  # after what programmes of the demo published
RULES = {
    "bill_rollover": {("electricity_bills", "rollover")},
    "bill_unit_slip": {
        ("electricity_bills", "unit_slip"),
        ("electricity_bills", "unit_slip_no_register"),
    },
    "reading_rollover": {("meter_readings", "rollover")},
    "reading_spike": {("meter_readings", "spike")},
}


@pytest.mark.django_db
def test_the_quality_rules_find_what_was_planted_and_nothing_else(folder, planted, truth):
    build(SMALL, folder=folder)
    years = [period("2023"), period("2024")]
    compute(years, boundary=BOUNDARY, actor="test", now=NOW, node_kinds=("group",), reason="test")
    codes = dict(Meter.objects.values_list("id", "code"))
    found = {
        (finding.rule, codes[finding.subject_id], f"{finding.month:%Y-%m}")
        for finding in Finding.objects.filter(subject_kind="meter")
    }
    for rule, kinds in RULES.items():
        listed = {
            (rule, fault["code"], fault["month"])
            for fault in planted["faults"]
            if (fault["dataset"], fault["kind"]) in kinds
        }
        assert listed
        assert {key for key in found if key[0] == rule} == listed
    gaps = {(f["code"], f["month"]) for f in planted["faults"] if f["kind"] == "gap"}
    flagged = {
        key[1:]
        for key in found
        if key[0] in {"reading_gap", "reading_interpolated"} and not key[1].startswith("E-")
    }  # sub-meters of the programme of energy are read once a month, and one is replaced
    assert {code for code, _ in flagged} == {code for code, _ in gaps}

    true_kwh = sum(sum(months) for months in truth["electricity_kwh_hundredths"].values()) / 100
    # What was bought: use is net of what others had, and has what own panels gave.
    facts = Fact.objects.filter(indicator="electricity_purchased", node="DEMO", unit="kWh")
    assert sum(float(fact.value) for fact in facts) == pytest.approx(true_kwh, rel=0.003)

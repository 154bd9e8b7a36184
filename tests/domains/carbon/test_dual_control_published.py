"""The published relations of energy and targets, computed by our own catalogue and rules.

A printed figure stands for half a unit of its last digit on either side; a relation holds where the
intervals meet.
"""

import csv
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest

from commonweal.catalogue import catalogue
from commonweal.domains.carbon.dual_control.house import costs_rule
from commonweal.kernel.facts.services import FactBatch, FactRow, facts_record
from commonweal.kernel.targets.models import Target
from commonweal.kernel.targets.selectors import Status, target_status
from commonweal.periods import period

pytestmark = pytest.mark.shared
NOW = datetime(2025, 3, 18, tzinfo=UTC)
INTENSITY = np.array([2.015, 2.025])  # 2.02 kgce/TB as printed
CUT = np.array([27.85, 27.95])  # 27.9 %
LABELS = ("mention_intensity_cut", "implied_intensity_base", "target_traffic",
          "target_business_volume", "constraint_carbon_growth", "plaus_saving_cost")  # fmt: skip


@pytest.fixture
def relations(shared_data):
    """The relations of our part, by id; every one of them is there."""
    with (shared_data / "carbon" / "seed_relations.csv").open(encoding="utf-8-sig") as file:
        found = {row["id"]: row for row in csv.DictReader(file)}
    return {name: found[name] for name in LABELS}


def evaluated(indicator, **inputs):
    return catalogue().indicators[indicator].evaluate(inputs)


def test_the_printed_cut_implies_the_base_that_the_research_gives(relations):
    low, high = INTENSITY.min() / (1 - CUT.min() / 100), INTENSITY.max() / (1 - CUT.max() / 100)
    row = relations["implied_intensity_base"]
    assert row["computed"] == f"2.8017 in [{round(low, 5):g}, {round(high, 5):g}]"
    back = evaluated("energy_per_traffic_reduction_vs_2020", now=2.02, base=2.02 / (1 - 0.279))
    assert round(back, 1) == 27.9
    assert relations["mention_intensity_cut"]["computed"].startswith("27.9 in [27.85, 27.95]")


@pytest.mark.django_db
def test_the_target_of_a_fifth_less_per_traffic_was_met_a_year_early(relations):
    assert relations["target_traffic"]["verdict"] == "target met early"
    row = FactRow(
        indicator="energy_per_traffic",
        node="group",
        boundary="operational",
        period=period("2024"),
        value=Decimal("2.02"),
        unit="kgce/TB",
        decimals=2,
        method="calculated",
    )
    batch = FactBatch(engine="test", version="1", parameters={}, inputs={}, rows=[row], reason="")
    facts_record(batch, actor="ann", now=NOW)
    found = target_status(
        Target(
            code="t",
            indicator="energy_per_traffic",
            node="group",
            boundary="operational",
            base_period="2020",
            target_period="2025",
            change_share=Decimal("-0.2"),
            base_value=Decimal("2.8017"),
            source="published",
        )
    )
    assert (found.status, found.actual_year) == (Status.MET, 2024)
    assert round(found.change_share * 100, 1) == Decimal("-27.9")


@pytest.mark.django_db
def test_the_target_per_business_volume_has_no_progress_without_its_denominator(
    relations,
):
    assert relations["target_business_volume"]["verdict"].startswith("GAP")
    target = Target(
        code="t",
        indicator="energy_per_business_volume",
        node="group",
        boundary="operational",
        base_period="2020",
        target_period="2025",
        change_share=Decimal("-0.15"),
        source="published",
    )
    assert target_status(target).status is Status.NO_DATA
    entry = catalogue().indicators["energy_per_business_volume"]
    assert (entry.status, entry.source.inputs["denominator"].indicator) == (
        "computed",
        "telecom_business_volume",
    )


@pytest.mark.parametrize(("carbon", "energy", "holds"), [(102, 105, True), (106, 105, False)])
def test_the_constraint_on_growth_is_an_indicator_that_needs_two_years_of_totals(
    relations, carbon, energy, holds
):
    assert relations["constraint_carbon_growth"]["verdict"].startswith("GAP")
    given = {"emissions": carbon, "emissions_before": 100.0, "energy": energy}
    apart = evaluated("carbon_growth_over_energy", energy_before=100.0, **given)
    assert (apart < 0) == holds
    assert np.isnan(evaluated("carbon_growth_over_energy", **given))


def test_a_tonne_of_coal_saved_cost_as_published_and_its_basis_decides_what_that_means(relations):
    row = relations["plaus_saving_cost"]
    per_tce = evaluated("energy_saving_cost", invested=4.1e8, saved=4.45e5)
    assert row["relation"].endswith(f"= {per_tce:.0f} CNY/tce")
    # On the equivalent basis a tonne of coal is 8,137 kWh, on the supply basis 3,226: at the price
    # of the house a year's saving is worth more than the investment on either.
    price = costs_rule(NOW.date()).price_cny_kwh
    for kgce_per_kwh in (0.1229, 0.31):
        assert 1000 / kgce_per_kwh * price > per_tce
    assert round(4.45e8 / 0.1229 / 1e9, 2) == 3.62
    assert round(4.45e8 / 0.31 / 1e9, 2) == 1.44

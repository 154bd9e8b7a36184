"""A small operator with facts, for pages and reports: a group, provinces, a unit in the first.

Every fact goes through the real store. Values are simple on purpose: electricity of province i
(from 1) is i million kWh in each month of 2023, 10 % more in 2024; traffic grows by half.
"""

from datetime import UTC, date, datetime
from decimal import Decimal

from commonweal.catalogue import catalogue
from commonweal.kernel.facts.services import FactBatch, FactRow, facts_record
from commonweal.kernel.org.models import Boundary, Membership, Node
from commonweal.periods import month, year

FIRST = datetime(2025, 1, 10, 2, tzinfo=UTC)
RESTATED = datetime(2025, 2, 20, 2, tzinfo=UTC)
PLACES = ("CN-GD", "CN-BJ", "CN-XZ")
BOUNDARY = "control"
_FROM = {"valid_from": date(2020, 1, 1), "recorded_at": FIRST}
_KGCE_PER_KWH = Decimal("0.1229")
_GRID = Decimal("0.45")


def _node(code, kind, place, name):
    return Node.objects.create(
        code=code, kind=kind, place=place,
        name_zh_hant=name["zh-hant"], name_zh_hans=name["zh-hans"], name_en=name["en"],
    )  # fmt: skip


def organisation_make(places=PLACES):
    """Make the group, a province for each place, and a unit below the first."""
    group_name = {"zh-hant": "示範運營商", "zh-hans": "示范运营商", "en": "Demo Operator"}
    group = _node("GROUP", "group", "CN", group_name)
    provinces = []
    for place in places:
        province = _node(place[3:], "province", place, catalogue().places[place].name)
        Membership.objects.create(node=province, parent=group, **_FROM)
        provinces.append(province)
    unit_name = {"zh-hant": "第一單位", "zh-hans": "第一单位", "en": "First unit"}
    unit = _node(f"{provinces[0].code}-U1", "unit", places[0], unit_name)
    Membership.objects.create(node=unit, parent=provinces[0], **_FROM)
    Boundary.objects.create(
        code=BOUNDARY, approach="operational_control",
        name_zh_hant="運營控制", name_zh_hans="运营控制", name_en="Operational control",
    )  # fmt: skip
    return group, provinces, unit


def quantities(index, number, n_months):
    """Return (kWh, TB) of province ``index`` (from 1) over some months of a year."""
    growth = Decimal("1.1") if number == 2024 else Decimal(1)
    traffic = Decimal("1.5") if number == 2024 else Decimal(1)
    kwh = Decimal(1_000_000 * index * n_months) * growth
    return kwh, Decimal(40_000 * n_months) * traffic * (1 + Decimal(index) / 10)


def rows_of(node, span, kwh, traffic_tb, place="CN"):
    """Return the facts of one node and period, lineage as the computation writes it."""
    tce = kwh * _KGCE_PER_KWH / 1000
    tco2e = kwh * _GRID / 1000
    line = {"carrier": "electricity", "place": place, "year": span.start_date.year,
            "quantity": str(kwh), "estimated": str(kwh / 50)}  # fmt: skip
    grid = {"id": "grid_average:test", "value": str(_GRID), "unit": "kgco2e/kWh", "place": "CN",
            "data_year": 2022, "known_from": "2024-12-20", "source": "MEE and NBS announcement",
            "status": "official", "steps": ["carried forward from 2022"]}  # fmt: skip
    activity = {"activity": "energy", "carriers": ["electricity"], "months": 12,
                "months_with_data": 12}  # fmt: skip

    def formula(text, **inputs):
        return {"formula": text, "inputs": [
            {"name": name, "indicator": indicator, "period": str(span), "value": "", "unit": ""}
            for name, indicator in inputs.items()]}  # fmt: skip

    found = {
        "electricity_use": (kwh, {**activity, "lines": [line]}),
        "information_traffic": (traffic_tb, {}),
        "energy_electricity_tce": (tce, {**activity, "lines": [line]}),
        "energy_use": (tce, formula(
            "electricity + heat + fuel", electricity="energy_electricity_tce",
            heat="energy_heat_tce", fuel="energy_fuel_tce")),
        "energy_per_traffic": (tce * 1000 / traffic_tb, formula(
            "energy / traffic", energy="energy_use", traffic="information_traffic")),
        "scope1": (tco2e / 20, {}),
        "scope2_location_electricity": (tco2e, {**activity, "lines": [
            {**line, "factor": grid, "contribution": str(tco2e)}]}),
        "scope2_location": (tco2e, formula(
            "electricity + heat", electricity="scope2_location_electricity",
            heat="scope2_location_heat")),
        "ghg_total_location": (tco2e * 21 / 20, formula("scope1 + scope2", scope1="scope1",
                                                        scope2="scope2_location")),
        "carbon_per_traffic": (tco2e * 21 / 20 * 1000 / traffic_tb,
                               formula("emissions / traffic", emissions="ghg_total_location",
                                       traffic="information_traffic")),
    }  # fmt: skip
    for indicator, (value, lineage) in found.items():
        entry = catalogue().indicators[indicator]
        yield FactRow(
            indicator=indicator, node=node, boundary=BOUNDARY, period=span, value=value,
            unit=entry.unit, decimals=entry.decimals, method="calculated",
            estimated_share=Decimal("0.02") if "use" in indicator else None, lineage=lineage,
        )  # fmt: skip


def rows_all(places, scale=Decimal(1)):
    """Return every fact of the operator; the last place has no data."""
    for number in (2023, 2024):
        spans = [(year(number), 12), *((month(number, m), 1) for m in range(1, 13))]
        for span, n_months in spans:
            total_kwh = total_tb = Decimal(0)
            for index, place in enumerate(places[:-1], start=1):
                kwh, tb = quantities(index, number, n_months)
                kwh *= scale
                yield from rows_of(place[3:], span, kwh, tb, place)
                if index == 1:
                    yield from rows_of(f"{place[3:]}-U1", span, kwh, tb, place)
                total_kwh, total_tb = total_kwh + kwh, total_tb + tb
            yield from rows_of("GROUP", span, total_kwh, total_tb)


def facts_make(places=PLACES, *, scale=Decimal(1), now=FIRST, reason=""):
    """Record every fact; again with another scale to restate them."""
    batch = FactBatch(engine="test.energy", version="1", parameters={"scale": str(scale)},
                      inputs={"electricity_bills": ["0" * 64]}, rows=list(rows_all(places, scale)),
                      reason=reason)  # fmt: skip
    return facts_record(batch, actor="test", now=now)

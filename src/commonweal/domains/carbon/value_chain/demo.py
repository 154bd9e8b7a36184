"""Synthetic purchases, travel, leases and footprints of 2023 and 2024, and gases topped up.

Every purchase has a quantity or a footprint: no factor by spend ships with the product, and none is
invented for the demo.
"""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from commonweal.domains.carbon.value_chain.importing import footprints_import
from commonweal.domains.carbon.value_chain.models import Footprint
from commonweal.kernel.org.models import Site
from commonweal.kernel.programmes.services import record_act
from commonweal.kernel.records.intake import source_ingest
from commonweal.periods import month_add

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.org.models import Node

KNOWN_AT: Final = datetime(2025, 1, 20, 2, 0, tzinfo=UTC)
_MONTHS: Final = tuple(month_add(date(2023, 1, 1), i) for i in range(24))
_HEADS: Final = {
    "purchases": "node_id,purchase,purchased_date,category,supplier,product,quantity,unit,material,"
    "spend_class,amount_cny",
    "travel": "node_id,category,mode,start_date,end_date,batch,quantity",
    "assets_used": "node_id,category,asset,start_date,end_date,energy_kwh",
    "refrigerants": "site_id,gas,topped_up_date,work_order,quantity_kg,equipment",
}
# Supplier, product, spend class, material, mean quantity a month, unit, CNY each, kg CO2e each.
_PRODUCTS: Final = (
    ("晨港電源（示例）", "rectifier", "spend_network_equipment", "", 40, "item", 2100, "182.4"),
    ("北嶺通信（示例）", "radio unit", "spend_network_equipment", "", 25, "item", 9800, "611.0"),
    ("雲渡服務器（示例）", "server", "spend_it_equipment", "material_it", 260, "kg", 900, ""),
    (
        "恒流（示例）",
        "battery",
        "spend_network_equipment",
        "material_li_battery",
        900,
        "kg",
        95,
        "",
    ),
    ("竹溪文具（示例）", "paper", "spend_office", "material_paper", 400, "kg", 9, ""),
    ("青禾塑膠（示例）", "SIM cards", "spend_other", "material_plastic", 120, "kg", 60, ""),
)
_TRAVEL: Final = (
    ("business", "travel_rail", 52_000),
    ("business", "travel_air_domestic", 31_000),
    ("business", "travel_air_long", 4_000),
    ("business", "travel_taxi", 6_000),
    ("business", "travel_hotel", 240),
    ("commuting", "travel_metro", 90_000),
    ("commuting", "travel_bus", 40_000),
    ("commuting", "travel_car", 55_000),
)
_ASSETS: Final = (
    ("leased_out", "home gateway", 210_000),
    ("product_use", "handset", 34_000),
    ("leased_in", "rented office", 18_000),
)
_GASES: Final = (("r410a", 4.0, "precision cooling"), ("hfc227ea", 1.5, "fire protection"))
_RATED_AT: Final = datetime(2023, 1, 9, 2, 0, tzinfo=UTC)
_UPDATED_AT: Final = datetime(2024, 7, 8, 2, 0, tzinfo=UTC)


def build(*, scopes: Mapping[str, Scope], nodes: Mapping[str, Node], folder: Path) -> None:
    """Bring in footprints, one of them updated, and the files of two years."""
    places = sorted(node.code for node in nodes.values() if node.kind == "province")
    _footprints(scopes, nodes["group"])
    rows = {
        "purchases": list(_purchases(places or ["group"])),
        "travel": list(_spans(places or ["group"], _TRAVEL, batch="agency")),
        "assets_used": list(_spans(places or ["group"], _ASSETS)),
        "refrigerants": list(_leaks()),
    }
    for dataset, head in _HEADS.items():
        path = folder / f"{dataset}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head.split(","), *rows[dataset]])
        if rows[dataset]:
            source_ingest(dataset, path, actor=scopes["data_owner"].actor, now=KNOWN_AT)


def _footprints(scopes: Mapping[str, Scope], group: Node) -> None:
    """Accept two footprints; half-way, one supplier sends a lower one in its place."""
    first = [_entry(i, product, product[7]) for i, product in enumerate(_PRODUCTS) if product[7]]
    after = _entry(9, _PRODUCTS[1], "548.0", precedingPfIds=[first[1]["id"]])
    for entries, at in ((first, _RATED_AT), ([after], _UPDATED_AT)):
        text = json.dumps({"data": entries}, ensure_ascii=False)
        footprints_import(text, node=group, scope=scopes["data_owner"], now=at)
        for entry in entries:
            footprint = Footprint.objects.get(pf_id=entry["id"])
            record_act(footprint, "accept", scope=scopes["reviewer"], now=at)


def _entry(number: int, product: Sequence[Any], pcf: str, **changes: object) -> dict[str, Any]:
    return {
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "specVersion": "3.0.0",
        "created": "2023-01-05T00:00:00Z",
        "status": "Active",
        "companyName": product[0],
        "companyIds": [f"urn:pact:demo:company:{number}"],
        "productDescription": product[1],
        "productIds": [f"urn:pact:demo:product:{product[1].replace(' ', '-')}"],
        "productNameCompany": f"{product[1]}（示例）",
        "pcf": {
            "declaredUnitOfMeasurement": "piece",
            "declaredUnitAmount": "1",
            "productMassPerDeclaredUnit": "12",
            "referencePeriodStart": "2023-01-01T00:00:00+08:00",
            "referencePeriodEnd": "2024-01-01T00:00:00+08:00",
            "geographyCountry": "CN",
            "pcfExcludingBiogenicUptake": pcf,
            "pcfIncludingBiogenicUptake": pcf,
            "fossilGhgEmissions": pcf,
            "fossilCarbonContent": "0",
            "ipccCharacterizationFactors": ["AR6"],
            "crossSectoralStandards": ["ISO14067"],
            "exemptedEmissionsPercent": "0",
            "primaryDataShare": "62.5",
        },
        **changes,
    }


def _purchases(places: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    for n, place in enumerate(places):
        for m, month in enumerate(_MONTHS):
            for i, product in enumerate(_PRODUCTS):
                supplier, name, spend, material, mean, unit, price, _ = product
                quantity = mean + (n * 7 + m * 5 + i * 3) % 17 - 8
                number = f"DEMO-{month:%Y%m}-{place}-{i}"
                item = f"urn:pact:demo:product:{name.replace(' ', '-')}"
                category = "goods" if spend in {"spend_office", "spend_other"} else "capital"
                yield (
                    *(place, number, month.replace(day=12), category, supplier, item),
                    *(quantity, unit, material, spend, quantity * price),
                )


def _spans(
    places: Sequence[str], kinds: Sequence[tuple[str, str, int]], **last: str
) -> Iterator[tuple[Any, ...]]:
    for n, place in enumerate(places):
        for m, month in enumerate(_MONTHS):
            for i, (category, what, mean) in enumerate(kinds):
                amount = mean * (90 + (n * 11 + m * 3 + i * 5) % 21) // 100
                days = (month, month_add(month, 1))
                yield (place, category, what, *days, *last.values(), amount)


def _leaks() -> Iterator[tuple[Any, ...]]:
    sites = Site.objects.filter(kind__in=("data_centre", "room")).order_by("code")
    for n, site in enumerate(sites.values_list("code", flat=True)[:200]):
        for year in (2023, 2024):
            gas, mean_kg, equipment = _GASES[n % 7 == 0]
            day = date(year, 4 + n % 6, 1 + n % 27)
            yield (site, gas, day, f"DEMO-{year}-{n:04d}", mean_kg + n % 5 * 0.5, equipment)

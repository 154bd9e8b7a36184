"""Synthetic water: bills of offices and data centres, wastewater by ratio, recycling at the top."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from commonweal.kernel.org.models import Site
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Context, Opening, records_act, records_open
from commonweal.kernel.records.intake import source_ingest
from commonweal.periods import month_add

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.org.models import Node

KNOWN_AT: Final = datetime(2025, 1, 20, 2, 0, tzinfo=UTC)
_MONTHS: Final = [month_add(date(2023, 1, 1), n) for n in range(24)]
_M3: Final = {"data_centre": 5200, "office": 640, "room": 45, "hall": 60}
_RATIO, _OTHERS = Decimal("0.8"), Decimal("0.55")


def build(*, scopes: Mapping[str, Scope], nodes: Mapping[str, Node], folder: Path) -> None:
    """Bring two years of bills in, then what became of the water at the group."""
    billed_m3 = _bills(folder / "water_bills.csv", nodes)
    actor = scopes["data_owner"].actor
    source_ingest("water_bills", folder / "water_bills.csv", actor=actor, now=KNOWN_AT)
    flows = [
        Opening(node=nodes["group"], values=values) for first in _MONTHS for values in _flows(first)
    ]
    flows += [
        Opening(node=nodes[code], values=_discharge(first, drawn))
        for (code, first), drawn in sorted(billed_m3.items())
    ]
    kind = record_type("water.flow")
    opened = records_open(kind, flows, scope=scopes["data_owner"], now=KNOWN_AT)
    for action, who in (("submit", "data_owner"), ("accept", "reviewer")):
        context = Context(scopes[who], KNOWN_AT)
        records_act(kind, [each.pk for each in opened], action, context=context)


def _bills(path: Path, nodes: Mapping[str, Node]) -> dict[tuple[str, date], Decimal]:
    """Write a bill for each site and month; return what the units of a place drew, m3."""
    places = {node.place: node.code for node in nodes.values() if node.kind == "province"}
    found: dict[tuple[str, date], Decimal] = {}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("site_id", "start_date", "end_date", "quantity_m3", "amount_cny"))
        for site in Site.objects.filter(kind__in=_M3).order_by("code"):
            for first in _MONTHS:
                used = round(_M3[site.kind] * _season(first) * (90 + site.pk * 7 % 21) / 100, 1)
                span = (site.code, first, month_add(first, 1))
                writer.writerow((*span, used, round(used * 5, 2)))
                if site.place in places:
                    key = places[site.place], first
                    found[key] = found.get(key, Decimal(0)) + Decimal(str(used))
    return found


def _discharge(first: date, drawn: Decimal) -> dict[str, Any]:
    basis = {"basis": "按地方排污系數（示例）", "ratio_share": _OTHERS}
    of = {"begin_date": first, "scope": "other", "kind": "wastewater", "method": "ratio"}
    return {**of, **basis, "drawn_t": drawn}


def _season(first: date) -> float:
    """Return how much more cooling takes in a month than in winter."""
    return 1 + 0.35 * max(0, 4 - abs(first.month - 7)) / 4


def _flows(first: date) -> list[dict[str, Any]]:
    common = {"begin_date": first, "scope": "headquarters"}
    ratio = {"method": "ratio", "ratio_share": _RATIO, "basis": "按自來水公司合同（示例）"}
    drawn_t = Decimal(round(1200 * _season(first)))
    return [
        {**common, **ratio, "kind": "wastewater", "drawn_t": drawn_t},
        {**common, "kind": "recycled", "method": "metered", "quantity_t": 14 + first.month % 7},
        {**common, "kind": "collected", "method": "estimated", "quantity_t": 30 + first.month},
    ]

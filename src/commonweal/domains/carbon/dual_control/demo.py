"""Synthetic measures along the ways of ``demo.csv``, a target, and what units declare monthly."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Opening, record_act, records_open
from commonweal.kernel.records.intake import source_ingest
from commonweal.kernel.targets.models import Target
from commonweal.kernel.targets.services import target_set
from commonweal.periods import month_add

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.org.models import Node

KNOWN_AT: Final = datetime(2023, 1, 2, 2, 0, tzinfo=UTC)
TARGET: Final = "demo-energy-total"
_UNTIL: Final = datetime(2025, 1, 1, tzinfo=UTC)
_SET_AT: Final = datetime(2024, 1, 15, 1, 0, tzinfo=UTC)
_WAYS: Final = Path(__file__).with_name("demo.csv")
_TCE_PER_MWH: Final = Decimal("0.1229")


def build(*, scopes: Mapping[str, Scope], nodes: Mapping[str, Node], folder: Path) -> None:
    """Open the measures, lead them along, set a target for the total, declare denominators."""
    places = sorted(
        (node for node in nodes.values() if node.kind == "province"), key=lambda node: node.code
    ) or [nodes["group"]]
    with _WAYS.open(encoding="utf-8", newline="") as file:
        ways = list(csv.DictReader(file))
    for at, way in enumerate(ways):
        _measure(way, places[at * 7 % len(places)], scopes, KNOWN_AT + timedelta(days=3 * at))
    target_set(
        Target(
            code=TARGET,
            indicator="energy_use",
            node=nodes["group"].code,
            boundary="operational",
            base_period="2023",
            target_period="2025",
            change_share=Decimal("-0.03"),
            milestones={"2024": "-0.01"},
            rebase_threshold_share=Decimal("0.05"),
            source="demo operator (synthetic)",
        ),
        actor=scopes["programme_manager"].actor,
        now=_SET_AT,
    )
    path = folder / "submissions_dual_control.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("node_id", "indicator", "start_date", "end_date", "value", "unit"))
        writer.writerows(_declared(places, nodes["group"]))
    source_ingest("submissions", path, actor=scopes["data_owner"].actor, now=_UNTIL)


def _measure(way: Mapping[str, str], node: Node, scopes: Mapping[str, Scope], at: datetime) -> None:
    saving, spread = int(way["saving_mwh_a"]) * 1000, Decimal(way["spread_share"])
    opened = Opening(
        node=node,
        values={
            "title": way["title"],
            "kind": way["kind"],
            "saving_kwh_a": saving,
            "saving_low_kwh_a": round(saving * (1 - spread)),
            "saving_high_kwh_a": round(saving * (1 + spread)),
            "abatement_tco2e_a": way["abatement_t"],
            "capex_cny": way["capex_cny"],
            "opex_cny_a": way["opex_cny_a"],
            "life_years": way["life_years"],
        },
    )
    kind = record_type("dual_control.measure")
    record = records_open(kind, [opened], scope=scopes["data_owner"], now=at)[0]
    for action, _, n_days in (step.partition("+") for step in way["steps"].split()):
        now = at + timedelta(days=int(n_days))
        spec = kind.spec.transition(action)
        if spec is None or now >= _UNTIL:  # what these years did not bring is open at their end
            return
        told: dict[str, Any] = {
            "invested_date": now.date(),
            "verified_date": now.date(),
            "verified_tce": round(Decimal(saving) / 1000 * _TCE_PER_MWH * Decimal("0.93"), 2),
        }
        values = {name: told[name] for name in spec.asks}
        record = record_act(
            record, action, scope=scopes[spec.role], now=now, version=record.version, values=values
        ).record


def _declared(places: list[Node], group: Node) -> Iterator[tuple[Any, ...]]:
    """Yield business volume, revenue and capacity of each province, and the printed targets."""
    for n in range(24):
        first = month_add(date(2023, 1, 1), n)
        span = (first, month_add(first, 1))
        for at, node in enumerate(places):
            size = 1 + at * 13 % 11 / 4
            grown = (1 + 0.007 * n) * (1 + 0.03 * ((n + at) % 3 - 1))
            yield (node.code, "telecom_business_volume", *span, round(5.2e6 * size * grown), "CNY")
            yield (node.code, "revenue", *span, round(4.1e6 * size * (1 + 0.002 * n)), "CNY")
            yield (node.code, "production_capacity", *span, round(2 * size + 0.04 * n, 1), "Tbps")
        yield (group.code, "target_energy_per_traffic", *span, 20, "percent")
        yield (group.code, "target_energy_per_business_volume", *span, 15, "percent")

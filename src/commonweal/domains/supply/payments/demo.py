"""Synthetic invoices of 2023 and 2024.

None of a small supplier is paid late, many are paid on the last day, some after a dispute; large
suppliers wait. The register lacks one payment of 2023 and tells two of them otherwise.
"""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from commonweal.domains.supply.payments.models import Invoice
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Context, Opening, records_act, records_open
from commonweal.kernel.records.intake import source_ingest
from commonweal.periods import month_add

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.org.models import Node

KNOWN_AT: Final = datetime(2023, 1, 2, 2, 0, tzinfo=UTC)
_UNTIL: Final = datetime(2025, 1, 1, tzinfo=UTC)
_ASSETS_CNY: Final = 47_000_000
_WAYS: Final = Path(__file__).with_name("demo.csv")


def build(*, scopes: Mapping[str, Scope], nodes: Mapping[str, Node], folder: Path) -> None:
    """Take every second week's invoices along the ways of ``demo.csv``; then come the files."""
    places = [node for node in nodes.values() if node.kind == "province"] or [nodes["group"]]
    with _WAYS.open(encoding="utf-8", newline="") as file:
        ways = list(csv.DictReader(file))
    for week in range(0, 104, 2):
        for i, way in enumerate(ways):
            at, first = KNOWN_AT + timedelta(weeks=week), week * 1000 + i * 100
            asked = [
                _invoice(way, at, n, places) for n in range(first, first + int(way["n_invoices"]))
            ]
            _go(asked, way["steps"], at, scopes)
    assets = [
        (nodes["group"].code, "total_assets", first, month_add(first, 1), _ASSETS_CNY, "CNY")
        for first in (month_add(date(2023, 1, 1), n) for n in range(24))
    ]
    head = "node_id,indicator,start_date,end_date,value,unit"
    for dataset, rows in (
        ("submissions", [head.split(","), *assets]),
        ("payment_register", [("node_id", "invoice_number", "paid_date", "amount_cny"), *_paid()]),
    ):
        path = folder / f"{dataset}_payments.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        source_ingest(dataset, path, actor=scopes["data_owner"].actor, now=_UNTIL)


def _invoice(way: Mapping[str, str], at: datetime, number: int, places: list[Node]) -> Opening:
    values = {
        "number": f"DEMO-{number:08d}",
        "supplier": f"供應商 {number % 211:03d}（示例）",
        "supplier_size": way["supplier_size"],
        "agreed_days": way["agreed_days"],
        "amount_cny": 20_000 + number * 7919 % 60_000 + number // 1000 * 150,
        "invoice_date": at.date(),
    }
    return Opening(node=places[number % len(places)], values=values)


def _go(asked: list[Opening], steps: str, at: datetime, scopes: Mapping[str, Scope]) -> None:
    kind = record_type("payments.invoice")
    ids = [each.pk for each in records_open(kind, asked, scope=scopes["data_owner"], now=at)]
    for action, _, n_days in (step.partition("+") for step in steps.split()):
        now = at + timedelta(days=int(n_days))
        spec = kind.spec.transition(action)
        if spec and now < _UNTIL:  # what these years did not bring is open at their end
            told = dict.fromkeys(spec.asks, now.date())
            records_act(
                kind, ids, action, context=Context(scopes[spec.role], now, "（示例）", told)
            )


def _paid() -> Iterable[tuple[Any, ...]]:
    """Return what the register tells, with three slips."""
    columns = ("node__code", "number", "paid_date", "amount_cny")
    rows = Invoice.objects.filter(state="paid").order_by("number").values_list(*columns)
    _lost, dearer, earlier, *others = rows
    yield (*dearer[:3], dearer[3] + 1)
    yield (*earlier[:2], earlier[2] - timedelta(days=1), earlier[3])
    yield from others

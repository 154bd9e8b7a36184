"""Synthetic transfers of two years, of each class; one weight in eleven differs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from commonweal.domains.carbon.waste.classes import waste_classes
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Context, Opening, records_act, records_open

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from uuid import UUID

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.org.models import Node

KNOWN_AT: Final = datetime(2025, 1, 15, 2, 0, tzinfo=UTC)
_KG: Final = {
    "lead_acid_battery": 2600,
    "lithium_battery": 480,
    "fluorescent_tube": 35,
    "toner_cartridge": 60,
    "circuit_board": 140,
    "lubricating_oil": 210,
    "network_equipment": 5200,
    "cable": 3100,
    "office_waste": 1900,
}
_ROUTES: Final = {"fluorescent_tube": "treated", "office_waste": "incinerated"}
_N: Final = 4  # transfers of a class and year, one a quarter


def build(*, scopes: Mapping[str, Scope], nodes: Mapping[str, Node], folder: Path) -> None:  # noqa: ARG001 - every programme's contract
    """Hand the waste of two years over; the last of it is still on its way."""
    places = [node for node in nodes.values() if node.kind == "province"] or [nodes["group"]]
    planned = [
        Opening(node=places[(i * 5 + n * 3) % len(places)], values=_transfer(name, n, i))
        for n in range(2 * _N)
        for i, name in enumerate(_KG)
    ]
    kind = record_type("waste.transfer")
    opened: Sequence[Any] = records_open(kind, planned, scope=scopes["data_owner"], now=KNOWN_AT)
    _go([each.pk for each in opened], "send", scopes["data_owner"])
    arrived = [each for each in opened if each.shipped_date < date(2024, 12, 1)]
    for number, each in enumerate(arrived):
        lost = Decimal("0.95") if number % 11 == 7 else Decimal("0.999")  # noqa: PLR2004 - one in eleven
        told = {
            "received_date": each.shipped_date + timedelta(days=2),
            "received_kg": (each.sent_kg * lost).quantize(Decimal("0.1")),
        }
        _go([each.pk], "receive", scopes["data_owner"], told)
    agreed = [each.pk for number, each in enumerate(arrived) if number % 11 != 7]  # noqa: PLR2004
    _go(agreed, "close", scopes["reviewer"])


def _transfer(name: str, n: int, i: int) -> dict[str, Any]:
    day = date(2023 + n // _N, 3 * (n % _N) + 1 + i % 3, 5 + i)
    values = {
        "waste_class": name,
        "shipped_date": day,
        "sent_kg": _KG[name] * (90 + (n * 7 + i * 3) % 21) // 100,
        "receiver": "金屬回收廠（示例）",
        "route": _ROUTES.get(name, "recycled"),
    }
    if waste_classes()[name].hazardous:
        values |= {
            "carrier": "安全運輸公司（示例）",
            "licence": "HW-DEMO-0007",
            "licence_until_date": date(2026, 12, 31),
            "manifest": f"DEMO{day:%Y%m}{i:04d}",
        }
    return values


def _go(
    ids: Sequence[UUID], action: str, scope: Scope, told: Mapping[str, Any] | None = None
) -> None:
    context = Context(scope, KNOWN_AT, "", told or {})
    records_act(record_type("waste.transfer"), list(ids), action, context=context)

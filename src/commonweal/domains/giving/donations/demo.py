"""Synthetic gifts with the published sums of 2024: 5.3 + 197.8 = 203.1 萬元."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_open

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.org.models import Node
    from commonweal.kernel.programmes.models import Record

KNOWN_AT: Final = datetime(2024, 2, 1, 2, 0, tzinfo=UTC)
_GIFTS: Final = Path(__file__).with_name("demo.csv")
_FIELDS: Final = ("purpose", "recipient", "project", "amount_cny", "pledge_date")


def build(*, scopes: Mapping[str, Scope], nodes: Mapping[str, Node], folder: Path) -> None:  # noqa: ARG001 - every programme's contract
    """Take each gift of ``demo.csv`` along the way that it went."""
    kind = record_type("donations.donation")
    with _GIFTS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["pledge_date"]).replace(hour=2, tzinfo=UTC)
            values = {name: row[name] for name in _FIELDS}
            node = nodes[row["node"]].code
            gift = record_open(kind, node=node, values=values, scope=scopes["data_owner"], now=at)
            _follow(gift, row, at, scopes)


def _follow(
    gift: Record, row: Mapping[str, str], at: datetime, scopes: Mapping[str, Scope]
) -> None:
    paid_on = date.fromisoformat(row["payment_date"] or row["pledge_date"])
    n_days = (paid_on - at.date()).days
    told = {"use_report": row["use_report"], "used_cny": row["amount_cny"]}
    steps: tuple[tuple[str, str, int, dict[str, Any]], ...] = (
        ("pledge", "data_owner", 1, {}),
        ("approve", "reviewer", 3, {}),
        ("approve", "second_reviewer", 4, {}),
        ("pay", "programme_manager", n_days, {"payment_date": paid_on}),
        ("receive", "data_owner", n_days + 9, {"receipt_number": row["receipt_number"]}),
        ("report", "data_owner", n_days + 60, told),
    )
    for action, role, days_after, values in steps[: int(row["n_steps"])]:
        now = at + timedelta(days=days_after)
        gift = record_act(gift, action, scope=scopes[role], now=now, values=values).record

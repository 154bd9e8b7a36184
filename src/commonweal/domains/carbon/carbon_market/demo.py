"""Two synthetic years in Beijing and Shenzhen; every amount and price is made up.

2023 runs from the allocation to the closed year. 2024 is reported, short, and to be planned for;
one purchase waits for approval. No price is one of an exchange.
"""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from commonweal.domains.carbon.carbon_market.models import Obligation
from commonweal.kernel.ledger.models import Transfer
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Context, Opening, records_act, records_open

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.org.models import Node
    from commonweal.kernel.programmes.models import Record

KNOWN_AT: Final = datetime(2023, 12, 1, 2, 0, tzinfo=UTC)
_TRADES: Final = Path(__file__).with_name("demo.csv")
_EXCHANGE: Final = "示例交易所（合成價格）"
_PLACES: Final = {"beijing": "BJ", "shenzhen": "GD-01"}
# market: (allocated, auctioned, reported, verified) of 2023, (allocated, reported) of 2024,
# deadlines, surrendered credits and allowances
_TONNES: Final = {
    "beijing": ((57_400, 500, 61_250, 61_034), (56_800, 62_900)),
    "shenzhen": ((22_300, 0, 24_510, 24_480), (22_000, 23_900)),
}
_DEADLINES: Final = {
    "beijing": (date(2024, 10, 31), date(2025, 10, 31)),  # no rule gives one: entered by hand
    "shenzhen": (date(2024, 8, 31), date(2025, 8, 31)),
}
_SURRENDERED: Final = {
    "beijing": (("credit", 2021, 2_800), ("allowance", 2023, 58_234)),
    "shenzhen": (("credit", 2022, 400), ("allowance", 2023, 24_080)),
}


def build(*, scopes: Mapping[str, Scope], nodes: Mapping[str, Node], folder: Path) -> None:  # noqa: ARG001 - every programme's contract
    """Run one compliance year to its end and bring the next to where a plan is needed."""
    people = _People(scopes)
    places = {market: nodes.get(code, nodes["group"]) for market, code in _PLACES.items()}
    for market, node in places.items():
        (free_t, auction_t, reported_t, _verified), (next_t, _reported) = _TONNES[market]
        due = _obligation(people, node, market, 2023, date(2023, 12, 4))
        _allocate(people, due, "free", free_t, date(2023, 12, 18))
        if auction_t:
            _allocate(people, due, "auction", auction_t, date(2024, 1, 30), price_cny=103)
        reported = {"reported_t": reported_t}
        people.act([due], "report", "data_owner", date(2024, 2, 28), **reported)
        later = _obligation(people, node, market, 2024, date(2024, 7, 10))
        _allocate(people, later, "free", next_t, date(2024, 7, 22))
    _trades(people, places)
    for market, node in places.items():
        _comply(people, node, market)


class _People:
    """The demo's people, and the ledger's clock, which no demo may turn back for another."""

    def __init__(self, scopes: Mapping[str, Scope]) -> None:
        self._scopes = scopes

    def now(self, day: date) -> datetime:
        newest = Transfer.objects.order_by("-pk").values_list("recorded_at", flat=True).first()
        at = datetime.combine(day, time(2), UTC)
        return at if newest is None else max(at, newest)

    def open(
        self, name: str, node: Node, rows: Sequence[Mapping[str, Any]], day: date
    ) -> Sequence[Record]:
        kind = record_type(f"carbon_market.{name}")
        asked = [Opening(node=node, values=values) for values in rows]
        return records_open(kind, asked, scope=self._scopes["data_owner"], now=self.now(day))

    def act(
        self,
        records: Sequence[Record],
        action: str,
        role: str,
        day: date,
        **values: object,
    ) -> None:
        label = records[0]._meta.label_lower  # noqa: SLF001 - public _meta
        context = Context(self._scopes[role], self.now(day), "", values)
        records_act(record_type(label), [each.pk for each in records], action, context=context)


def _obligation(people: _People, node: Node, market: str, year: int, day: date) -> Record:
    due_date = _DEADLINES[market][year - 2023]
    values = {"market": market, "year": year, "due_date": due_date}
    return people.open("obligation", node, [values], day)[0]


def _allocate(
    people: _People, due: Record, kind: str, amount_t: int, day: date, *, price_cny: int = 0
) -> None:
    values = {"obligation": due, "kind": kind, "amount_t": amount_t, "price_cny": price_cny}
    rows = people.open("allocation", due.node, [values], day)
    people.act(rows, "issue", "reviewer", day, issued_date=day)


def _trades(people: _People, places: Mapping[str, Node]) -> None:
    """Propose, approve and settle the purchases and sales of ``demo.csv``; leave one waiting."""
    with _TRADES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        day = date.fromisoformat(row["trade_date"])
        settled = {name: row.pop(name) for name in ("price_cny", "fee_cny", "trade_date")}
        values = {**row, "counterparty": _EXCHANGE}
        trade = people.open("trade", places[row["market"]], [values], day)
        people.act(trade, "propose", "data_owner", day)
        people.act(trade, "approve", "reviewer", day)
        people.act(trade, "settle", "programme_manager", day, **settled)
    wanted = {"market": "beijing", "kind": "credit", "vintage": 2023, "side": "buy"}
    asked = {**wanted, "amount_t": 1500, "counterparty": _EXCHANGE}
    waiting = people.open("trade", places["beijing"], [asked], date(2024, 12, 20))
    people.act(waiting, "propose", "data_owner", date(2024, 12, 20))


def _comply(people: _People, node: Node, market: str) -> None:
    """Verify, surrender and close 2023; report 2024."""
    by = _DEADLINES[market][0]
    due = {each.year: each for each in Obligation.objects.filter(node=node, market=market)}
    day = by.replace(day=20)
    verified_t, reported_t = _TONNES[market][0][3], _TONNES[market][1][1]
    people.act([due[2023]], "verify", "verifier", day, verified_t=verified_t)
    for asset, vintage, amount_t in _SURRENDERED[market]:
        what = {"kind": asset, "vintage": vintage, "amount_t": amount_t}
        rows = people.open("surrender", node, [{"obligation": due[2023], **what}], day)
        people.act(rows, "propose", "data_owner", day)
        people.act(rows, "surrender", "programme_manager", day, surrendered_date=day)
    people.act([due[2023]], "complete", "programme_manager", day)
    people.act([due[2023]], "close", "reviewer", by)
    people.act([due[2024]], "report", "data_owner", date(2025, 3, 20), reported_t=reported_t)

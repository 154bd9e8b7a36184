"""Synthetic members, gifts, pupils and libraries with the published sums.

Six years × 1,427 pupils = 8,562, of whom 37 a year get 1,000 CNY and the others 950, and 19
libraries of 50,000 CNY come to 9,095,000 CNY. Each year's gifts are what that year pays out.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from commonweal.domains.giving.points.rules import FUND, PAID_OUT, POINTS_PER_CNY
from commonweal.kernel.ledger.services import (
    TransferColumns,
    account_open_many,
    asset_create,
    transfers_post_columns,
)
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Context, Opening, records_act, records_open

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.org.models import Node
    from commonweal.kernel.programmes.models import Record

KNOWN_AT: Final = datetime(2024, 2, 2, 2, 0, tzinfo=UTC)
N_MEMBERS: Final = 20_000
_YEARS: Final = range(2019, 2025)
_N_PUPILS, _N_MORE, _LIBRARY_CNY = 1427, 37, 50_000
_NAMES: Final = {"zh-hant": "積分", "zh-hans": "积分", "en": "points"}


def build(*, scopes: Mapping[str, Scope], nodes: Mapping[str, Node], folder: Path) -> None:  # noqa: ARG001 - every programme's contract
    """Run the plan for six years."""
    group, start = nodes["group"], datetime(_YEARS[0], 1, 2, 2, tzinfo=UTC)
    terms: dict[str, Any] = {"node": group.code, "actor": "demo", "now": start}
    asset_create(code="points", names=_NAMES, unit="points", **terms)
    members = [f"member-{number:07d}" for number in range(N_MEMBERS)]
    account_open_many(codes=members, asset="points", **terms)
    account_open_many(codes=["points-issued"], asset="points", kind="source", floor=None, **terms)
    account_open_many(codes=[FUND, PAID_OUT], asset="points", kind="fund", **terms)
    places = [node for node in nodes.values() if node.kind == "province"] or [group]
    for year in _YEARS:
        n_libraries = 4 if year == _YEARS[-1] else 3
        paid_cny = _N_PUPILS * 950 + _N_MORE * 50 + n_libraries * _LIBRARY_CNY
        _gifts(members, paid_cny * POINTS_PER_CNY, datetime(year, 1, 5, 2, tzinfo=UTC))
        _cycle(year, n_libraries, scopes, group, places)


def _gifts(members: list[str], points: int, at: datetime) -> None:
    """Let every member earn and give; the odd points come from the first ones."""
    amount = np.full(len(members), points // len(members), np.int64)
    amount[: points % len(members)] += 1
    for what, debit, credit in (("earn", "points-issued", members), ("gift", members, FUND)):
        keys = [f"{what}-{at.year}-{member}" for member in members]
        columns = TransferColumns(key=keys, debit=debit, credit=credit, amount=amount, code=what)
        transfers_post_columns(columns, actor="demo", now=at)


def _cycle(
    year: int, n_libraries: int, scopes: Mapping[str, Scope], group: Node, places: list[Node]
) -> None:
    at = datetime(year, 3, 1, 2, tzinfo=UTC)

    def opened(name: str, role: str, openings: Iterable[Opening]) -> list[Record]:
        kind = record_type(f"points.{name}")
        return list(records_open(kind, openings, scope=scopes[role], now=at))

    def act(
        name: str,
        records: list[Record],
        action: str,
        role: str,
        n_days: int,
        **values: Any,  # noqa: ANN401 - fields of any type
    ) -> None:
        context = Context(scopes[role], at + timedelta(days=n_days), "", values)
        ids = [each.pk for each in records]
        records_act(record_type(f"points.{name}"), ids, action, context=context)

    terms = {"year": year, "begin_date": at.date(), "budget_cny": 1_400_000}
    asked = Opening(node=group, values={**terms, "income_limit_cny": 8000})
    cycle = opened("cycle", "programme_manager", [asked])
    pupils = opened("entitlement", "data_owner", map(_pupil(cycle[0], places), range(_N_PUPILS)))
    libraries = opened(
        "library",
        "data_owner",
        [
            Opening(node=places[(year + i) % len(places)], values=_library(cycle[0], i))
            for i in range(n_libraries)
        ],
    )
    act("cycle", cycle, "propose", "programme_manager", 30)
    act("cycle", cycle, "approve", "reviewer", 40)
    act("cycle", cycle, "approve", "second_reviewer", 41)
    act("entitlement", pupils, "approve", "reviewer", 50)
    act("library", libraries, "approve", "reviewer", 50)
    paid_on = at.date() + timedelta(days=190)
    act("entitlement", pupils, "pay", "programme_manager", 190, paid_date=paid_on)
    act("library", libraries, "build", "programme_manager", 200, built_date=paid_on, n_books=1200)


def _pupil(cycle: Record, places: list[Node]) -> Any:  # noqa: ANN401 - a function
    def one(i: int) -> Opening:
        values = {
            "cycle": cycle,
            "pupil": f"pupil {cycle.start_date.year}-{i:04d}",
            "school": f"village school {i % 211}",
            "is_rural": True,
            "income_cny": 3000 + i % 4000,
            "amount_cny": 1000 if i < _N_MORE else 950,
        }
        return Opening(node=places[i % len(places)], values=values)

    return one


def _library(cycle: Record, i: int) -> dict[str, Any]:
    school = f"village school {cycle.start_date.year}-{i}"
    return {"cycle": cycle, "school": school, "cost_cny": _LIBRARY_CNY}

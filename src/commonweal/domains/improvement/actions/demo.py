"""Synthetic actions along ``demo.csv``, what programmes propose, and three portfolios of them."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from commonweal.domains.improvement.actions.models import Action, Outcome
from commonweal.domains.improvement.actions.proposing import actions_propose
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Context, Opening, records_act, records_open

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.org.models import Node
    from commonweal.kernel.programmes.models import Record

KNOWN_AT: Final = datetime(2023, 1, 2, 2, 0, tzinfo=UTC)
_PROPOSED_AT: Final = datetime(2025, 1, 20, 2, 0, tzinfo=UTC)
_CHOSEN_AT: Final = datetime(2025, 2, 10, 2, 0, tzinfo=UTC)
_ROWS: Final = Path(__file__).with_name("demo.csv")
_T_PER_MWH: Final = Decimal("0.5366")
_CNY_PER_MWH: Final = 720
_WAY: Final = ("assess", "plan", "approve", "start", "complete")
_N_STEPS: Final = {"proposed": 0, "assessed": 1, "approved": 3, "running": 4, "done": 5}
_ROLES: Final = {
    "assess": "engineer",
    "plan": "reviewer",
    "approve": "second_reviewer",
    "start": "data_owner",
    "complete": "data_owner",
}


def build(*, scopes: Mapping[str, Scope], nodes: Mapping[str, Node], folder: Path) -> None:  # noqa: ARG001 - every programme's contract
    """Open actions and lead them along, verify their years, and ask for portfolios."""
    places = sorted(
        (node for node in nodes.values() if node.kind == "province"), key=lambda node: node.code
    ) or [nodes["group"]]
    with _ROWS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    of: dict[str, Action] = {}
    for at, row in enumerate(rows):
        of[row["title"]] = _action(row, places[at * 5 % len(places)], scopes, of)
    _years(rows, of, scopes)
    actions_propose(scope=scopes["data_owner"], now=_PROPOSED_AT)
    proposed = Action.objects.filter(state="proposed").exclude(proposal="")
    _act(list(proposed)[:-2], "assess", scopes["engineer"], _PROPOSED_AT + timedelta(days=5))
    _portfolios(nodes["group"], scopes)


def _act(
    records: Sequence[Record],
    action: str,
    scope: Scope,
    now: datetime,
    comment: str = "",
    **values: Any,  # noqa: ANN401 - fields of any type
) -> None:
    kind = record_type(f"actions.{type(records[0]).__name__.lower()}") if records else None
    if kind is not None:
        context = Context(scope, now, comment, values)
        records_act(kind, [each.pk for each in records], action, context=context)


def _action(
    row: Mapping[str, str], node: Node, scopes: Mapping[str, Scope], of: Mapping[str, Action]
) -> Action:
    year = int(row["year"] or 2025)
    at = datetime(min(year, 2024), 1, 12, 2, tzinfo=UTC)
    kwh, spread = Decimal(row["saving_mwh_a"]) * 1000, Decimal(row["spread_share"])
    values = {
        name: row[name]
        for name in ("title", "kind", "capex_cny", "opex_cny_a", "life_years", "confidence_share")
    } | {
        "saving_kwh_a": kwh,
        "saving_low_kwh_a": kwh * (1 - spread),
        "saving_high_kwh_a": kwh * (1 + spread),
        "abatement_tco2e_a": round(kwh / 1000 * _T_PER_MWH, 2),
        "saving_cny_a": kwh / 1000 * _CNY_PER_MWH,
        "one_of": row["one_of"],
        "requires": of.get(row["requires"]),
        "basis": row["basis"],
        "basis_kwh_a": Decimal(row["basis_mwh"]) * 1000 if row["basis_mwh"] else None,
        "source": "可行性研究（示例）",
    }
    opened = Opening(node=node, values=values)
    kind = record_type("actions.action")
    opening = records_open(kind, [opened], scope=scopes["data_owner"], now=at)
    record = Action.objects.get(pk=opening[0].pk)
    if row["steps"] == "rejected":
        _act([record], "reject", scopes["reviewer"], at + timedelta(days=20), "節電太少（示例）")
    told: dict[str, dict[str, Any]] = {
        "plan": {"start_year": year},
        "complete": {"done_date": date(year, 7, 1)},
    }
    for step, action in enumerate(_WAY[: _N_STEPS.get(row["steps"], 0)], 1):
        now = at + timedelta(days=20 * step) if action != "complete" else at.replace(month=7)
        _act([record], action, scopes[_ROLES[action]], now, **told.get(action, {}))
    return record


def _years(
    rows: Sequence[Mapping[str, str]], of: Mapping[str, Action], scopes: Mapping[str, Scope]
) -> None:
    """Report and verify each year that is over; then the action itself counts as verified."""
    for row in rows:
        action = of[row["title"]]
        for year, share in enumerate(row["realised"].split(), int(row["year"] or 0)):
            outcome = Outcome.objects.get(action=action, year=year)
            kwh = round(outcome.expected_kwh * Decimal(share), 2)
            values = {
                "realised_kwh": kwh,
                "low_kwh": round(kwh * Decimal("0.93"), 2),
                "high_kwh": round(kwh * Decimal("1.07"), 2),
                "realised_tco2e": round(outcome.expected_tco2e * Decimal(share), 2),
                "realised_cny": round(outcome.expected_cny * Decimal(share), 2),
                "basis": "改造前後電表對比，IPMVP 選項 B（示例）",
            }
            at = datetime(year + 1, 1, 15, 2, tzinfo=UTC)
            _act([outcome], "report", scopes["data_owner"], at, **values)
            _act([outcome], "verify", scopes["verifier"], at + timedelta(days=20))
            if year == int(row["year"]):
                _act([action], "verify", scopes["verifier"], at + timedelta(days=25))


def _portfolios(group: Node, scopes: Mapping[str, Scope]) -> None:
    """Ask three questions: one approved, one put forward, one that cannot be met."""
    terms = {"first_year": 2025, "n_years": 8, "rate_share": "0.06"}
    asked = (
        ("穩步達標 2025–2032（示例）", 9000, 6_000_000, 0, 4),
        ("加碼碳價 2025–2032（示例）", 9000, 9_000_000, 90, None),
        ("進取目標 2025–2032（示例）", 26000, 5_000_000, 90, None),
    )
    openings = [
        Opening(
            node=group,
            values={
                **terms,
                "title": title,
                "target_tco2e_a": target,
                "budget_cny_a": budget,
                "carbon_cny_t": carbon,
                "most_starts": most,
            },
        )
        for title, target, budget, carbon, most in asked
    ]
    manager, kind = scopes["programme_manager"], record_type("actions.portfolio")
    steady, priced, bold = records_open(kind, openings, scope=manager, now=_CHOSEN_AT)
    _act([bold], "optimise", manager, _CHOSEN_AT + timedelta(hours=1))
    for record in (steady, priced):
        _act([record], "propose", manager, _CHOSEN_AT + timedelta(hours=2))
    for role, n_days in (("reviewer", 2), ("second_reviewer", 3)):
        _act([steady], "approve", scopes[role], _CHOSEN_AT + timedelta(days=n_days))

"""Synthetic statements: every province of the demo operator for three half-years.

Investments sum to the same each half-year; one province takes a data centre over and says so, one
is late, one corrects a slip, and the last half-year is still under way in a few places.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Context, record_change, record_open, records_act

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from commonweal.domains.carbon.collection.models import Campaign, Item, Statement
    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.org.models import Node

KNOWN_AT: Final = datetime(2024, 1, 3, 2, 0, tzinfo=UTC)
_HALVES: Final = (
    ("2023-H2", date(2024, 1, 20)),
    ("2024-H1", date(2024, 7, 20)),
    ("2024-H2", date(2025, 1, 20)),
)
_ASKED: Final = "energy_saving_investment energy_saving_trainees energy_officers"
_REASON: Final = "一座數據中心於期內移交（示例）"
_ALL: Final = ("submit", "review", "approve")
_UNDER_WAY: Final[dict[int, tuple[str, ...]]] = {1: ("submit",), 2: ("submit", "review"), 4: ()}
"""How far some provinces came with the last half-year."""


def build(*, scopes: Mapping[str, Scope], nodes: Mapping[str, Node], folder: Path) -> None:  # noqa: ARG001 - every programme's contract
    """Ask every half-year, and have it answered."""
    for number, (covers, due) in enumerate(_HALVES):
        opened_at = datetime(due.year, due.month, 3, 2, tzinfo=UTC)
        campaign = _campaign(covers, due, opened_at, scopes, nodes["group"])
        statements = list(campaign.statements.select_related("node").order_by("node__code"))
        is_last = number == len(_HALVES) - 1
        ways: dict[tuple[datetime, tuple[str, ...]], list[Statement]] = {}
        for place, statement in enumerate(statements):
            is_late = place == len(statements) - 1
            at = opened_at + timedelta(days=19 if is_late else 3 + place % 6 * 2)
            steps = _UNDER_WAY.get(place, _ALL) if is_last else _ALL
            _fill(statement, number, place, at, scopes["data_owner"], is_whole=bool(steps))
            ways.setdefault((at, steps), []).append(statement)
        for (at, steps), together in ways.items():
            _go(together, steps, at, scopes)
        if number == 0 and statements:
            _correct(statements[0], opened_at + timedelta(days=60), scopes)


def _campaign(
    covers: str, due: date, at: datetime, scopes: Mapping[str, Scope], group: Node
) -> Campaign:
    values = {
        "title": f"節能減排報表 {covers}（示例）",
        "covers": covers,
        "level": "province",
        "indicators": _ASKED,
        "due_date": due,
    }
    kind, manager = record_type("collection.campaign"), scopes["programme_manager"]
    opened = record_open(kind, node=group.code, values=values, scope=manager, now=at)
    (done,) = records_act(kind, [opened.pk], "launch", context=Context(manager, at))
    return done.record  # type: ignore[return-value] # the type's own model


def _fill(
    statement: Statement, number: int, place: int, at: datetime, scope: Scope, *, is_whole: bool
) -> None:
    items = list(statement.items.order_by("pk"))
    for item in items if is_whole else items[:1]:
        is_jump = place == 3 and number == 2 and item.indicator == "energy_saving_investment"  # noqa: PLR2004 - one province
        value = _value(item.indicator, number, place) * (3 if is_jump else 1)
        given = {"value": value, "method": "ledger", "evidence": "台賬第 3 頁（示例）"}
        _change(item, given, at, scope)


def _change(item: Item, values: dict[str, Any], at: datetime, scope: Scope) -> None:
    changed: Any = record_change(item, values=values, version=item.version, scope=scope, now=at)
    if changed.is_odd and not changed.reason:
        record_change(
            changed, values={"reason": _REASON}, version=changed.version, scope=scope, now=at
        )


def _value(indicator: str, number: int, place: int) -> Decimal:
    """Return what a province declares: it grows a little, and provinces differ."""
    growth = 100 + 4 * number
    base = {
        "energy_saving_investment": 600_000 + place * 7919 % 31 * 20_000,
        "energy_saving_trainees": 120 + place * 31 % 90,
        "energy_officers": 14 + place % 9,
    }[indicator]
    return Decimal(base * growth // 100)


def _correct(statement: Statement, at: datetime, scopes: Mapping[str, Scope]) -> None:
    """Mend a slip of one province, long after its approval."""
    _go([statement], ("correct",), at, scopes)
    (newer,) = statement.corrections.all()
    item = newer.items.get(indicator="energy_saving_trainees")
    _change(
        item,
        {"value": (item.value or Decimal(0)) + 12, "reason": _REASON},
        at,
        scopes["data_owner"],
    )
    _go([newer], ("submit", "review", "approve"), at, scopes)


def _go(
    statements: Sequence[Statement], steps: Sequence[str], at: datetime, scopes: Mapping[str, Scope]
) -> None:
    kind = record_type("collection.statement")
    for number, action in enumerate(steps):
        spec = kind.spec.transition(action)
        if spec:
            context = Context(scopes[spec.role], at + timedelta(hours=number), "（示例）")
            records_act(kind, [each.pk for each in statements], action, context=context)

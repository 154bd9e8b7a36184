"""Synthetic hearings with the published figures of 2024.

481 hearings with 230,812 participants and 10,020 issues, of which all but the first of each
hearing are solved on the spot: 9,539, or 95.2 %. The others go the ways of ``demo.csv``.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Context, Opening, records_act, records_open

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.org.models import Node

KNOWN_AT: Final = datetime(2024, 1, 3, 2, 0, tzinfo=UTC)
_N_HEARINGS: Final = 481
_HOLIDAYS: Final = ("02-14", "05-01", "10-02")
_EVERY_WEEK: Final = [KNOWN_AT + timedelta(weeks=week) for week in range(52)]
_WEDNESDAYS: Final = [day for day in _EVERY_WEEK if f"{day:%m-%d}" not in _HOLIDAYS]
_WAYS: Final = Path(__file__).with_name("demo.csv")
_TOPICS: Final = ("pay", "conditions", "growth", "welfare", "business", "other")
_HEARING: Final = {"theme": "員工急難愁盼（示例）", "place": "會議中心及線上", "leader": "總經理"}
_TOLD: Final = {"answer": "已落實並告知（示例）", "handler": "綜合部"}


def build(*, scopes: Mapping[str, Scope], nodes: Mapping[str, Node], folder: Path) -> None:  # noqa: ARG001 - every programme's contract
    """Hold a year of hearings, some ten on each Wednesday that is no holiday."""
    places = [node for node in nodes.values() if node.kind == "province"] or [nodes["group"]]
    with _WAYS.open(encoding="utf-8", newline="") as file:
        ways = {int(row["remainder"]): row["steps"] for row in csv.DictReader(file)}
    numbers: dict[datetime, list[int]] = {day: [] for day in _WEDNESDAYS}
    for n in range(_N_HEARINGS):
        numbers[_WEDNESDAYS[n * len(_WEDNESDAYS) // _N_HEARINGS]].append(n)
    for at, here in numbers.items():
        planned = [_hearing(n, at, places[n % len(places)]) for n in here]
        hearings = _open("hearing", planned, scopes["data_owner"], at)
        _go("hearing", hearings, "hold+0", at, scopes)
        asked = [_issue(each, i) for each in hearings for i in range(21 if _n(each) % 6 else 20)]
        issues = _open("issue", asked, scopes["staff"], at)
        first = {each.hearing_id: each for each in reversed(issues)}
        later = {each.pk for each in first.values()}
        there = [each for each in issues if each.pk not in later]
        _go("issue", there, "solve_on_site+0", at, scopes)
        for remainder, steps in ways.items():
            of = [each for each in first.values() if _n(each.hearing) % len(ways) == remainder]
            _go("issue", of, steps, at, scopes)
        _go("hearing", hearings, "close+61", at, scopes)


def _n(hearing: Any) -> int:  # noqa: ANN401 - a model's row
    return int(hearing.code.rpartition("-")[2]) - 1


def _hearing(number: int, at: datetime, node: Node) -> Opening:
    values = {"held_date": at.date(), "n_participants": 360 + number * 53 % 241}
    return Opening(node=node, values=_HEARING | values)


def _issue(hearing: Any, i: int) -> Opening:  # noqa: ANN401
    values = {"hearing": hearing, "topic": _TOPICS[i % len(_TOPICS)], "text": "（示例問題）"}
    return Opening(node=hearing.node, values=values | {"is_anonymous": i % 5 == 0})


def _open(kind: str, openings: Sequence[Opening], scope: Scope, at: datetime) -> Sequence[Any]:
    return records_open(record_type(f"general_manager.{kind}"), openings, scope=scope, now=at)


def _go(
    name: str, records: Sequence[Any], steps: str, at: datetime, scopes: Mapping[str, Scope]
) -> None:
    """Do each step so many days later; what the year did not bring is open at its end."""
    kind = record_type(f"general_manager.{name}")
    for action, _, n_days in (step.partition("+") for step in steps.split()):
        now = at + timedelta(days=int(n_days), hours=2)
        spec = kind.spec.transition(action)
        if spec and records and now.year == at.year:
            told = {field: _TOLD[field] for field in spec.asks if field in _TOLD}
            context = Context(scopes[spec.role], now, "（示例）", told)
            records_act(kind, [each.pk for each in records], action, context=context)

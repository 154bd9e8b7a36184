"""Synthetic hearings with the published figures of 2024.

481 hearings with 230,812 participants and 10,020 issues, of which all but the first of each
hearing are solved on the spot: 9,539, or 95.2 %.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Context, Opening, records_act, records_open

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.org.models import Node
    from commonweal.kernel.programmes.models import Record

KNOWN_AT: Final = datetime(2024, 1, 3, 2, 0, tzinfo=UTC)
_UNTIL: Final = datetime(2025, 1, 1, tzinfo=UTC)
_N_HEARINGS: Final = 481
_HOLIDAYS: Final = ("02-14", "05-01", "10-02")
_WEDNESDAYS: Final = [
    day
    for day in (datetime(2024, 1, 3, 6, tzinfo=UTC) + timedelta(weeks=week) for week in range(52))
    if f"{day:%m-%d}" not in _HOLIDAYS
]
_ASKED: Final = (
    ("conditions", "外線班組的防寒用品不足"),
    ("pay", "計件考核口徑不清楚"),
    ("growth", "一線員工內部應聘的機會少"),
    ("welfare", "食堂晚班沒有熱餐"),
    ("business", "開通流程需要重複錄入"),
)
_ANSWER: Final = {"answer": "已落實並當面說明（示例）"}


def build(*, scopes: Mapping[str, Scope], nodes: Mapping[str, Node], folder: Path) -> None:  # noqa: ARG001 - every programme's contract
    """Hold a year of hearings, some ten on each Wednesday that is no holiday."""
    places = [node for node in nodes.values() if node.kind == "province"] or [nodes["group"]]
    for at in _WEDNESDAYS:
        numbers = [n for n in range(_N_HEARINGS) if _day(n) == at]
        planned = [_hearing(n, at, places[n % len(places)]) for n in numbers]
        hearings = _open("hearing", planned, scopes["data_owner"], at)
        _act("hearing", hearings, "hold", scopes["data_owner"], at)
        asked = [
            _issue(hearing, n, i)
            for n, hearing in zip(numbers, hearings, strict=True)
            for i in range(21 if n % 6 else 20)
        ]
        _solve(_open("issue", asked, scopes["staff"], at), at + timedelta(hours=2), scopes)
        _act("hearing", hearings, "close", scopes["programme_manager"], at + timedelta(days=61))


def _day(number: int) -> datetime:
    return _WEDNESDAYS[number * len(_WEDNESDAYS) // _N_HEARINGS]


def _hearing(number: int, at: datetime, node: Node) -> Opening:
    values = {
        "theme": "員工急難愁盼（示例）",
        "held_date": at.date(),
        "place": "省公司會議中心及線上",
        "leader": "省分公司總經理",
        "n_participants": 360 + number * 53 % 241,
    }
    return Opening(node=node, values=values)


def _issue(hearing: Record, number: int, i: int) -> Opening:
    topic, text = _ASKED[(number + i) % len(_ASKED)]
    values = {"hearing": hearing, "topic": topic, "text": text, "is_anonymous": i % 5 == 0}
    return Opening(node=hearing.node, values=values)


def _solve(issues: Sequence[Any], at: datetime, scopes: Mapping[str, Scope]) -> None:
    """Solve all but the first of each hearing there, those in days; some twice, some late."""
    first = list({each.hearing_id: each for each in reversed(issues)}.values())
    kept = {each.pk for each in first}
    slow, quick = first[::9], [each for i, each in enumerate(first) if i % 9]
    there = [each for each in issues if each.pk not in kept]
    for records, action, role, n_days, values in (
        (there, "solve_on_site", "data_owner", 0, _ANSWER),
        (first, "assign", "data_owner", 0, {"handler": "綜合部"}),
        (first, "start", "programme_manager", 1, {}),
        (quick[::4], "wait", "programme_manager", 2, {}),
        (quick[::4], "resume", "data_owner", 6, {}),
        (quick, "solve", "programme_manager", 10, _ANSWER),
        (quick[::8], "reopen", "data_owner", 12, {}),
        (quick[::8], "solve", "programme_manager", 16, _ANSWER),
        (slow, "escalate", "data_owner", 45, {}),
        (slow, "solve", "programme_manager", 50, _ANSWER),
        (first, "close", "reviewer", 60, {}),
    ):
        _act("issue", records, action, scopes[role], at + timedelta(days=n_days), **values)


def _open(kind: str, openings: Sequence[Opening], scope: Scope, at: datetime) -> Sequence[Record]:
    return records_open(record_type(f"general_manager.{kind}"), openings, scope=scope, now=at)


def _act(
    kind: str, records: Sequence[Record], action: str, scope: Scope, at: datetime, **values: str
) -> None:
    if records and at < _UNTIL:  # what the year did not bring is still open at its end
        context = Context(scope, at, "（示例）", values)
        ids = [each.pk for each in records]
        records_act(record_type(f"general_manager.{kind}"), ids, action, context=context)

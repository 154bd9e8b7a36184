"""A synthetic half-year report: published, then corrected; and the year's, which is a draft.

The first edition knows what had come in by the middle of August; the second one what came later,
and is frozen in more forms.
Half-years are computed by nobody else, so that the demo's other figures stay as they are.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from commonweal.kernel.compute.services import compute
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import comment_add, record_act, record_open
from commonweal.periods import period

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from commonweal.domains.reporting.editions.models import Edition
    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.org.models import Node

KNOWN_AT: Final = datetime(2025, 4, 2, 1, 0, tzinfo=UTC)
_REPORT: Final = "energy_carbon"
_HALF: Final = "2024-H1"
_SNAPSHOT: Final = datetime(2024, 8, 15, tzinfo=UTC)
_INDICATORS: Final = (
    "energy_per_traffic",
    "energy_electricity_tce",
    "energy_fuel_tce",
    "energy_heat_tce",
    "scope1",
    "scope2_location",
    "ghg_total_market",
    "ghg_total_location",
    "carbon_per_traffic",
)
_STATEMENT: Final = "已與半年能源平衡核對（示例）"


def build(*, scopes: Mapping[str, Scope], nodes: Mapping[str, Node], folder: Path) -> None:  # noqa: ARG001 - every programme's contract
    """Publish the half-year, correct it, and leave the year a draft."""
    _computed(scopes, KNOWN_AT, snapshot=_SNAPSHOT, reason="")
    early = {"title": "2024 上半年報告（示例）", "forms": "html"}
    first = _edition(nodes["group"], scopes, 0, **early)
    _published(first, scopes, 0)
    later = KNOWN_AT + timedelta(hours=6)
    _computed(scopes, later, snapshot=later, reason="六月賬單補錄與年度因子更新（示例）")
    terms = {
        "title": "2024 上半年報告（更正版，示例）",
        "forms": "html pdf xlsx xbri",
        "corrects": first,
        "change_note": "補錄遲到的賬單，改用後來公佈的因子（示例）",
    }
    _published(_edition(nodes["group"], scopes, 6, **terms), scopes, 6)
    year = {"title": "2024 年度報告（示例）", "period_text": "2024"}
    draft = _edition(nodes["group"], scopes, 30, **year)
    asked = "請先核對全年能源平衡，再檢查凍結（示例）"
    comment_add(draft, asked, scope=scopes["reviewer"], now=KNOWN_AT + timedelta(hours=31))


def _computed(
    scopes: Mapping[str, Scope], now: datetime, *, snapshot: datetime, reason: str
) -> None:
    half = period(_HALF)
    compute(
        [half.year_before, half],
        boundary="operational",
        actor=scopes["data_owner"].actor,
        now=now,
        snapshot=snapshot,
        node_kinds=("group", "province"),
        indicators=_INDICATORS,
        reason=reason,
    )


def _edition(node: Node, scopes: Mapping[str, Scope], n_hours: int, **values: Any) -> Edition:  # noqa: ANN401 - fields of any type
    at = KNOWN_AT + timedelta(hours=n_hours, minutes=10)
    given = {"report": _REPORT, "period_text": _HALF, **values}
    kind, lin = record_type("editions.edition"), scopes["data_owner"]
    return record_open(kind, node=node.code, values=given, scope=lin, now=at)  # type: ignore[return-value] # of this type


def _published(edition: Edition, scopes: Mapping[str, Scope], n_hours: int) -> None:
    """Check, talk a section over, sign each, approve and publish."""
    at = KNOWN_AT + timedelta(hours=n_hours, minutes=20)

    def act(record: Any, action: str, who: str, n_minutes: int, **values: str) -> None:  # noqa: ANN401 - either type
        now = at + timedelta(minutes=n_minutes)
        record_act(record, action, scope=scopes[who], now=now, values=values)

    act(edition, "check", "data_owner", 0)
    for number, section in enumerate(edition.signoffs.order_by("code")):
        who = ("reviewer", "second_reviewer")[number % 2]
        if not number:
            said = (("reviewer", "燃油一節的同比是否含應急發電？（示例）"),
                    ("data_owner", "含，見燃油臺賬（示例）"))  # fmt: skip
            for minute, (person, text) in enumerate(said):
                now = at + timedelta(minutes=5 + minute)
                comment_add(section, text, scope=scopes[person], now=now)
        act(section, "sign", who, 10 + number, statement=_STATEMENT)
    act(edition, "approve", "board", 60)
    act(edition, "publish", "programme_manager", 120)

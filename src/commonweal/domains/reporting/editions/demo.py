"""A synthetic half-year report: published, corrected, in English with sections to sign; a draft.

The first edition knows what had come in by the middle of August; the second one what came later,
and is frozen in more forms.
Half-years are computed by nobody else, so that the demo's other figures stay as they are.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from commonweal.kernel.compute.services import compute
from commonweal.kernel.programmes.registry import programme_get, record_type
from commonweal.kernel.programmes.services import comment_add, record_act, record_open
from commonweal.periods import month, period, year

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from commonweal.domains.reporting.editions.models import Edition
    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.org.models import Node
    from commonweal.periods import Period

KNOWN_AT: Final = datetime(2025, 4, 2, 1, 0, tzinfo=UTC)
_HALF: Final = "2024-H1"
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
    _computed(scopes, KNOWN_AT, snapshot=datetime(2024, 8, 15, tzinfo=UTC))
    first = _edition(nodes["group"], scopes, 0, title="2024 上半年報告（示例）", forms="html")
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
    english = {"title": "Half-year report 2024 (example)", "languages": "en", "forms": "html"}
    waiting = _edition(nodes["group"], scopes, 7, **english)
    _checked(waiting, scopes, KNOWN_AT + timedelta(hours=7, minutes=20), n_signed=4)
    later, counted = KNOWN_AT + timedelta(hours=9), programme_get("editions").spec.indicators
    made = [year(later.year), *(month(later.year, each) for each in range(1, 13))]
    _computed(scopes, later, snapshot=later, periods=made, indicators=counted)
    draft = _edition(nodes["group"], scopes, 30, title="2024 年度報告（示例）", period_text="2024")
    asked, at = "請先核對全年能源平衡，再檢查凍結（示例）", KNOWN_AT + timedelta(hours=31)
    comment_add(draft, asked, scope=scopes["reviewer"], now=at)


def _computed(
    scopes: Mapping[str, Scope],
    now: datetime,
    *,
    snapshot: datetime,
    periods: Sequence[Period] = (period(_HALF).year_before, period(_HALF)),
    indicators: Sequence[str] = _INDICATORS,
    reason: str = "",
) -> None:
    compute(
        periods,
        boundary="operational",
        actor=scopes["data_owner"].actor,
        now=now,
        snapshot=snapshot,
        node_kinds=("group", "province"),
        indicators=indicators,
        reason=reason,
    )


def _edition(node: Node, scopes: Mapping[str, Scope], n_hours: int, **values: Any) -> Edition:  # noqa: ANN401 - fields of any type
    at = KNOWN_AT + timedelta(hours=n_hours, minutes=10)
    given = {"report": "energy_carbon", "period_text": _HALF, **values}
    kind, lin = record_type("editions.edition"), scopes["data_owner"]
    return record_open(kind, node=node.code, values=given, scope=lin, now=at)  # type: ignore[return-value] # of this type


def _published(edition: Edition, scopes: Mapping[str, Scope], n_hours: int) -> None:
    """Check, talk a section over, sign each, approve and publish."""
    at = KNOWN_AT + timedelta(hours=n_hours, minutes=20)
    _checked(edition, scopes, at)
    for who, action, n_minutes in (("board", "approve", 60), ("programme_manager", "publish", 120)):
        record_act(edition, action, scope=scopes[who], now=at + timedelta(minutes=n_minutes))


def _checked(
    edition: Edition, scopes: Mapping[str, Scope], at: datetime, *, n_signed: int | None = None
) -> None:
    """Check, talk a section over and sign the first so many; all by default."""
    record_act(edition, "check", scope=scopes["data_owner"], now=at)
    for number, section in enumerate(edition.signoffs.order_by("code")[:n_signed]):
        who = ("reviewer", "second_reviewer")[number % 2]
        if not number:
            said = (("reviewer", "燃油一節的同比是否含應急發電？（示例）"),
                    ("data_owner", "含，見燃油臺賬（示例）"))  # fmt: skip
            for minute, (person, text) in enumerate(said):
                now = at + timedelta(minutes=5 + minute)
                comment_add(section, text, scope=scopes[person], now=now)
        now, values = at + timedelta(minutes=10 + number), {"statement": _STATEMENT}
        record_act(section, "sign", scope=scopes[who], now=now, values=values)

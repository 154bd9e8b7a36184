"""A synthetic verification of one province's first half of 2024, and one that is under way.

Its total is computed for this span alone, which nobody else computes, so that the demo's other
figures stay as they are.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from commonweal.domains.carbon.assurance.models import Engagement
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.accounts.scopes import Principal, Scope
from commonweal.kernel.compute.services import compute
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_open
from commonweal.periods import period

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from commonweal.kernel.org.models import Node
    from commonweal.kernel.programmes.models import Record

KNOWN_AT: Final = datetime(2025, 4, 1, 2, 0, tzinfo=UTC)
_TOTAL: Final = "ghg_total_location"
_SPAN: Final = "2024-01..2024-06"
_PROVINCE: Final = "GD"
_TERMS: Final = {
    "indicator": _TOTAL,
    "period_text": _SPAN,
    "materiality_percent": "5",
    "firm": "海港核查（示例）",
    "verifier": "Gao",
}


def build(*, scopes: Mapping[str, Scope], nodes: Mapping[str, Node], folder: Path) -> None:  # noqa: ARG001 - every programme's contract
    """Verify one province to the end; leave the whole operator in fieldwork."""
    compute(
        [period(_SPAN)],
        boundary="operational",
        actor=scopes["data_owner"].actor,
        now=KNOWN_AT,
        indicators=[_TOTAL],
    )
    province = nodes.get(_PROVINCE, nodes["group"])
    terms = {
        "statement": "2024 上半年溫室氣體聲明（示例）",
        "level": "reasonable",
        "seed": "demo-1",
    }
    done = _drawn(province, {**terms, "performance_percent": "4.9"}, scopes["verifier"], 0)
    _verified(done, scopes)
    terms = {"statement": "集團 2024 上半年排放（示例）", "level": "limited", "seed": "demo-2"}
    _drawn(nodes["group"], {**terms, "performance_percent": "5"}, scopes["verifier"], 9)


def _drawn(node: Node, terms: Mapping[str, Any], gao: Scope, n_days: int) -> Engagement:
    at = KNOWN_AT + timedelta(days=n_days)
    kind = record_type("assurance.engagement")
    made = record_open(kind, node=node.code, values={**_TERMS, **terms}, scope=gao, now=at)
    for action in ("start", "draw"):
        at += timedelta(hours=1)
        made = record_act(made, action, scope=gao, now=at).record
    return Engagement.objects.get(pk=made.pk)


def _verified(engagement: Engagement, scopes: Mapping[str, Scope]) -> None:
    """Check every item, enter two findings, have one put right, conclude and review."""
    gao, lin = scopes["verifier"], scopes["data_owner"]
    at = KNOWN_AT + timedelta(days=2)

    def act(record: Record, action: str, who: Scope, n_hours: int, **values: Any) -> Record:  # noqa: ANN401 - fields of any type
        now = at + timedelta(hours=n_hours)
        return record_act(
            record, action, scope=who, now=now, values=values, comment="（示例）"
        ).record

    for item in engagement.items.order_by("code"):
        act(act(item, "recompute", gao, 1), "check", gao, 2)
    told = {
        "engagement": engagement,
        "title": "電錶更換記錄缺少交接讀數（示例）",
        "cause": "control",
    }
    kind, node = record_type("assurance.finding"), engagement.node.code
    log = {**told, "kind": "nonconformity"}
    found = record_open(kind, node=node, values=log, scope=gao, now=at)
    found = act(found, "answer", lin, 26, answer="已補齊交接單並上傳（示例）")
    act(act(found, "correct", lin, 50), "close", gao, 74)
    seen = {**told, "title": "租戶用電按面積分攤，建議改為計量（示例）", "kind": "observation"}
    record_open(kind, node=node, values=seen, scope=gao, now=at)
    concluded = act(engagement, "conclude", gao, 80)
    he = Scope("demo:he", (Principal(None, "he", {Role.VERIFIER.value: None}),))
    act(concluded, "issue", he, 100)

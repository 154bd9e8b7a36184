"""The balance of water of one node as a page: from where, to where, and what nothing explains."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commonweal.kernel.disclosure.known import node_children, node_name
from commonweal.kernel.disclosure.pictures import Flow, sankey
from commonweal.kernel.disclosure.wording import language_of
from commonweal.kernel.facts.selectors import facts_as_of
from commonweal.kernel.org.models import Boundary, Node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.kernel.disclosure.tree import Chart
    from commonweal.kernel.facts.models import Fact
    from commonweal.kernel.programmes.pages import Asked

_SHOWN: Final = (
    "water_consumption",
    "water_collected",
    "water_wastewater",
    "water_recycled",
    "water_unaccounted",
)


def balance(asked: Asked) -> Mapping[str, Any]:
    """Return the balance of the operator and of the units below it, from published facts, t."""
    top = Node.objects.filter(kind="group").order_by("pk").first()
    boundary = Boundary.objects.order_by("pk").first()
    if top is None or boundary is None:
        return {"rows": [], "chart": None}
    day = asked.period.months[-1] if asked.period.months else asked.period.start_date
    nodes = [top, *node_children(top.code, at_date=day, as_of=asked.now)]
    facts = facts_as_of(
        boundary=boundary.code,
        indicators=_SHOWN,
        nodes=[node.code for node in nodes],
        periods=[asked.period],
    ).exclude(value=None)
    known = {(fact.node, fact.indicator): fact for fact in facts}
    rows = [
        {
            "node": node_name(node, _language()),
            "cells": [_cell(known.get((node.code, name))) for name in _SHOWN],
        }
        for node in nodes
        if any((node.code, name) in known for name in _SHOWN)
    ]
    own = {name: known[top.code, name].value for name in _SHOWN if (top.code, name) in known}
    return {"rows": rows, "chart": _chart(own)}


def _cell(fact: Fact | None) -> tuple[int, Decimal] | None:
    """Return a fact's number and its value in whole tonnes."""
    return (
        None if fact is None or fact.value is None else (fact.pk, fact.value.quantize(Decimal(1)))
    )


def _chart(own: Mapping[str, Decimal | None]) -> Chart | None:
    """Return where the water came from and went; nothing where more went than came."""
    amounts = {name: own.get(name) or Decimal(0) for name in _SHOWN}
    lost = amounts["water_unaccounted"]
    if not amounts["water_consumption"] or lost < 0:
        return None
    used = _("Water used")
    flows = [
        Flow(_("Meters and bills"), used, amounts["water_consumption"]),
        Flow(_("Rain and other water collected"), used, amounts["water_collected"]),
        Flow(used, _("Domestic wastewater"), amounts["water_wastewater"]),
        Flow(used, _("Evaporated, leaked or unexplained"), lost),
    ]
    return sankey(
        "water",
        title=_("Where the water went"),
        unit="t",
        decimals=0,
        flows=flows,
        language=_language(),
    )


def _language() -> str:
    return language_of(get_language() or "en")

"""The verifier's workbench: an engagement's items, and one item all the way down.

Only engagements of one's own part of the organisation are shown, and nothing here writes: items
are recomputed and findings entered by their own actions.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commonweal.catalogue import catalogue
from commonweal.catalogue.steps import step_words
from commonweal.domains.carbon.assurance.models import Engagement, Item
from commonweal.domains.carbon.assurance.recompute import Recomputed, recompute, rows_behind
from commonweal.domains.carbon.assurance.rules import CONFIDENCE, unit_of
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.disclosure.known import node_name
from commonweal.kernel.disclosure.wording import Language, language_of, unit_text
from commonweal.kernel.facts.proofs import proof_fault
from commonweal.kernel.facts.selectors import inclusion_proof
from commonweal.kernel.org.models import Node
from commonweal.kernel.programmes.pages import Asked, record_address
from commonweal.lake.datasets import dataset_get

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.domains.carbon.assurance.models import Finding
    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.facts.models import Fact

_SHOWN: Final = 60


def workbench(asked: Asked) -> Mapping[str, Any]:
    """Return the engagements that the scope verifies, one of them in full, and one item's way."""
    rows = asked.scope.visible(Engagement.objects.select_related("node")).order_by("-pk")
    mine = [each for each in rows if asked.scope.holds(Role.VERIFIER, each.node_id)]
    code = asked.values.get("of", "")
    chosen = next((each for each in mine if each.code == code), None) or _most_alive(mine)
    if chosen is None:
        return {"engagements": []}
    items = list(chosen.items.exclude(state="merged").order_by("-is_certain", "code"))
    item = next((each for each in items if each.code == asked.values.get("item")), None)
    names = _names({each.unit_node for each in items})
    return {
        "engagements": mine,
        "chosen": chosen,
        "address": record_address(chosen),
        "confidence_percent": round(100 * CONFIDENCE[chosen.level]),
        "name": _name(chosen.indicator),
        "unit": unit_text(chosen.total_unit, _language()),
        "material": _material(chosen),
        "node": node_name(chosen.node, _language()),
        "items": [_row(each, names) for each in items],
        "n_left": sum(each.state != "checked" for each in items),
        "findings": [_finding(each) for each in chosen.findings.order_by("code")],
        "new_finding": _finding_address(chosen, item),
        "detail": _detail(item, names, asked.scope) if item else None,
    }


def _language() -> Language:
    return language_of(get_language() or "en")


def _names(codes: set[str]) -> Mapping[str, str]:
    known = Node.objects.filter(code__in=codes)
    return {each.code: node_name(each, _language()) for each in known}


def _most_alive(mine: list[Engagement]) -> Engagement | None:
    """Return the engagement that has a sample, where there is one."""
    return next((each for each in mine if each.n_items), mine[0] if mine else None)


def _material(engagement: Engagement) -> Any:  # noqa: ANN401 - a decimal, or none
    if engagement.total is None:
        return None
    return round(abs(engagement.total) * engagement.materiality_percent / 100, 2)


def _row(item: Item, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "code": item.code,
        "address": record_address(item),
        "name": _name(item.indicator),
        "node": names.get(item.unit_node, item.unit_node),
        "period": item.unit_period,
        "stated": round(item.stated, 2),
        "recomputed": None if item.recomputed is None else round(item.recomputed, 2),
        "difference": item.difference and round(item.difference, 2),
        "is_certain": item.is_certain,
        "hits": item.hits,
        "state": item.state,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    misstated = finding.misstated
    return {
        "finding": finding,
        "address": record_address(finding),
        "misstated": None if misstated is None else round(misstated, 2),
    }


def _finding_address(engagement: Engagement, item: Item | None) -> str:
    """Return where a finding is entered, with what is already known of it."""
    known = {"node": engagement.node.code, "engagement": engagement.code}
    known |= {"item": item.code} if item else {}
    return f"{reverse('record_new', args=['assurance', 'finding'])}?{urlencode(known)}"


def _detail(item: Item, names: Mapping[str, str], scope: Scope) -> dict[str, Any]:
    """Return one item down to the rows: recalculation, factors, rows with files, proof."""
    unit = unit_of(item)
    found = recompute(unit)
    proof = inclusion_proof(unit.fact)
    return {
        "item": _row(item, names),
        "fact": unit.fact,
        "unit": unit_text(unit.fact.unit, _language()),
        "may_act": scope.holds(Role.VERIFIER, item.node_id),
        "amount": round(found.value * unit.scale, 6),
        "lines": [
            {
                "line": line,
                "carrier": _carrier(line.carrier),
                "quantity": round(Decimal(repr(line.quantity)), 2),
                "contribution": round(line.contribution, 4),
            }
            for line in found.lines[:_SHOWN]
        ],
        "n_lines": len(found.lines),
        "factors": [_factor(each) for each in found.factors.values()],
        "rows": _rows(found, unit.fact),
        "fault": proof_fault(proof),
        "proof": proof,
    }


def _rows(found: Recomputed, fact: Fact) -> list[dict[str, Any]]:
    told = []
    for dataset, table in rows_behind(found, fact).items():
        names = [n for n in table.column_names if n not in {"source_row", "known_at"}]
        names = [n for n in names if not n.startswith("source_")]
        rows = table.slice(0, _SHOWN).to_pylist()
        told.append(
            {
                "dataset": dataset_get(dataset).names[_language()],
                "columns": [_column(dataset, each) for each in names],
                "n_rows": len(table),
                "rows": [
                    {
                        "cells": ["" if row[n] is None else str(row[n]) for n in names],
                        "file": row["source_name"],
                        "line": row["source_row"],
                        "sha256": row["source_sha256"],
                    }
                    for row in rows
                ],
            }
        )
    return told


def _column(dataset: str, name: str) -> str:
    known = {each.name: each.names for each in dataset_get(dataset).columns}
    if name in known:
        return known[name][_language()]
    return _("Month") if name == "month" else name


def _carrier(carrier: str) -> str:
    known = catalogue().carriers.get(carrier)
    return known.name[_language()] if known else carrier


def _factor(factor: Mapping[str, Any]) -> dict[str, Any]:
    places = catalogue().places
    return {
        "factor": factor,
        "unit": unit_text(factor["unit"], _language()),
        "steps": [step_words(each, _language(), places) for each in factor["steps"]],
    }


def _name(indicator: str) -> str:
    known = catalogue().indicators.get(indicator)
    return known.name[_language()] if known else indicator

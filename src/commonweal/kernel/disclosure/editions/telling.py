"""A comparison of two editions in words and printed numbers, as a page shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from commonweal.catalogue import catalogue
from commonweal.kernel.disclosure.known import node_name
from commonweal.kernel.disclosure.lineage import indicator_name, nodes_by_code, value_text
from commonweal.kernel.disclosure.wording import language_of, percent_text, period_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from commonweal.kernel.disclosure.editions.comparing import Comparison, Exchanged
    from commonweal.kernel.facts.models import Fact
    from commonweal.kernel.org.models import Node

_SHOWN: Final = 200


def comparison_told(found: Comparison, *, language: str) -> dict[str, Any]:
    """Return the rows of a comparison, the first of each kind, in a language."""
    return {
        "restated": _restated(found, language),
        "added": _listed(found.new, language),
        "gone": _listed(found.gone, language),
        "factors": [_factor(each, language) for each in found.factors[:_SHOWN]],
        "words": [_line(each) for each in found.words[2:]],
        "counts": {
            "restated": len(found.restated),
            "added": len(found.new),
            "gone": len(found.gone),
            "same": found.n_same,
        },
    }


def _restated(found: Comparison, language: str) -> list[dict[str, Any]]:
    nodes = nodes_by_code(each.new.node for each in found.restated)
    return [
        {
            **_about(each.new, nodes, language),
            "old": value_text(each.old, language),
            "old_fact": each.old.pk,
            "change": _change(each.old.value, each.new.value, language),
            "reason": each.reason,
        }
        for each in found.restated[:_SHOWN]
    ]


def _change(old: Decimal | None, new: Decimal | None, language: str) -> str:
    if not old or new is None:
        return ""
    share = percent_text((new - old) / abs(old), 2, language)
    return f"+{share}" if new > old else share


def _listed(facts: Iterable[Fact], language: str) -> list[dict[str, Any]]:
    told = list(facts)[:_SHOWN]
    nodes = nodes_by_code(each.node for each in told)
    return [_about(each, nodes, language) for each in told]


def _about(fact: Fact, nodes: Mapping[str, Node], language: str) -> dict[str, Any]:
    return {
        "fact": fact.pk,
        "name": indicator_name(fact.indicator, language),
        "node": node_name(nodes[fact.node], language),
        "period": period_text(fact.period, language),
        "value": value_text(fact, language),
    }


def _factor(found: Exchanged, language: str) -> dict[str, str]:
    code = language_of(language)
    carrier = catalogue().carriers.get(found.carrier)
    place = catalogue().places.get(found.place)
    return {
        "name": indicator_name(found.indicator, language),
        "carrier": carrier.name[code] if carrier else found.carrier,
        "place": place.name[code] if place else found.place,
        "old": found.old,
        "new": found.new,
    }


def _line(written: str) -> dict[str, str]:
    kinds = {"+": "added", "-": "gone", "@": "place"}
    return {"kind": kinds.get(written[:1], ""), "text": written[1:].replace("\t", " · ")}

"""Scope 3 by category and method, and the footprints in use, for one period."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commonweal.catalogue import catalogue
from commonweal.domains.carbon.value_chain.models import Footprint
from commonweal.kernel.disclosure.pictures import Series, plain
from commonweal.kernel.disclosure.wording import language_of
from commonweal.kernel.facts.selectors import facts_as_of
from commonweal.kernel.org.models import Boundary, Node
from commonweal.kernel.programmes.pages import Asked, record_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.catalogue.reading import Language

_CATEGORIES: Final = ("1", "2", "3", "6", "7", "8", "11", "13")
_METHODS: Final = ("supplier", "quantity", "spend")
_MOST: Final = 100


def methods(asked: Asked) -> Mapping[str, Any]:
    """Return a row for each category with its methods, their sum, a chart and the footprints."""
    language = language_of(get_language() or "")
    top = Node.objects.filter(kind="group").order_by("pk").first()
    boundary = Boundary.objects.order_by("pk").first()
    ids = [f"scope3_{c}" for c in _CATEGORIES]
    ids += [f"scope3_{c}_{m}" for c in ("1", "2") for m in _METHODS] + ["scope3"]
    facts = facts_as_of(
        boundary=boundary.code if boundary else "",
        indicators=ids,
        nodes=[top.code] if top else [],
        periods=[asked.period],
        as_of=asked.now,
    )
    known = {each.indicator: each for each in facts if each.value is not None}
    rows = [_row(category, known, language) for category in _CATEGORIES]
    shown = [row for row in rows if row["whole"] is not None]
    chart = plain(
        "scope3_categories",
        form="ranking",
        title=_("Emissions by category"),
        unit="tCO2e",
        decimals=1,
        categories=[row["name"] for row in shown],
        series=[Series(_("Emissions"), tuple(row["whole"] for row in shown))],
        language=language,
    )
    visible = asked.scope.visible(Footprint.objects.filter(state="accepted"))
    footprints = [
        {"record": each, "address": record_address(each), "pcf": f"{each.pcf_kgco2e.normalize():f}"}
        for each in visible.order_by("supplier", "product_name")[:_MOST]
    ]
    total = known.get("scope3")
    return {
        "rows": rows,
        "total": total.value if total else None,
        "chart": chart if shown else None,
        "footprints": footprints,
    }


def _row(category: str, known: Mapping[str, Any], language: Language) -> dict[str, Any]:
    entry = catalogue().indicators[f"scope3_{category}"]
    whole = known.get(entry.id)
    parts = {m: known.get(f"{entry.id}_{m}") for m in _METHODS}
    by_method = {m: _tenths(fact.value) for m, fact in parts.items() if fact}
    if whole and not by_method:
        by_method = {"quantity": _tenths(whole.value)}  # travel and energy have no other method
    return {
        "name": f"{category} {_short(entry.name[language])}",
        "whole": _tenths(whole.value) if whole else None,
        "fact": whole,
        "parts": [by_method.get(m) for m in _METHODS],
    }


def _short(name: str) -> str:
    """Return what a category is about: its name without scope and number."""
    return name.rpartition("：")[2] if "：" in name else name.split(", ", 2)[2].capitalize()


def _tenths(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"))

# ruff: noqa: ARG001, B008 - a route's signature is what ninja reads
"""Indicators: what the catalogue says of each figure."""

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router, Schema
from ninja.params.functions import Query

from commonweal.api.callers import needs
from commonweal.api.shapes import After, Code, Limit, Names, Page
from commonweal.catalogue import Indicator, catalogue

router = Router(tags=["indicators"])


class InputOut(Schema):
    """What a formula uses, of which period."""

    name: str
    indicator: str
    unit: str
    at: str


class IndicatorOut(Schema):
    """One indicator's definition."""

    id: str
    name: Names
    domain: str
    unit: str
    kind: str
    decimals: int
    better: str
    status: str
    source: str
    formula: str
    inputs: list[InputOut]
    frameworks: dict[str, list[str]]


class IndicatorPage(Page[IndicatorOut]):
    """A page of indicators."""


@router.get("/indicators", response=IndicatorPage, auth=needs("read"))
def indicators_list(
    request: HttpRequest,
    limit: Limit,
    after: After,
    domain: Code | None = Query(None),
    status: Code | None = Query(None, description="computed or planned"),
) -> dict[str, Any]:
    """Return indicators by id."""
    found = [
        each
        for name, each in sorted(catalogue().indicators.items())
        if name > after and domain in {None, each.domain} and status in {None, each.status}
    ][: limit + 1]
    items = [_document(each) for each in found[:limit]]
    return {"items": items, "next": items[-1]["id"] if len(found) > limit else None}


@router.get("/indicators/{indicator_id}", response=IndicatorOut, auth=needs("read"))
def indicator_get(request: HttpRequest, indicator_id: Code) -> dict[str, Any]:
    """Return one indicator."""
    found = catalogue().indicators.get(indicator_id)
    if found is None:
        raise Http404
    return _document(found)


def _document(entry: Indicator) -> dict[str, Any]:
    source = entry.source
    inputs = source.inputs if source.kind == "formula" else {}
    return {
        "id": entry.id,
        "name": entry.name,
        "domain": entry.domain,
        "unit": entry.unit,
        "kind": entry.kind,
        "decimals": entry.decimals,
        "better": entry.better,
        "status": entry.status,
        "source": source.kind,
        "formula": source.formula if source.kind == "formula" else "",
        "inputs": [
            {"name": name, "indicator": each.indicator, "unit": each.unit, "at": each.at}
            for name, each in inputs.items()
        ],
        "frameworks": {name: list(clauses) for name, clauses in entry.frameworks.items()},
    }

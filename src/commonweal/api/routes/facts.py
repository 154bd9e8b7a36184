# ruff: noqa: ARG001, B008, PLR0913, PLR0917 - a route's signature is what ninja reads
"""Facts: figures as they stand or stood, with their history, proof and lineage."""

from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest
from ninja import Router, Schema
from ninja.params.functions import Query

from commonweal.api.callers import needs
from commonweal.api.shapes import (
    After,
    AsOf,
    Code,
    Exact,
    Instant,
    Limit,
    Number,
    Page,
    number_after,
    page_cut,
    plain,
)
from commonweal.errors import InputError
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.facts.proofs import proof_write
from commonweal.kernel.facts.selectors import fact_history, inclusion_proof
from commonweal.periods import Period, PeriodKind, period

router = Router(tags=["facts"])
_MOST_PERIODS = 200


class FactOut(Schema):
    """One value of one indicator for one node over one period; null is no data, never 0."""

    id: int
    indicator: str
    node: str
    boundary: str
    period: str
    start_date: date
    end_date: date
    value: Exact | None
    unit: str
    decimals: int
    method: str
    estimated_share: Exact | None
    recorded_at: Instant
    superseded_at: Instant | None
    supersedes: int | None
    reason: str
    leaf_index: int


class FactPage(Page[FactOut]):
    """A page of facts, in the order they were recorded."""


class LineageOut(Schema):
    """What a fact was made of, and by what."""

    fact: int
    engine: str
    version: str
    recorded_at: Instant
    parameters: dict[str, Any]
    inputs: dict[str, Any]
    lineage: dict[str, Any]


class ProofOut(Schema):
    """That a fact is in the log: `commonweal facts check-proof` checks it without the database."""

    form: str
    proof: str
    leaf: str
    batch: str
    leaf_index: int
    tree_size: int
    root_hash: str
    path: list[str]


@router.get("/facts", response=FactPage, auth=needs("read"))
def facts_list(
    request: HttpRequest,
    limit: Limit,
    after: After,
    indicator: list[Code] = Query([], description="Ids; may be given more than once."),
    node: list[Code] = Query([], description="Codes; may be given more than once."),
    span: list[str] = Query(
        [], alias="period", description="As 2024, 2024-03, 2024-Q1; may be given more than once."
    ),
    kind: PeriodKind | None = Query(None, alias="period_kind"),
    boundary: Code | None = Query(None),
    as_of: AsOf = None,
) -> dict[str, Any]:
    """Return the facts that are current, or were at an instant."""
    rows = Fact.objects.filter(_known(as_of), pk__gt=number_after(after)).order_by("pk")
    if indicator:
        rows = rows.filter(indicator__in=indicator)
    if node:
        rows = rows.filter(node__in=node)
    if boundary:
        rows = rows.filter(boundary=boundary)
    if kind:
        rows = rows.filter(period_kind=kind)
    if span:
        asked = Q(pk__in=())
        for each in _spans(span):
            asked |= Q(period_kind=each.kind, start_date=each.start_date, end_date=each.end_date)
        rows = rows.filter(asked)
    found, following = page_cut(list(rows[: limit + 1]), limit)
    return {"items": [_document(each) for each in found], "next": following}


@router.get("/facts/{fact_id}", response=FactOut, auth=needs("read"))
def fact_get(request: HttpRequest, fact_id: Number) -> dict[str, Any]:
    """Return one fact, whether or not it is superseded."""
    return _document(_fact(fact_id))


@router.get("/facts/{fact_id}/history", response=list[FactOut], auth=needs("read"))
def fact_versions(request: HttpRequest, fact_id: Number) -> list[dict[str, Any]]:
    """Return everything that was ever recorded for the same thing and period, oldest first."""
    return [_document(each) for each in fact_history(_fact(fact_id))]


@router.get("/facts/{fact_id}/proof", response=ProofOut, auth=needs("read"))
def fact_proof(request: HttpRequest, fact_id: Number) -> dict[str, Any]:
    """Return the proof that a fact is in the log, to be checked without this server."""
    return proof_write(inclusion_proof(_fact(fact_id)))


@router.get("/facts/{fact_id}/lineage", response=LineageOut, auth=needs("read"))
def fact_lineage(request: HttpRequest, fact_id: Number) -> dict[str, Any]:
    """Return formula, inputs, factors and fallbacks, and the batch with its input hashes."""
    fact = _fact(fact_id)
    return {
        "fact": fact.pk,
        "engine": fact.batch.engine,
        "version": fact.batch.version,
        "recorded_at": fact.recorded_at,
        "parameters": plain(fact.batch.parameters),
        "inputs": plain(fact.batch.inputs),
        "lineage": plain(fact.lineage),
    }


def _fact(fact_id: int) -> Fact:
    found = Fact.objects.select_related("batch", "supersedes").filter(pk=fact_id).first()
    if found is None:
        raise Http404
    return found


def _spans(texts: list[str]) -> list[Period]:
    """Read the periods that are asked for; a query has room for so many conditions only."""
    found = [period(each) for each in dict.fromkeys(texts)]
    if len(found) > _MOST_PERIODS:
        raise InputError(
            f"{len(found)} periods at once, at most {_MOST_PERIODS}", hint="ask several times"
        )
    return found


def _known(as_of: datetime | None) -> Q:
    current = Q(superseded_at=None)
    if as_of is None:
        return current
    return Q(recorded_at__lte=as_of) & (current | Q(superseded_at__gt=as_of))


def _document(fact: Fact) -> dict[str, Any]:
    return {
        "id": fact.pk,
        "indicator": fact.indicator,
        "node": fact.node,
        "boundary": fact.boundary,
        "period": str(fact.period),
        "start_date": fact.start_date,
        "end_date": fact.end_date,
        "value": fact.value,
        "unit": fact.unit,
        "decimals": fact.decimals,
        "method": fact.method,
        "estimated_share": fact.estimated_share,
        "recorded_at": fact.recorded_at,
        "superseded_at": fact.superseded_at,
        "supersedes": fact.supersedes_id,
        "reason": fact.reason,
        "leaf_index": fact.leaf_index,
    }

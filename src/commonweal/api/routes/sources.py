# ruff: noqa: ARG001, B008 - a route's signature is what ninja reads
"""Datasets, and the files that came in: what was taken, what was refused and why."""

import json
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema
from ninja.params.functions import Query

from commonweal.api.callers import caller, needs
from commonweal.api.problems import ProblemError
from commonweal.api.shapes import (
    After,
    Code,
    Instant,
    Limit,
    Names,
    Number,
    Page,
    number_after,
    page_cut,
)
from commonweal.kernel.accounts.selectors import handles_personal_values
from commonweal.lake.datasets import Dataset, datasets
from commonweal.lake.models import Source
from commonweal.lake.rejects import rejects_read

router = Router(tags=["data"])


class ColumnOut(Schema):
    """A column of a dataset."""

    name: str
    names: Names
    kind: str
    unit: str
    references: str
    required: bool
    minimum: float | None
    maximum: float | None
    choices: list[str]


class DatasetOut(Schema):
    """A dataset: what rows it takes."""

    id: str
    names: Names
    key: list[str]
    month_of: str
    columns: list[ColumnOut]


class SourceOut(Schema):
    """A file that came in."""

    id: int
    dataset: str
    name: str
    sha256: str
    n_accepted: int
    n_rejected: int
    known_at: Instant


class SourcePage(Page[SourceOut]):
    """A page of files, in the order they came."""


class RejectOut(Schema):
    """A row that was refused."""

    source_row: int
    column: str
    value: str | None
    rule: str
    sentence: str
    hint: str
    also: str
    raw: dict[str, Any]


class RejectPage(Page[RejectOut]):
    """A page of refused rows, in the file's order."""


@router.get("/datasets", response=list[DatasetOut], auth=needs("read"))
def datasets_list(request: HttpRequest) -> list[dict[str, Any]]:
    """Return every dataset."""
    return [_dataset(each) for each in datasets().values()]


@router.get("/datasets/{dataset_id}", response=DatasetOut, auth=needs("read"))
def dataset_get(request: HttpRequest, dataset_id: Code) -> dict[str, Any]:
    """Return one dataset."""
    if dataset_id not in datasets():
        raise Http404
    return _dataset(datasets()[dataset_id])


@router.get("/sources", response=SourcePage, auth=needs("read"))
def sources_list(
    request: HttpRequest,
    limit: Limit,
    after: After,
    dataset: Code | None = Query(None),
) -> dict[str, Any]:
    """Return the files that came in."""
    rows = Source.objects.filter(pk__gt=number_after(after)).order_by("pk")
    if dataset:
        rows = rows.filter(dataset=dataset)
    found, following = page_cut(list(rows[: limit + 1]), limit)
    return {"items": [source_document(each) for each in found], "next": following}


@router.get("/sources/{source_id}", response=SourceOut, auth=needs("read"))
def source_get(request: HttpRequest, source_id: Number) -> dict[str, Any]:
    """Return one file."""
    return source_document(_source(source_id))


@router.get("/sources/{source_id}/rejects", response=RejectPage, auth=needs("read"))
def source_rejects(
    request: HttpRequest, source_id: Number, limit: Limit, after: After
) -> dict[str, Any]:
    """Return the rows of a file that were refused, for those who may read personal values.

    A refused row may hold anything that somebody typed.
    """
    asked = caller(request)
    if not handles_personal_values(asked.user, now=asked.now):
        detail = _("refused rows are for those who handle personal values")
        raise ProblemError(HTTPStatus.FORBIDDEN, "role", detail)
    table, first = rejects_read(_source(source_id)), number_after(after)
    rows = table.slice(first, limit).to_pylist()
    last = first + len(rows)
    items = [
        {**{name: row[name] for name in RejectOut.model_fields}, "raw": json.loads(row["raw"])}
        for row in rows
    ]
    return {"items": items, "next": str(last) if last < table.num_rows else None}


def source_document(source: Source) -> dict[str, Any]:
    """Return what the API tells of a file."""
    return {
        "id": source.pk,
        "dataset": source.dataset,
        "name": source.name,
        "sha256": source.sha256,
        "n_accepted": source.n_accepted,
        "n_rejected": source.n_rejected,
        "known_at": source.known_at,
    }


def _source(source_id: int) -> Source:
    found = Source.objects.filter(pk=source_id).first()
    if found is None:
        raise Http404
    return found


def _dataset(dataset: Dataset) -> dict[str, Any]:
    return {
        "id": dataset.id,
        "names": dataset.names,
        "key": list(dataset.key),
        "month_of": dataset.month_of,
        "columns": [
            {
                "name": each.name,
                "names": each.names,
                "kind": each.kind.value,
                "unit": each.unit,
                "references": each.references,
                "required": each.required,
                "minimum": each.minimum,
                "maximum": each.maximum,
                "choices": list(each.choices),
            }
            for each in dataset.columns
        ],
    }

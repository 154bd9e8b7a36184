# ruff: noqa: B008 - a route's signature is what ninja reads
"""Rows in bulk: a stream into a dataset, in the form in which a program has them.

The request is written to the disk as it arrives, then taken in as any file: bad rows are kept with
their reasons, and the same bytes again change nothing.
"""

from http import HTTPStatus
from typing import Annotated

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Schema
from ninja.params.functions import Query
from pydantic import StringConstraints

from commonweal.api.callers import Caller, caller, needs
from commonweal.api.problems import ProblemError
from commonweal.api.replies import json_answer, key_of, reply_find, reply_keep
from commonweal.api.rights import bringing_check, rows_check
from commonweal.api.routes.sources import SourceOut, source_document
from commonweal.api.shapes import Code, plain
from commonweal.api.spool import Readable, Spooled, place_taken, spool
from commonweal.kernel.records.intake import source_ingest
from commonweal.lake.datasets import Dataset, datasets

router = Router(tags=["data"])
FORMS = {
    "application/vnd.apache.arrow.stream": ".arrows",
    "application/x-ndjson": ".ndjson",
    "text/csv": ".csv",
}
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=80)]
_BODY = {
    "requestBody": {
        "required": True,
        "description": "Rows, with the dataset's columns; may be gzipped (Content-Encoding).",
        "content": {form: {"schema": {"type": "string", "format": "binary"}} for form in FORMS},
    }
}


class TakenOut(Schema):
    """What became of the rows."""

    source: SourceOut
    replayed: bool
    """These very bytes were here before; nothing was added."""
    rejects: str | None
    """Where the refused rows are told, if there are any."""


@router.post(
    "/datasets/{dataset_id}/rows",
    response={200: TakenOut, 201: TakenOut},
    auth=needs("ingest"),
    openapi_extra=_BODY,
)
def rows_take(
    request: HttpRequest,
    dataset_id: Code,
    name: Name | None = Query(None, description="What the file is called, without its ending."),
) -> HttpResponse:
    """Take rows into a dataset: Arrow IPC stream, JSON lines or CSV.

    201 where rows were added, 200 where the same bytes were here before. With all places taken the
    answer is 503 with Retry-After: nothing was read, come again.
    """
    asked, dataset = caller(request), _dataset(dataset_id)
    suffix, gzipped = _form(request)
    bringing_check(asked.scope)  # else anybody could hold the places and fill the disk
    limit = settings.API_INGEST_LIMIT_BYTES
    with place_taken(settings.HOME / "api-spool", most=settings.API_INGESTS_AT_ONCE) as folder:
        path = folder / f"{name or dataset.id}{suffix}"
        spooled = spool(_body(request), path, gzipped=gzipped, most_bytes=limit)
        return _taken(request, asked, dataset, spooled)


def _taken(request: HttpRequest, asked: Caller, dataset: Dataset, spooled: Spooled) -> HttpResponse:
    digest = f"{dataset.id} {spooled.sha256}"
    if (before := reply_find(key_of(request), digest)) is not None:
        return before
    rows_check(dataset, spooled.path, asked.scope, now=asked.now)
    found = source_ingest(dataset.id, spooled.path, actor=asked.scope.actor, now=asked.now)
    place = request.path.partition("/datasets/")[0]
    source = f"{place}/sources/{found.source.pk}"
    document = {
        "source": plain(source_document(found.source)),
        "replayed": found.replayed,
        "rejects": f"{source}/rejects" if found.n_rejected else None,
    }
    status = HTTPStatus.OK if found.replayed else HTTPStatus.CREATED
    answer = json_answer(document, status=status)
    answer["Location"] = source
    reply_keep(request, digest, answer)
    return answer


def _dataset(dataset_id: str) -> Dataset:
    found = datasets().get(dataset_id)
    if found is None:
        raise Http404
    return found


def _form(request: HttpRequest) -> tuple[str, bool]:
    form = (request.content_type or "").lower()
    if form not in FORMS:
        raise ProblemError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "form",
            _("rows cannot be read from %(form)r") % {"form": form},
            hint=", ".join(FORMS),
            headers={"Accept-Post": ", ".join(FORMS)},
        )
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in {"", "identity", "gzip"}:
        raise ProblemError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "encoding",
            _("content encoding %(encoding)r cannot be read") % {"encoding": encoding},
            hint="gzip",
            headers={"Accept-Encoding": "gzip"},
        )
    return FORMS[form], encoding == "gzip"


def _body(request: HttpRequest) -> Readable:
    """Return the request as a stream; its length may be unknown until its end (chunked)."""
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        return request.META["wsgi.input"]  # type: ignore[no-any-return] # of the server
    return request

# ruff: noqa: ARG001, B008, PLR0917 - a route's signature is what ninja reads
"""Reports, built as they are asked for, in any of their forms."""

from typing import Any, Literal

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest
from django.utils.translation import get_language
from ninja import Router, Schema
from ninja.params.functions import Query

from commonweal.api.callers import needs
from commonweal.api.shapes import AsOf, Code, Names
from commonweal.kernel.disclosure.definitions import report_definition, report_paths
from commonweal.kernel.disclosure.known import period_asked
from commonweal.kernel.disclosure.renderings.forms import CONTENT_TYPES, places, report_open
from commonweal.kernel.disclosure.services import report_build

router = Router(tags=["reports"])
_Form = Literal["html", "pdf", "xlsx", "json", "xbri"]
_FILE = {"schema": {"type": "string", "format": "binary"}}


class ReportOut(Schema):
    """A report that is defined."""

    id: str
    title: Names


@router.get("/reports", response=list[ReportOut], auth=needs("read"))
def reports_list(request: HttpRequest) -> list[dict[str, Any]]:
    """Return every report that is defined."""
    return [
        {"id": each, "title": dict(report_definition(each).spec.title)} for each in report_paths()
    ]


@router.get(
    "/reports/{report_id}/{form}",
    auth=needs("read"),
    openapi_extra={
        "responses": {
            200: {
                "description": "The report as a file.",
                "content": dict.fromkeys(
                    (each.partition(";")[0] for each in CONTENT_TYPES.values()), _FILE
                ),
            }
        }
    },
)
def report_get(
    request: HttpRequest,
    report_id: Code,
    form: _Form,
    period: str | None = Query(None, max_length=32, description="As 2024; the latest if left out."),
    language: Literal["zh-hant", "zh-hans", "en"] | None = Query(None),
    node: Code | None = Query(None),
    boundary: Code | None = Query(None),
    as_of: AsOf = None,
) -> FileResponse:
    """Return a report as a file; the same question with `as_of` has the same answer for ever."""
    if report_id not in report_paths():
        raise Http404
    asked = period_asked(period or "", node=node or "", boundary=boundary or "", as_of=as_of)
    report = report_build(
        report_id,
        asked,
        language=language or _language(),
        as_of=as_of,
        node=node or "",
        boundary=boundary or "",
    )
    name = f"{report_id}.{report.node}.{report.period}.{report.language}.{form}"
    return FileResponse(
        report_open(report, form, at=places(settings.HOME)),
        as_attachment=True,
        filename=name,
        content_type=CONTENT_TYPES[form],
    )


def _language() -> Literal["zh-hant", "zh-hans", "en"]:
    found = get_language()
    return found if found in {"zh-hant", "zh-hans"} else "en"  # type: ignore[return-value]

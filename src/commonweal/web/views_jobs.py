"""Pages of jobs: what runs, how far it is, and the forms that ask for more."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from commonweal.errors import CommonwealError
from commonweal.kernel.accounts.scopes import scope_of
from commonweal.kernel.jobs.files import job_file
from commonweal.kernel.jobs.services import job_cancel, job_enqueue, job_get, job_retry
from commonweal.periods import PeriodKind
from commonweal.web.pages.jobs import job_page, jobs_live, jobs_page
from commonweal.web.views import page_language, page_view
from commonweal.web.views_work.common import work

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


def _list(request: HttpRequest, asked: Mapping[str, str], **told: Any) -> HttpResponse:  # noqa: ANN401
    now = timezone.now()
    page = jobs_page(
        scope=scope_of(request.user, now=now),
        now=now,
        language=page_language(),
        state=request.GET.get("state", ""),
        asked=asked,
        request_key=secrets.token_hex(16),
        message=told.get("message", ""),
        hint=told.get("hint", ""),
    )
    return render(request, "web/jobs/list.html", {"page": page}, status=told.get("status", 200))


@page_view
def jobs(request: HttpRequest) -> HttpResponse:
    """Show the jobs that may be seen; ``?ask=compute&period=2024`` has the form ready."""
    return _list(request, request.GET.dict())


@require_POST
@work
def job_ask(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Ask for a computation or a report's files; the same form sent twice is one job."""
    typed = {name: str(value).strip() for name, value in request.POST.items()}
    if kind not in _READ:
        raise Http404
    now = timezone.now()
    try:
        job = job_enqueue(
            kind,
            arguments=_READ[kind](typed),
            scope=scope_of(request.user, now=now),
            now=now,
            key=f"web:{typed['request_key']}" if typed.get("request_key") else "",
        )
    except CommonwealError as error:
        told = {"message": str(error), "hint": error.hint, "status": error.http_status}
        return _list(request, typed | {"ask": kind}, **told)
    return redirect("job", job.pk)


@page_view
def job(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show one job."""
    scope = scope_of(request.user, now=timezone.now())
    page = job_page(str(pk), scope=scope, language=page_language())
    return render(request, "web/jobs/job.html", {"page": page})


@require_POST
@work
def job_do(request: HttpRequest, pk: UUID, action: str) -> HttpResponseBase:
    """Stop a job, or try it again."""
    now = timezone.now()
    scope = scope_of(request.user, now=now)
    do = {"cancel": job_cancel, "retry": job_retry}.get(action)
    if do is None:
        raise Http404
    do(job_get(pk, scope=scope), scope=scope, now=now)
    return redirect("job", pk)


@never_cache
@page_view
def job_live(request: HttpRequest) -> HttpResponse:
    """Tell how far jobs are, for the page's script."""
    scope = scope_of(request.user, now=timezone.now())
    return JsonResponse({"jobs": jobs_live(request.GET.getlist("job"), scope=scope)})


@page_view
def job_download(request: HttpRequest, pk: UUID, name: str) -> HttpResponseBase:
    """Give a file that a job made."""
    scope = scope_of(request.user, now=timezone.now())
    path = job_file(job_get(pk, scope=scope), name, scope=scope)
    return FileResponse(path.open("rb"), as_attachment=True, filename=name)


def _compute(typed: Mapping[str, str]) -> dict[str, Any]:
    by = {"by": PeriodKind.MONTH.value} if typed.get("by_month") else {}
    return {"periods": typed.get("period", "").split(), "reason": typed.get("reason", "")} | by


def _report(typed: Mapping[str, str]) -> dict[str, Any]:
    asked = ("report", "period", "node", "as_of")
    return {name: typed[name] for name in asked if typed.get(name)}


_READ = {"compute": _compute, "report": _report}

"""HTTP in, HTTP out. A view reads the request, asks for a page, and picks a status."""

from __future__ import annotations

from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import (
    FileResponse,
    Http404,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from commonweal.errors import CommonwealError, InputError
from commonweal.kernel.accounts.scopes import scope_of
from commonweal.kernel.accounts.selectors import handles_personal_values
from commonweal.kernel.disclosure.definitions import report_paths
from commonweal.kernel.disclosure.evidence.gathering import evidence_gather
from commonweal.kernel.disclosure.evidence.html import evidence_html
from commonweal.kernel.disclosure.renderings.forms import (
    CONTENT_TYPES,
    FORMS,
    places,
    report_open,
)
from commonweal.kernel.disclosure.wording import Language, language_of
from commonweal.kernel.facts.signing import secret_key
from commonweal.kernel.programmes.registry import programmes
from commonweal.web.pages.board import board_page
from commonweal.web.pages.data import data_page, source_page
from commonweal.web.pages.fact import fact_page, fact_proof
from commonweal.web.pages.findings import filters_read, findings_csv, findings_page
from commonweal.web.pages.home import Home, home_build
from commonweal.web.pages.indicator import indicator_page
from commonweal.web.pages.report import report_page
from commonweal.web.pages.rows import rows_page
from commonweal.web.pages.scope import Scope, scope_build
from commonweal.web.pages.standards import standards_page
from commonweal.web.pages.wall import wall_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Concatenate, ParamSpec

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    Address = ParamSpec("Address")
    View = Callable[Concatenate[HttpRequest, Address], HttpResponseBase]

THEMES: Final = ("auto", "light", "dark")
_A_YEAR_S: Final = 365 * 86_400


def page_language() -> Language:
    """Return the reader's language."""
    return language_of(get_language() or "")


def page_view(view: View[Address]) -> View[Address]:
    """Serve reads only, and show an anticipated error as a page with its own status.

    A page is asked for by its address alone, so wrong input means that nothing is there: 404.
    """

    @require_safe
    @wraps(view)
    def shown(
        request: HttpRequest, /, *args: Address.args, **kwargs: Address.kwargs
    ) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except CommonwealError as error:
            is_missing = isinstance(error, InputError)
            context = {"message": str(error), "hint": error.hint, "is_missing": is_missing}
            status = HTTPStatus.NOT_FOUND if is_missing else error.http_status
            return render(request, "web/error.html", context, status=status)

    return shown


def _scope(request: HttpRequest, node: str = "", indicators: tuple[str, ...] = ()) -> Scope:
    return scope_build(
        language=page_language(),
        node=node or request.GET.get("node", ""),
        period_text=request.GET.get("period", ""),
        as_of_text=request.GET.get("as_of", ""),
        indicators=indicators,
    )


@page_view
def dashboard(request: HttpRequest, code: str = "") -> HttpResponse:
    """Show the overview of the operator, or of one node."""
    page = board_page(_scope(request, code))
    home = None if code else _home(request)
    return render(request, "web/board.html", {"page": page, "home": home})


def _home(request: HttpRequest) -> Home:
    now = timezone.now()
    return home_build(scope=scope_of(request.user, now=now), now=now, language=page_language())


@page_view
def wall(request: HttpRequest) -> HttpResponse:
    """Show the overview for a screen on a wall."""
    shown = wall_page(_scope(request))
    return render(request, "web/wall.html", {"page": shown.board, "tickers": shown.tickers})


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep whether pages are light or dark, and go back to where the reader was."""
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        back, {request.get_host()}, require_https=request.is_secure()
    )
    response = HttpResponseRedirect(back if is_ours else reverse("dashboard"))
    if (chosen := request.POST.get("theme", "")) in THEMES:
        response.set_cookie("theme", chosen, max_age=_A_YEAR_S, samesite="Lax", httponly=True)
    return response


@page_view
def report(request: HttpRequest, report_id: str) -> HttpResponseBase:
    """Show a report; ``?download=pdf`` gives a file that needs no server (``1`` is HTML)."""
    asked = request.GET.get("download", "")
    form = next((each for each in FORMS if each == asked), "html" if asked == "1" else None)
    if report_id not in report_paths() or (asked and form is None):
        raise Http404
    own = programmes().get(report_id)  # a programme's report has the periods of its figures
    scope = _scope(request, indicators=own.spec.indicators if own else ())
    page = report_page(scope, report_id, has_appendix=form is not None)
    if form is not None:
        name = f"{report_id}.{page.report.node}.{page.report.period}.{page.report.language}.{form}"
        return FileResponse(
            report_open(page.report, form, at=places(settings.HOME)),
            as_attachment=True,
            filename=name,
            content_type=CONTENT_TYPES[form],
        )
    return render(
        request, "web/report.html", {"page": page, "report": page.report, "links": "site"}
    )


@page_view
def standards(request: HttpRequest) -> HttpResponse:
    """Show which figures answer disclosure standards."""
    return render(request, "web/standards.html", {"page": standards_page(_scope(request))})


@page_view
def indicator(request: HttpRequest, indicator_id: str) -> HttpResponse:
    """Show one indicator: definition and series."""
    page = indicator_page(_scope(request), indicator_id)
    return render(request, "web/indicator.html", {"page": page, "links": "site"})


@page_view
def fact(request: HttpRequest, fact_id: int) -> HttpResponse:
    """Show how one fact was made."""
    offset = request.GET.get("offset", "")
    page = fact_page(
        fact_id,
        language=page_language(),
        scope=scope_of(request.user, now=timezone.now()),
        offset=int(offset) if offset.isascii() and offset.isdigit() else 0,
        summed="sum" in request.GET,
    )
    return render(request, "web/fact.html", {"page": page, "links": "site"})


@page_view
def proof(request: HttpRequest, fact_id: int) -> HttpResponse:  # noqa: ARG001 - Django's contract
    """Give the inclusion proof of a fact as a file."""
    name = f"fact-{fact_id}.proof.json"
    return JsonResponse(
        fact_proof(fact_id), headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@page_view
def evidence(request: HttpRequest, fact_id: int) -> HttpResponse:  # noqa: ARG001 - Django's contract
    """Give all that a fact rests on as one file that checks itself."""
    language = page_language()
    found = evidence_gather(fact_id, language=language, secret=secret_key())
    name = f"fact-{fact_id}.evidence.{language}.html"
    return HttpResponse(
        evidence_html(found, language=language),
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@page_view
def rows(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """Show the rows of files about a meter, site or node in a month."""
    page = rows_page(
        kind,
        code,
        month=request.GET.get("month", ""),
        as_of=request.GET.get("as_of", ""),
        language=page_language(),
    )
    return render(request, "web/rows.html", {"page": page})


@page_view
def data(request: HttpRequest) -> HttpResponse:
    """Show what came in."""
    return render(request, "web/data.html", {"page": data_page(language=page_language())})


@page_view
def findings(request: HttpRequest) -> HttpResponseBase:
    """Show what the quality rules noticed; ``?download=1`` gives all that is asked for as CSV."""
    filters = filters_read(
        rule=request.GET.get("rule", ""),
        month=request.GET.get("month", ""),
        state=request.GET.get("state", ""),
    )
    language = page_language()
    if request.GET.get("download"):
        return StreamingHttpResponse(
            findings_csv(filters, language=language),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="findings.csv"'},
        )
    page = findings_page(filters, number=request.GET.get("page", ""), language=language)
    return render(request, "web/findings.html", {"page": page})


@page_view
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one file's refused rows."""
    shows = handles_personal_values(request.user, now=timezone.now())
    page = source_page(pk, language=page_language(), shows_content=shows)
    return render(request, "web/source.html", {"page": page, "shows_content": shows})

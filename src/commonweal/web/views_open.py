"""Open data: what is published, without an account. Pages and files may be kept by any cache."""

from __future__ import annotations

from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response

from commonweal.kernel.disclosure.editions.freezing import MEDIA, digests_read, file_kept
from commonweal.kernel.disclosure.editions.open_figures import open_figures
from commonweal.kernel.disclosure.wording import LANGUAGES
from commonweal.web.pages.open import (
    edition_open,
    editions_open,
    open_indicator_page,
    open_page,
)
from commonweal.web.views import page_language, page_view

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Concatenate, ParamSpec

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    Address = ParamSpec("Address")
    View = Callable[Concatenate[HttpRequest, Address], HttpResponseBase]

_MOST_AGE_S: Final = 300
# A frozen report has its styles inside and needs nothing else.
_FILE_POLICY: Final = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def open_view(view: View[Address]) -> View[Address]:
    """Serve to anybody, in the language that the address names, for caches to keep a while."""

    @login_not_required
    @page_view
    @wraps(view)
    def shown(
        request: HttpRequest, /, *args: Address.args, **kwargs: Address.kwargs
    ) -> HttpResponseBase:
        asked = request.GET.get("lang", "")
        with translation.override(asked if asked in LANGUAGES else page_language()):
            response = view(request, *args, **kwargs)
        if response.status_code != HTTPStatus.OK:
            return response  # the site's own page of errors, with its reader's name on it
        response.headers["Cache-Control"] = f"public, max-age={_MOST_AGE_S}"
        if not isinstance(response, HttpResponse):
            return response
        etag = f'"{sha256(response.content).hexdigest()[:32]}"'
        response.headers["ETag"] = etag
        return get_conditional_response(request, etag=etag, response=response) or response

    return shown


@open_view
def index(request: HttpRequest) -> HttpResponse:
    """Show every published edition and indicator."""
    page = open_page(now=timezone.now(), language=page_language(), licence=settings.OPEN_LICENCE)
    return render(request, "web/open/index.html", {"page": page, "languages": LANGUAGES})


@open_view
def indicator(request: HttpRequest, indicator_id: str) -> HttpResponse:
    """Show one published indicator with its history."""
    page = open_indicator_page(
        indicator_id,
        now=timezone.now(),
        language=page_language(),
        licence=settings.OPEN_LICENCE,
    )
    return render(request, "web/open/indicator.html", {"page": page, "languages": LANGUAGES})


@open_view
def edition(request: HttpRequest, code: str, name: str) -> HttpResponse:  # noqa: ARG001 - Django's contract
    """Give a file of an edition: the very bytes that were frozen."""
    digest = digests_read(edition_open(code, timezone.now()).digests).get(name)
    if digest is None:
        raise Http404
    return HttpResponse(
        file_kept(digest),
        content_type=MEDIA[name.rpartition(".")[2]],
        headers={"Content-Security-Policy": _FILE_POLICY, "X-Content-Type-Options": "nosniff"},
    )


@open_view
def table(request: HttpRequest, name: str, indicator_id: str = "") -> HttpResponse:
    """Give the figures as a file: of all indicators, or of one."""
    from commonweal.kernel.disclosure.editions import open_files  # noqa: PLC0415 - loads Arrow

    figures = open_figures(editions_open(timezone.now()))
    if indicator_id:
        figures = tuple(each for each in figures if each.indicator == indicator_id)
        if not figures:
            raise Http404
    licence = settings.OPEN_LICENCE
    match name:
        case "data.csv":
            content, kind = open_files.figures_csv(figures), "text/csv; charset=utf-8"
        case "data.parquet":
            content, kind = open_files.figures_parquet(figures), "application/vnd.apache.parquet"
        case "datapackage.json":
            package = open_files.data_package(figures, licence=licence)
            content, kind = open_files.document(package), "application/json"
        case "dataset.jsonld":
            address = request.build_absolute_uri(reverse("open"))
            told = open_files.dataset_jsonld(figures, address=address, licence=licence)
            content, kind = open_files.document(told), "application/ld+json"
        case _:
            raise Http404
    # Anybody's page may read what anybody may read.
    return HttpResponse(content, content_type=kind, headers={"Access-Control-Allow-Origin": "*"})

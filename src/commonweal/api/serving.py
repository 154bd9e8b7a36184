"""What every answer of the API has, whichever route gave it: HTTP itself.

HEAD is GET without the content; OPTIONS tells the methods; what can be validated has an ETag; and
every refusal is a problem document.
"""

from __future__ import annotations

from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers, set_response_etag
from django.utils.translation import gettext as _

from commonweal.api.problems import problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from commonweal.api.limits import Left

    View = Callable[..., HttpResponse]

_SAFE: Final = ("GET", "HEAD")


def served(view: View) -> View:
    """Return a view of ninja's that keeps to HTTP; it says itself who may ask."""

    @login_not_required
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401
        method = request.method or ""
        if method == "HEAD":
            request.method = "GET"
        found = view(request, *args, **kwargs)
        request.method = method
        if found.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            return _methods(request, found)
        if method in _SAFE:
            found = _validated(request, found)
        if method == "HEAD":
            found["Content-Length"] = str(0 if found.streaming else len(found.content))
            found.content = b""
        return _headed(request, found)

    answer.csrf_exempt = True  # type: ignore[attr-defined] # sessions are asked by ``SessionAuth``
    return cast("View", answer)


def _methods(request: HttpRequest, found: HttpResponse) -> HttpResponse:
    allowed = {each.strip() for each in found["Allow"].split(",")}
    allowed |= {"OPTIONS", *(("HEAD",) if "GET" in allowed else ())}
    allow = {"Allow": ", ".join(sorted(allowed))}
    if request.method == "OPTIONS":
        return HttpResponse(status=HTTPStatus.NO_CONTENT, headers=allow)
    detail = _("%(method)s is not for this address") % {"method": request.method}
    return problem(405, "method", detail, hint=allow["Allow"], headers=allow)


def _validated(request: HttpRequest, found: HttpResponse) -> HttpResponse:
    """Give the answer an ETag, and say no more than 304 where the reader has it already."""
    if found.status_code != HTTPStatus.OK or found.streaming:
        return found
    if "ETag" not in found:
        set_response_etag(found)
    checked = get_conditional_response(request, etag=found["ETag"], response=found)
    return cast("HttpResponse", checked)


def _headed(request: HttpRequest, found: HttpResponse) -> HttpResponse:
    quota: Left | None = getattr(request, "quota", None)
    if quota is not None:
        found["RateLimit-Policy"] = f'"default";q={quota.most};w=60'
        found["RateLimit"] = f'"default";r={max(quota.n_left, 0)};t={quota.resets_s}'
    found.setdefault("Cache-Control", "private, no-cache")
    patch_vary_headers(found, ("Authorization", "Cookie", "Accept-Language"))
    return found

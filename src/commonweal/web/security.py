"""What every answer carries, and what no request may bring."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.shortcuts import render
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

# Styles may stand inline: the chart library sets them on its tooltips, the report file carries its
# own. Scripts may not.
POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'{elsewhere}; "
    "frame-ancestors 'none'"
)


class ContentSecurityPolicyMiddleware:
    """Adds the policy to every answer; the button of single sign-on may lead to its provider."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the policy."""
        response = self.get_response(request)
        elsewhere = ""
        if sso := settings.SINGLE_SIGN_ON:
            issuer = urlsplit(str(sso.issuer))
            elsewhere = f" {issuer.scheme}://{issuer.netloc}"
        policy = POLICY.format(elsewhere=elsewhere)
        response.headers.setdefault("Content-Security-Policy", policy)
        return response


class UploadLimitMiddleware:
    """Refuses what is larger than the site takes, before any of it is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or refuse."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > settings.UPLOAD_LIMIT_BYTES:
            most = settings.UPLOAD_LIMIT_BYTES // 1_000_000
            message = _("the site takes at most %(n)d MB at a time") % {"n": most}
            context = {"message": message, "hint": _("send it in parts")}
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            return render(request, "web/error.html", context, status=status)
        return self.get_response(request)

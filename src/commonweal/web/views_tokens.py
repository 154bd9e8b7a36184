"""HTTP of one's own tokens: issued, shown once, revoked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from commonweal.errors import CommonwealError, InputError
from commonweal.kernel.accounts.scopes import scope_of
from commonweal.kernel.accounts.tokens import LONGEST, token_issue, token_revoke, tokens_list

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_SCOPES: Final = {
    "read": gettext_lazy("look at all that you may see"),
    "write": gettext_lazy("open, change and act on records"),
    "ingest": gettext_lazy("bring rows into datasets"),
    "admin": gettext_lazy("set up webhooks"),
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """Show one's tokens that hold; a new one is in this answer and in no other."""
    now, status = timezone.now(), 200
    context: dict[str, Any] = {}
    asked = request.POST.getlist("scope")
    typed = {"name": request.POST.get("name", ""), "days": request.POST.get("days", "90")}
    if request.method == "POST":
        try:
            made, text = token_issue(
                request.user,
                name=typed["name"],
                scopes=asked,
                expires_at=now + timedelta(days=_days(typed["days"])),
                now=now,
            )
        except CommonwealError as error:
            context, status = {"message": str(error), "hint": error.hint}, error.http_status
        else:
            context, typed = {"name": made.name, "text": text}, {"name": "", "days": "90"}
    context |= {
        "typed": typed,
        "scopes": [
            (scope, words, scope in (asked or ("read",))) for scope, words in _SCOPES.items()
        ],
        "tokens": tokens_list(user=request.user.get_username(), now=now),
    }
    return render(request, "account/tokens_list.html", context, status=status)


@require_POST
def token_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke one of one's own tokens."""
    now = timezone.now()
    found = get_object_or_404(tokens_list(user=request.user.get_username(), now=now), pk=pk)
    token_revoke(found, scope=scope_of(request.user, now=now), now=now)
    messages.success(request, _("%(name)s is revoked") % {"name": found.name})
    return redirect("tokens")


def _days(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= LONGEST.days:
        raise InputError(_("a token lasts 1 to %(most)d days") % {"most": LONGEST.days})
    return int(text)

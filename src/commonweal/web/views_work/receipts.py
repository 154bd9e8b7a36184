"""Receipts: handed over once, and a page without sign-in that takes them.

A receipt travels in the body of a form, never in an address, where histories and logs would keep
it; no answer of these views is stored by a browser, and no session holds a receipt.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from commonweal.errors import InputError, StateError
from commonweal.kernel.programmes.receipts import receipt_act, receipt_find, receipt_of
from commonweal.kernel.programmes.registry import type_of
from commonweal.web.pages.receipts import receipt_page
from commonweal.web.pages.work.kinds import OfKind
from commonweal.web.views_work.common import (
    language_now,
    refusal_of,
    request_key_new,
    typed_of,
    version_of,
)

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase
    from django.http import HttpRequest, HttpResponse

    from commonweal.kernel.programmes.models import Record
    from commonweal.web.pages.work.record import Refusal

TRIES: Final = 10
WAIT_S: Final = 600
"""So many wrong receipts in so many seconds: guessing is hopeless, this spares the server."""
_TRIED: Final = "receipts_tried"


class TooManyError(StateError):
    """Too many wrong receipts came from one browser."""

    http_status = HTTPStatus.TOO_MANY_REQUESTS


@never_cache
def receipt_given(request: HttpRequest, record: Record) -> HttpResponse:
    """Show who opened a record without a name its receipt: in this answer, and in no other.

    The same form sent again, as by a second press, is answered the same; no other page has it.
    """
    page = OfKind(type_of(record))
    context = {"page": page, "code": record.code, "receipt": receipt_of(record)}
    return render(request, "web/receipt/given.html", context)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def receipts(request: HttpRequest) -> HttpResponse:
    """Ask for a receipt, and show the record that it belongs to."""
    if request.method != "POST":
        return render(request, "web/receipt/ask.html")
    try:
        return _shown(request, _found(request))
    except (InputError, StateError) as error:
        return _refused(request, error)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def receipt_do(request: HttpRequest, action: str) -> HttpResponse:
    """Do what the holder of a receipt may do."""
    if request.method != "POST":
        return redirect("receipts")
    typed = typed_of(request)
    try:
        record = _found(request)
    except (InputError, StateError) as error:
        return _refused(request, error)
    try:
        outcome = receipt_act(
            record,
            action,
            now=timezone.now(),
            version=version_of(typed),
            comment=typed.get("comment", "").strip(),
            request_key=typed.get("request_key", ""),
        )
    except (InputError, StateError) as error:
        refusal = refusal_of(action, error, typed)
        return _shown(request, receipt_find(typed["receipt"]), refusal, status=error.http_status)
    return _shown(request, outcome.record, said=outcome.message)


def _found(request: HttpRequest) -> Record:
    """Return the record of the receipt that was sent; wrong ones are counted for the browser.

    Raises:
        InputError: It is no receipt.
        TooManyError: Too many were wrong by now.
    """
    now_s = timezone.now().timestamp()
    n_tried = _tried(request.session, now_s)
    if n_tried >= TRIES:
        raise TooManyError(
            _("too many receipts were wrong"), hint=_("wait ten minutes and try again")
        )
    try:
        return receipt_find(request.POST.get("receipt", ""))
    except InputError:
        _since_s = request.session[_TRIED][1] if n_tried else now_s
        request.session[_TRIED] = [n_tried + 1, _since_s]
        raise


def _tried(session: SessionBase, now_s: float) -> int:
    n_tried, since_s = session.get(_TRIED, (0, now_s))
    return int(n_tried) if now_s - since_s < WAIT_S else 0


def _shown(
    request: HttpRequest,
    record: Record,
    refusal: Refusal | None = None,
    *,
    said: str = "",
    status: int = 200,
) -> HttpResponse:
    page = receipt_page(
        record,
        language=language_now(),
        request_key=request_key_new(),
        refusal=refusal,
        said=said,
    )
    return render(request, "web/receipt/shown.html", {"page": page}, status=status)


def _refused(request: HttpRequest, error: InputError | StateError) -> HttpResponse:
    context = {"message": str(error), "hint": error.hint}
    return render(request, "web/receipt/ask.html", context, status=error.http_status)

"""What every view of the pages of work needs: the type, the scope, the record, the answer."""

from __future__ import annotations

import secrets
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import select_template
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from commonweal.errors import CommonwealError, InputError
from commonweal.kernel.accounts.scopes import scope_of
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services.answers import (
    answer_find,
    answer_keep,
    request_sha256,
)
from commonweal.kernel.programmes.values import ValuesError
from commonweal.web.pages.work.record import Refusal
from commonweal.web.pages.work.texts import references

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Concatenate, ParamSpec
    from uuid import UUID

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType

    Address = ParamSpec("Address")
    View = Callable[Concatenate[HttpRequest, Address], HttpResponseBase]


def work(view: View[Address]) -> View[Address]:
    """Show an anticipated error that no form caught as a page; wrong reads are not found."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def shown(
        request: HttpRequest, /, *args: Address.args, **kwargs: Address.kwargs
    ) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except CommonwealError as error:
            is_missing = isinstance(error, InputError) and request.method != "POST"
            context = {"message": str(error), "hint": error.hint, "is_missing": is_missing}
            status = HTTPStatus.NOT_FOUND if is_missing else error.http_status
            return render(request, "web/error.html", context, status=status)

    return shown


def show(
    request: HttpRequest, kind: RecordType, name: str, page: object, status: int = 200
) -> HttpResponse:
    """Render a page; a programme may have a template of its own for it."""
    model = kind.id.partition(".")[2]
    template = select_template(
        [f"{kind.programme.id}/{model}_{name}.html", f"web/work/{name}.html"]
    )
    return HttpResponse(template.render({"page": page, "kind": kind}, request), status=status)


def after(kind: RecordType, record: Record, scope: Scope) -> str:
    """Return where to go on: to the record, or to the list if it may not be seen any more."""
    if scope.visible(kind.model.objects.filter(pk=record.pk)).exists():
        return address_of(record, kind)
    return reverse("records", args=kind.id.split("."))


def refusal_of(of: str, error: CommonwealError, typed: dict[str, str]) -> Refusal:
    """Return what a page tells of a refused form."""
    fields = error.fields if isinstance(error, ValuesError) else {}
    return Refusal(of, str(error), error.hint, typed, fields)


def kind_of(programme: str, model: str) -> RecordType:
    """Return the type that an address names."""
    return record_type(f"{programme}.{model}")


def scope_now(request: HttpRequest) -> Scope:
    """Return what the person may read and do."""
    return scope_of(request.user, now=timezone.now())


def record_get(kind: RecordType, pk: UUID, scope: Scope) -> Record:
    """Return a record that may be read; any other is not there."""
    rows = scope.visible(kind.model.objects.select_related(*_related(kind)))
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _related(kind: RecordType) -> tuple[str, ...]:
    return ("node", "owner", "merged_into", *references(kind))


def typed_of(request: HttpRequest) -> dict[str, str]:
    """Return what a form sent."""
    return {name: str(value) for name, value in request.POST.items()}


def version_of(typed: dict[str, str], name: str = "version") -> int:
    """Return the version that a form says.

    Raises:
        InputError: It says none.
    """
    text = typed.get(name, "")
    if not text.isdecimal():
        raise InputError(_("the form does not say which version was read"))
    return int(text)


def address_of(record: Record, kind: RecordType) -> str:
    """Return where a record stands."""
    return reverse("record", args=[*kind.id.split("."), record.pk])


def language_now() -> str:
    """Return the reader's language."""
    return get_language() or "en"


def request_key_new() -> str:
    """Return a key for the forms of a page."""
    return secrets.token_hex(16)


def once(kind: RecordType, record: Record, typed: dict[str, str], do: Callable[[], object]) -> None:
    """Do something to a record that has no key of its own, unless this very form did it before."""
    sent = {name: text for name, text in typed.items() if name != "csrfmiddlewaretoken"}
    key, asked = typed.get("request_key", ""), request_sha256(kind.id, record.pk, sent)
    with transaction.atomic():
        if answer_find(key, asked) is None:
            do()
            answer_keep(key, asked, kind, record, message="", now=timezone.now())

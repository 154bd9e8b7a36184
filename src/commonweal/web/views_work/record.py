"""One record: opened, shown, changed, acted on."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, cast

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from commonweal.errors import InputError, StateError
from commonweal.kernel.programmes.reading import records_shown
from commonweal.kernel.programmes.receipts import is_anonymous
from commonweal.kernel.programmes.services import (
    ConflictError,
    record_act,
    record_change,
    record_open,
)
from commonweal.kernel.programmes.services.attaching import attachment_add
from commonweal.web.pages.work.fields import changed, entered, fields_entered
from commonweal.web.pages.work.forms import edit_page, new_page
from commonweal.web.pages.work.record import record_page
from commonweal.web.views_work.common import (
    address_of,
    after,
    kind_of,
    language_now,
    record_get,
    refusal_of,
    request_key_new,
    scope_now,
    show,
    typed_of,
    version_of,
    work,
)
from commonweal.web.views_work.receipts import receipt_given

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from commonweal.errors import CommonwealError
    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType
    from commonweal.web.pages.work.record import Refusal


@work
def record_new(request: HttpRequest, programme: str, model: str) -> HttpResponseBase:
    """Open a record."""
    kind, scope = kind_of(programme, model), scope_now(request)
    refusal, status = None, 200
    if request.method == "POST":
        typed = typed_of(request)
        values = entered(kind, typed, fields_entered(kind))
        try:
            record = record_open(
                kind,
                node=typed.get("node", ""),
                values=values,
                scope=scope,
                now=timezone.now(),
                request_key=typed.get("request_key", ""),
            )
        except (InputError, StateError) as error:
            refusal, status = refusal_of("new", error, typed), error.http_status
        else:
            return _opened(request, kind, record, scope)
    page = new_page(
        kind,
        scope=scope,
        now=timezone.now(),
        language=language_now(),
        request_key=request_key_new(),
        refusal=refusal,
        start=request.GET.dict(),
    )
    return show(request, kind, "form", page, status)


@work
def record_edit(request: HttpRequest, programme: str, model: str, pk: UUID) -> HttpResponseBase:
    """Change a record's fields."""
    kind, scope = kind_of(programme, model), scope_now(request)
    record = record_get(kind, pk, scope)
    refusal, status, is_conflict = None, 200, False
    if request.method == "POST":
        typed = typed_of(request)
        names = changed(typed, fields_entered(kind))
        try:
            record_change(
                record,
                values=entered(kind, typed, names),
                version=version_of(typed),
                scope=scope,
                now=timezone.now(),
                request_key=typed.get("request_key", ""),
            )
        except (InputError, StateError) as error:
            refusal, status = refusal_of("edit", error, typed), error.http_status
            is_conflict = isinstance(error, ConflictError)
            record = record_get(kind, pk, scope)
        else:
            messages.success(request, _("%(code)s is kept") % {"code": record.code})
            return redirect(address_of(record, kind))
    records_shown(kind, [record], scope=scope, now=timezone.now())
    page = edit_page(
        kind,
        record,
        scope=scope,
        language=language_now(),
        request_key=request_key_new(),
        refusal=refusal,
        is_conflict=is_conflict,
    )
    return show(request, kind, "form", page, status)


@work
def record_show(request: HttpRequest, programme: str, model: str, pk: UUID) -> HttpResponseBase:
    """Show a record."""
    kind, scope = kind_of(programme, model), scope_now(request)
    return record_answer(request, kind, record_get(kind, pk, scope), scope)


@work
def record_do(
    request: HttpRequest, programme: str, model: str, pk: UUID, action: str
) -> HttpResponseBase:
    """Do an action on a record; its form stands on the record's page."""
    kind, scope = kind_of(programme, model), scope_now(request)
    record = record_get(kind, pk, scope)
    if request.method != "POST":
        return redirect(address_of(record, kind))
    typed = typed_of(request)
    spec = kind.spec.transition(action)
    asks = spec.asks if spec else ()
    try:
        with transaction.atomic():
            _evidence_keep(request, record, scope)
            outcome = record_act(
                record,
                action,
                scope=scope,
                now=timezone.now(),
                version=version_of(typed),
                values=entered(kind, typed, [name for name in asks if name in typed]),
                comment=typed.get("comment", "").strip(),
                request_key=typed.get("request_key", ""),
            )
    except (InputError, StateError) as error:
        refusal = refusal_of(action, error, typed)
        return record_answer(request, kind, record_get(kind, pk, scope), scope, refusal, error)
    messages.success(request, outcome.message)
    return redirect(after(kind, outcome.record, scope))


def _evidence_keep(request: HttpRequest, record: Record, scope: Scope) -> None:
    """Attach what an action's form brings; it stays only if the action happens."""
    for name, file in request.FILES.items():
        if isinstance(file, UploadedFile) and file.size:
            attachment_add(
                record,
                cast("BinaryIO", file.file),
                name=file.name or name,
                scope=scope,
                now=timezone.now(),
                kind=name.removeprefix("file-"),
            )


def record_answer(  # noqa: PLR0917
    request: HttpRequest,
    kind: RecordType,
    record: Record,
    scope: Scope,
    refusal: Refusal | None = None,
    error: CommonwealError | None = None,
) -> HttpResponse:
    """Show a record, with what was refused and how it was typed."""
    records_shown(kind, [record], scope=scope, now=timezone.now())
    page = record_page(
        kind,
        record,
        scope=scope,
        now=timezone.now(),
        language=language_now(),
        request_key=request_key_new(),
        refusal=refusal,
    )
    return show(request, kind, "record", page, error.http_status if error else 200)


def _opened(request: HttpRequest, kind: RecordType, record: Record, scope: Scope) -> HttpResponse:
    if is_anonymous(record):
        return receipt_given(request, record)
    messages.success(request, _("%(code)s is opened") % {"code": record.code})
    return redirect(after(kind, record, scope))

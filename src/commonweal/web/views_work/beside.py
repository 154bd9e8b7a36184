"""Beside a record's flow: a word, a file, handing over, merging, going back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, cast

from django.contrib import messages
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from commonweal.errors import InputError, StateError
from commonweal.kernel.programmes.models import Attachment
from commonweal.kernel.programmes.reading import records_shown
from commonweal.kernel.programmes.services.attaching import (
    SAFE_HEADERS,
    attachment_add,
    attachment_open,
)
from commonweal.kernel.programmes.services.merging import record_merge, record_unmerge
from commonweal.kernel.programmes.services.noting import (
    comment_add,
    record_assign,
    record_restore,
)
from commonweal.kernel.programmes.values import ValuesError
from commonweal.web.pages.work.merging import merge_page
from commonweal.web.views_work.common import (
    address_of,
    after,
    kind_of,
    language_now,
    once,
    record_get,
    refusal_of,
    request_key_new,
    scope_now,
    show,
    typed_of,
    version_of,
    work,
)
from commonweal.web.views_work.record import record_answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.models import Record


def _done(  # noqa: PLR0917 - one for each part of an address
    request: HttpRequest,
    programme: str,
    model: str,
    pk: UUID,
    of: str,
    do: Callable[[Record, Scope, dict[str, str]], Any],
    said: str,
) -> HttpResponseBase:
    """Do something once and lead back to the record, or show it with the refusal."""
    kind, scope, typed = kind_of(programme, model), scope_now(request), typed_of(request)
    record = record_get(kind, pk, scope)
    if request.method != "POST":
        return redirect(address_of(record, kind))
    try:
        once(kind, record, typed, lambda: do(record, scope, typed))
    except (InputError, StateError) as error:
        refusal = refusal_of(of, error, typed)
        return record_answer(request, kind, record_get(kind, pk, scope), scope, refusal, error)
    messages.success(request, said)
    return redirect(after(kind, record, scope))


@work
def record_comment(request: HttpRequest, programme: str, model: str, pk: UUID) -> HttpResponseBase:
    """Say something about a record."""

    def do(record: Record, scope: Scope, typed: dict[str, str]) -> None:
        comment_add(record, typed.get("comment", ""), scope=scope, now=timezone.now())

    return _done(request, programme, model, pk, "comment", do, _("said"))


@work
def record_hand_over(
    request: HttpRequest, programme: str, model: str, pk: UUID
) -> HttpResponseBase:
    """Hand a record to another account."""

    def do(record: Record, scope: Scope, typed: dict[str, str]) -> None:
        record_assign(record, typed.get("owner", "").strip(), scope=scope, now=timezone.now())

    return _done(request, programme, model, pk, "assign", do, _("handed over"))


@work
def record_go_back(request: HttpRequest, programme: str, model: str, pk: UUID) -> HttpResponseBase:
    """Set the fields back to an earlier version."""

    def do(record: Record, scope: Scope, typed: dict[str, str]) -> None:
        to = version_of(typed, "to_version")
        record_restore(record, to, version=version_of(typed), scope=scope, now=timezone.now())

    return _done(request, programme, model, pk, "restore", do, _("restored an earlier version"))


@work
def record_separate(request: HttpRequest, programme: str, model: str, pk: UUID) -> HttpResponseBase:
    """Undo a merging."""

    def do(record: Record, scope: Scope, _typed: dict[str, str]) -> None:
        record_unmerge(record, scope=scope, now=timezone.now())

    return _done(request, programme, model, pk, "unmerge", do, _("merging undone"))


@work
def record_attach(request: HttpRequest, programme: str, model: str, pk: UUID) -> HttpResponseBase:
    """Attach a file to a record; the same file again is the same."""

    def do(record: Record, scope: Scope, typed: dict[str, str]) -> None:
        file = request.FILES.get("file")
        if file is None or not file.name:
            raise ValuesError({"file": _("no file was chosen")})
        what = typed.get("kind", "")
        now = timezone.now()
        content = cast("BinaryIO", file.file)
        attachment_add(record, content, name=file.name, scope=scope, now=now, kind=what)

    return _done(request, programme, model, pk, "file", do, _("attached a file"))


@work
def record_file(
    request: HttpRequest, programme: str, model: str, pk: UUID, file: int
) -> HttpResponseBase:
    """Give an attachment, to be saved and never shown as a page of ours."""
    kind, scope = kind_of(programme, model), scope_now(request)
    record = record_get(kind, pk, scope)
    found = get_object_or_404(Attachment, pk=file, record_type=kind.id, record_id=record.pk)
    content = attachment_open(found, scope=scope)
    answer = FileResponse(content, as_attachment=True, filename=found.name)
    for name, value in SAFE_HEADERS.items():
        answer[name] = value
    return answer


@work
def record_take_in(
    request: HttpRequest, programme: str, model: str, pk: UUID, other: UUID
) -> HttpResponseBase:
    """Show two records side by side, and make them one."""
    kind, scope = kind_of(programme, model), scope_now(request)
    keep, gone = (record_get(kind, each, scope) for each in (pk, other))
    message, hint, status = "", "", 200
    if request.method == "POST":
        typed, take = typed_of(request), request.POST.getlist("take")
        comment = typed.get("comment", "").strip()
        now = timezone.now()
        try:
            once(
                kind,
                keep,
                typed | {"take": ",".join(take)},
                lambda: record_merge(keep, gone, take=take, scope=scope, now=now, comment=comment),
            )
        except (InputError, StateError) as error:
            message, hint, status = str(error), error.hint, error.http_status
        else:
            messages.success(
                request, _("%(gone)s is merged into %(keep)s") % {"gone": gone, "keep": keep}
            )
            return redirect(address_of(keep, kind))
    records_shown(kind, [keep, gone], scope=scope, now=timezone.now())
    page = merge_page(
        kind,
        keep,
        gone,
        language=language_now(),
        request_key=request_key_new(),
        message=message,
        hint=hint,
    )
    return show(request, kind, "merge", page, status)

"""HTTP of the pages where people work: reads show a page, writes call a service and redirect.

A form that is refused is shown again as it was typed, with the reason at its field or on top. Every
form carries the version that was read and a key of its own: what is sent twice happens once.
"""

from __future__ import annotations

import secrets
from functools import wraps
from http import HTTPStatus
from io import BytesIO
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.loader import select_template
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from commonweal.errors import CommonwealError, InputError, StateError
from commonweal.kernel.accounts.scopes import scope_of
from commonweal.kernel.programmes.exports import records_export
from commonweal.kernel.programmes.imports import template_write
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import (
    ConflictError,
    record_act,
    record_change,
    record_open,
)
from commonweal.kernel.programmes.values import ValuesError
from commonweal.web.pages.work.bulk import bulk_do, bulk_page, chosen_read
from commonweal.web.pages.work.fields import changed, entered, fields_entered
from commonweal.web.pages.work.forms import edit_page, new_page
from commonweal.web.pages.work.importing import (
    import_apply,
    import_page,
    import_start,
    rejects_find,
    upload_find,
    upload_keep,
)
from commonweal.web.pages.work.listing import asked_read, list_page, rows_asked
from commonweal.web.pages.work.queue import programme_cards, work_page
from commonweal.web.pages.work.record import Refusal, record_page

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


@work
def record_new(request: HttpRequest, programme: str, model: str) -> HttpResponseBase:
    """Open a record."""
    kind, scope = _kind(programme, model), _scope(request)
    refusal, status = None, 200
    if request.method == "POST":
        typed = _typed(request)
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
            refusal, status = _refusal("new", error, typed), error.http_status
        else:
            return _opened(request, kind, record, scope)
    page = new_page(
        kind,
        scope=scope,
        now=timezone.now(),
        language=_language(),
        request_key=_request_key(),
        refusal=refusal,
        start=request.GET.dict(),
    )
    return _show(request, kind, "form", page, status)


@work
def record_edit(request: HttpRequest, programme: str, model: str, pk: UUID) -> HttpResponseBase:
    """Change a record's fields."""
    kind, scope = _kind(programme, model), _scope(request)
    record = _record(kind, pk, scope)
    refusal, status, is_conflict = None, 200, False
    if request.method == "POST":
        typed = _typed(request)
        names = changed(typed, fields_entered(kind))
        try:
            record_change(
                record,
                values=entered(kind, typed, names),
                version=_version(typed),
                scope=scope,
                now=timezone.now(),
                request_key=typed.get("request_key", ""),
            )
        except (InputError, StateError) as error:
            refusal, status = _refusal("edit", error, typed), error.http_status
            is_conflict = isinstance(error, ConflictError)
            record = _record(kind, pk, scope)
        else:
            messages.success(request, _("%(code)s is kept") % {"code": record.code})
            return redirect(_address(record, kind))
    page = edit_page(
        kind,
        record,
        scope=scope,
        language=_language(),
        request_key=_request_key(),
        refusal=refusal,
        is_conflict=is_conflict,
    )
    return _show(request, kind, "form", page, status)


@work
def record_show(request: HttpRequest, programme: str, model: str, pk: UUID) -> HttpResponseBase:
    """Show a record."""
    kind, scope = _kind(programme, model), _scope(request)
    return _record_answer(request, kind, _record(kind, pk, scope), scope)


@work
def record_do(
    request: HttpRequest, programme: str, model: str, pk: UUID, action: str
) -> HttpResponseBase:
    """Do an action on a record; its form stands on the record's page."""
    kind, scope = _kind(programme, model), _scope(request)
    record = _record(kind, pk, scope)
    if request.method != "POST":
        return redirect(_address(record, kind))
    typed = _typed(request)
    spec = kind.spec.transition(action)
    asks = spec.asks if spec else ()
    try:
        outcome = record_act(
            record,
            action,
            scope=scope,
            now=timezone.now(),
            version=_version(typed),
            values=entered(kind, typed, [name for name in asks if name in typed]),
            comment=typed.get("comment", "").strip(),
            request_key=typed.get("request_key", ""),
        )
    except (InputError, StateError) as error:
        refusal = _refusal(action, error, typed)
        return _record_answer(request, kind, _record(kind, pk, scope), scope, refusal, error)
    messages.success(request, outcome.message)
    return redirect(_after(request, kind, outcome.record, scope))


@work
def records_list(request: HttpRequest, programme: str, model: str) -> HttpResponseBase:
    """List records."""
    kind = _kind(programme, model)
    page = list_page(
        kind,
        request.GET.dict(),
        scope=_scope(request),
        now=timezone.now(),
        language=_language(),
    )
    return _show(request, kind, "list", page)


@require_POST
@work
def records_do(request: HttpRequest, programme: str, model: str) -> HttpResponseBase:
    """Do an action on the chosen records: try it first, then do it for those that may."""
    kind, scope = _kind(programme, model), _scope(request)
    typed, action = _typed(request), request.POST.get("action", "")
    chosen = chosen_read(request.POST.getlist("chosen"))
    spec = kind.spec.transition(action)
    refusal, status = None, 200
    if "is_tried" in typed:
        try:
            said = bulk_do(
                kind,
                action,
                chosen,
                scope=scope,
                now=timezone.now(),
                values=entered(kind, typed, spec.asks if spec else ()),
                comment=typed.get("comment", "").strip(),
            )
        except (InputError, StateError) as error:
            refusal, status = _refusal(action, error, typed), error.http_status
        else:
            messages.success(request, said)
            return redirect("records", programme, model)
    page = bulk_page(
        kind,
        action,
        chosen,
        scope=scope,
        now=timezone.now(),
        language=_language(),
        request_key=_request_key(),
        refusal=refusal,
    )
    return _show(request, kind, "bulk", page, status)


@work
def my_work(request: HttpRequest) -> HttpResponseBase:
    """Show what needs me."""
    page = work_page(
        scope=_scope(request),
        now=timezone.now(),
        language=_language(),
        query=request.GET.get("q", "").strip(),
    )
    return render(request, "web/work/queue.html", {"page": page})


@work
def programme_list(request: HttpRequest) -> HttpResponseBase:
    """Show every programme."""
    cards = programme_cards()
    return render(request, "web/work/programmes.html", {"cards": cards})


@work
def records_download(
    request: HttpRequest, programme: str, model: str, form: str
) -> HttpResponseBase:
    """Give the records that the list's filters ask for as a file."""
    kind, scope = _kind(programme, model), _scope(request)
    rows = rows_asked(kind, asked_read(kind, request.GET.dict()), scope=scope, now=timezone.now())
    file = TemporaryFile()  # noqa: SIM115 - the answer closes it
    records_export(kind, rows, file, form, scope=scope)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{kind.id}.{form}")


@work
def template_download(
    request: HttpRequest, programme: str, model: str, form: str
) -> HttpResponseBase:
    """Give an empty table to fill in."""
    kind = _kind(programme, model)
    content = template_write(kind, form, scope=_scope(request))
    return FileResponse(BytesIO(content), as_attachment=True, filename=f"{kind.id}.{form}")


@work
def import_upload(request: HttpRequest, programme: str, model: str) -> HttpResponseBase:
    """Choose a file."""
    kind = _kind(programme, model)
    if request.method != "POST":
        return _show(request, kind, "import", import_start(kind))
    file = request.FILES.get("file")
    try:
        key = upload_keep(file, home=settings.HOME, user_id=request.user.pk)
    except InputError as error:
        page = import_start(kind, message=str(error), hint=error.hint)
        return _show(request, kind, "import", page, error.http_status)
    return redirect("import_step", programme, model, key)


@work
def import_step(request: HttpRequest, programme: str, model: str, key: str) -> HttpResponseBase:
    """See what a file would do, bring it in, see what became of it."""
    kind, scope, now = _kind(programme, model), _scope(request), timezone.now()
    path = upload_find(key, home=settings.HOME, user_id=request.user.pk)
    try:
        if request.method == "POST":
            import_apply(kind, path, scope=scope, now=now)
            return redirect("import_step", programme, model, key)
        page = import_page(kind, key, path, scope=scope, now=now, language=_language())
    except (InputError, StateError) as error:
        page = import_start(kind, message=str(error), hint=error.hint)
        return _show(request, kind, "import", page, error.http_status)
    return _show(request, kind, "import", page)


@work
def import_rejects(request: HttpRequest, programme: str, model: str, key: str) -> HttpResponseBase:
    """Give the refused rows of a file, to be mended and brought again."""
    _kind(programme, model)
    path = upload_find(key, home=settings.HOME, user_id=request.user.pk)
    name = f"{path.stem}-rejects.csv"
    return FileResponse(rejects_find(path).open("rb"), as_attachment=True, filename=name)


def _record_answer(  # noqa: PLR0917
    request: HttpRequest,
    kind: RecordType,
    record: Record,
    scope: Scope,
    refusal: Refusal | None = None,
    error: CommonwealError | None = None,
) -> HttpResponse:
    page = record_page(
        kind,
        record,
        scope=scope,
        now=timezone.now(),
        language=_language(),
        request_key=_request_key(),
        refusal=refusal,
    )
    return _show(request, kind, "record", page, error.http_status if error else 200)


def _show(
    request: HttpRequest, kind: RecordType, name: str, page: object, status: int = 200
) -> HttpResponse:
    """Render a page; a programme may have a template of its own for it."""
    model = kind.id.partition(".")[2]
    template = select_template(
        [f"{kind.programme.id}/{model}_{name}.html", f"web/work/{name}.html"]
    )
    return HttpResponse(template.render({"page": page, "kind": kind}, request), status=status)


def _opened(
    request: HttpRequest, kind: RecordType, record: Record, scope: Scope
) -> HttpResponseRedirect:
    messages.success(request, _("%(code)s is opened") % {"code": record.code})
    return redirect(_after(request, kind, record, scope))


def _after(request: HttpRequest, kind: RecordType, record: Record, scope: Scope) -> str:
    """Return where to go on: to the record, or to the list if it may not be seen any more."""
    del request
    if scope.visible(kind.model.objects.filter(pk=record.pk)).exists():
        return _address(record, kind)
    return reverse("records", args=kind.id.split("."))


def _refusal(of: str, error: CommonwealError, typed: dict[str, str]) -> Refusal:
    fields = error.fields if isinstance(error, ValuesError) else {}
    return Refusal(of, str(error), error.hint, typed, fields)


def _kind(programme: str, model: str) -> RecordType:
    return record_type(f"{programme}.{model}")


def _scope(request: HttpRequest) -> Scope:
    return scope_of(request.user, now=timezone.now())


def _record(kind: RecordType, pk: UUID, scope: Scope) -> Record:
    """Return a record that may be read; any other is not there."""
    rows = scope.visible(kind.model.objects.select_related(*_related(kind)))
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _related(kind: RecordType) -> tuple[str, ...]:
    references = (name for name, column in kind.columns.items() if column.many_to_one)
    return ("node", "owner", "merged_into", *references)


def _typed(request: HttpRequest) -> dict[str, str]:
    return {name: str(value) for name, value in request.POST.items()}


def _version(typed: dict[str, str]) -> int:
    text = typed.get("version", "")
    if not text.isdecimal():
        raise InputError(_("the form does not say which version was read"))
    return int(text)


def _address(record: Record, kind: RecordType) -> str:
    return reverse("record", args=[*kind.id.split("."), record.pk])


def _language() -> str:
    return get_language() or "en"


def _request_key() -> str:
    return secrets.token_hex(16)

"""Files of records: tables that go out and come in by three steps."""

from __future__ import annotations

from io import BytesIO
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import FileResponse
from django.shortcuts import redirect
from django.utils import timezone

from commonweal.errors import InputError, StateError
from commonweal.kernel.programmes.exports import records_export
from commonweal.kernel.programmes.imports import template_write
from commonweal.kernel.programmes.jobs import records_import_later
from commonweal.kernel.programmes.reading import records_shown
from commonweal.kernel.programmes.selectors.asked import asked_read, rows_asked
from commonweal.web.pages.work.importing import (
    import_apply,
    import_page,
    import_start,
    is_large,
    rejects_find,
    upload_find,
    upload_keep,
)
from commonweal.web.views_work.common import kind_of, language_now, scope_now, show, work

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


@work
def records_download(
    request: HttpRequest, programme: str, model: str, form: str
) -> HttpResponseBase:
    """Give the records that the list's filters ask for as a file."""
    kind, scope = kind_of(programme, model), scope_now(request)
    now = timezone.now()
    rows = rows_asked(kind, asked_read(kind, request.GET.dict()), scope=scope, now=now)
    file = TemporaryFile()  # noqa: SIM115 - the answer closes it
    withheld = records_export(kind, rows, file, form, scope=scope).withheld
    if not withheld:  # personal fields go out together or not at all
        seen = scope.visible(rows).select_related(None).order_by().only("node_id")
        records_shown(kind, seen.iterator(), scope=scope, now=now)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{kind.id}.{form}")


@work
def template_download(
    request: HttpRequest, programme: str, model: str, form: str
) -> HttpResponseBase:
    """Give an empty table to fill in."""
    kind = kind_of(programme, model)
    content = template_write(kind, form, scope=scope_now(request))
    return FileResponse(BytesIO(content), as_attachment=True, filename=f"{kind.id}.{form}")


@work
def import_upload(request: HttpRequest, programme: str, model: str) -> HttpResponseBase:
    """Choose a file."""
    kind = kind_of(programme, model)
    if request.method != "POST":
        return show(request, kind, "import", import_start(kind))
    file = request.FILES.get("file")
    try:
        key = upload_keep(file, home=settings.HOME, user_id=request.user.pk)
    except InputError as error:
        page = import_start(kind, message=str(error), hint=error.hint)
        return show(request, kind, "import", page, error.http_status)
    return redirect("import_step", programme, model, key)


@work
def import_step(request: HttpRequest, programme: str, model: str, key: str) -> HttpResponseBase:
    """See what a file would do, bring it in, see what became of it."""
    kind, scope, now = kind_of(programme, model), scope_now(request), timezone.now()
    path = upload_find(key, home=settings.HOME, user_id=request.user.pk)
    try:
        if request.method == "POST" and is_large(path):
            is_tried = "is_tried" in request.POST
            job = records_import_later(
                kind, path, scope=scope, now=now, key=f"{key}{is_tried:d}", is_tried=is_tried
            )
            return redirect("job", job.pk)
        if request.method == "POST":
            import_apply(kind, path, scope=scope, now=now)
            return redirect("import_step", programme, model, key)
        page = import_page(kind, key, path, scope=scope, now=now, language=language_now())
    except (InputError, StateError) as error:
        page = import_start(kind, message=str(error), hint=error.hint)
        return show(request, kind, "import", page, error.http_status)
    return show(request, kind, "import", page)


@work
def import_rejects(request: HttpRequest, programme: str, model: str, key: str) -> HttpResponseBase:
    """Give the refused rows of a file, to be mended and brought again."""
    kind_of(programme, model)
    path = upload_find(key, home=settings.HOME, user_id=request.user.pk)
    name = f"{path.stem}-rejects.csv"
    return FileResponse(rejects_find(path).open("rb"), as_attachment=True, filename=name)

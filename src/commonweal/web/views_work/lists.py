"""Lists, what needs me, and one action on many records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from commonweal.errors import InputError, StateError
from commonweal.kernel.disclosure.wording import language_of
from commonweal.kernel.programmes.models import SavedView
from commonweal.kernel.programmes.reading import records_shown
from commonweal.kernel.programmes.services.views import view_remove, view_save
from commonweal.web.pages.search import search_page
from commonweal.web.pages.work.bulk import bulk_do, bulk_page, chosen_read
from commonweal.web.pages.work.fields import entered
from commonweal.web.pages.work.fields_of_work import programme_fields
from commonweal.web.pages.work.listing import list_page
from commonweal.web.pages.work.queue import work_page
from commonweal.web.views_work.common import (
    kind_of,
    language_now,
    refusal_of,
    request_key_new,
    scope_now,
    show,
    typed_of,
    work,
)

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


@work
def records_list(request: HttpRequest, programme: str, model: str) -> HttpResponseBase:
    """List records."""
    kind, scope, now = kind_of(programme, model), scope_now(request), timezone.now()
    page = list_page(kind, request.GET.dict(), scope=scope, now=now, language=language_now())
    rows = kind.model.objects.filter(pk__in=[each.pk for each in page.rows])
    records_shown(kind, rows.only("node_id"), scope=scope, now=now, names=kind.spec.columns)
    return show(request, kind, "list", page)


@require_POST
@work
def records_do(request: HttpRequest, programme: str, model: str) -> HttpResponseBase:
    """Do an action on the chosen records: try it first, then do it for those that may."""
    kind, scope = kind_of(programme, model), scope_now(request)
    typed, action = typed_of(request), request.POST.get("action", "")
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
            refusal, status = refusal_of(action, error, typed), error.http_status
        else:
            messages.success(request, said)
            return redirect("records", programme, model)
    page = bulk_page(
        kind,
        action,
        chosen,
        scope=scope,
        now=timezone.now(),
        language=language_now(),
        request_key=request_key_new(),
        refusal=refusal,
    )
    return show(request, kind, "bulk", page, status)


@work
def my_work(request: HttpRequest) -> HttpResponseBase:
    """Show what needs me."""
    page = work_page(scope=scope_now(request), now=timezone.now(), language=language_now())
    return render(request, "web/work/queue.html", {"page": page})


@work
def search(request: HttpRequest) -> HttpResponseBase:
    """Look for words in everything."""
    page = search_page(
        request.GET.get("q", ""),
        scope=scope_now(request),
        now=timezone.now(),
        language=language_of(language_now()),
    )
    return render(request, "web/search.html", {"page": page})


@work
def programme_list(request: HttpRequest) -> HttpResponseBase:
    """Show every programme."""
    fields = programme_fields(scope_now(request))
    return render(request, "web/work/programmes.html", {"fields": fields})


@require_POST
@work
def view_keep(request: HttpRequest, programme: str, model: str) -> HttpResponseBase:
    """Keep a list's filters under a name."""
    kind, typed = kind_of(programme, model), typed_of(request)
    try:
        view = view_save(
            kind,
            typed.get("name", ""),
            query=typed.get("query", ""),
            scope=scope_now(request),
            is_shared="is_shared" in typed,
        )
    except (InputError, StateError) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("the view “%(name)s” is kept") % {"name": view.name})
    address = reverse("records", args=[programme, model])
    return redirect(f"{address}?{typed.get('query', '')}")


@require_POST
@work
def view_drop(request: HttpRequest, programme: str, model: str, pk: int) -> HttpResponseBase:
    """Forget a view of one's own."""
    kind = kind_of(programme, model)
    view_remove(get_object_or_404(SavedView, pk=pk, record_type=kind.id), scope=scope_now(request))
    return redirect("records", programme, model)

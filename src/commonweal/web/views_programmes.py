"""Boards of programmes, inside and for the public."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from commonweal.errors import CommonwealError, InputError
from commonweal.kernel.accounts.scopes import scope_of
from commonweal.kernel.programmes.computing import may_compute, programme_compute
from commonweal.kernel.programmes.registry import programme_get
from commonweal.periods import business_date
from commonweal.web.pages.figures_file import figures_csv, figures_json
from commonweal.web.pages.programme import programme_page
from commonweal.web.pages.scope import scope_build
from commonweal.web.views import page_language, page_view

if TYPE_CHECKING:
    from django.http import HttpRequest

    from commonweal.kernel.programmes.registry import Programme
    from commonweal.web.pages.scope import Scope

_OLDEST: Final = 2000


def _scope(request: HttpRequest, programme: Programme) -> Scope:
    return scope_build(
        language=page_language(),
        node=request.GET.get("node", ""),
        period_text=request.GET.get("period", ""),
        as_of_text=request.GET.get("as_of", ""),
        indicators=programme.spec.indicators,
    )


@page_view
def board(request: HttpRequest, programme_id: str) -> HttpResponse:
    """Show the board of a programme, for one node and what is below it."""
    programme = programme_get(programme_id)
    access = scope_of(request.user, now=timezone.now())
    page = programme_page(programme, _scope(request, programme), access)
    this_year = business_date(timezone.now()).year
    context = {"page": page, "links": "site", "may_compute": may_compute(access)}
    context["years"] = range(this_year, this_year - 4, -1)
    return render(request, "web/programme.html", context)


@require_POST
def figures(request: HttpRequest, programme_id: str) -> HttpResponse:
    """Bring the programme's figures of a year up to date, and show them."""
    now = timezone.now()
    number = request.POST.get("year", "")
    back = reverse("programme", args=[programme_id])
    try:
        programme = programme_get(programme_id)
        if not (number.isdecimal() and _OLDEST <= int(number) <= business_date(now).year):
            raise InputError(_("%(year)s is no year with figures") % {"year": number})
        with transaction.atomic():
            n_facts = programme_compute(
                programme,
                int(number),
                scope=scope_of(request.user, now=now),
                now=now,
                reason=request.POST.get("reason", "").strip(),
            )
    except CommonwealError as error:
        messages.error(request, f"{error} {error.hint}".strip())
        return redirect(back)
    told = _("%(n)d figures are new") if n_facts else _("Every figure was up to date")
    messages.success(request, told % {"n": n_facts} if n_facts else told)
    return redirect(f"{back}?period={int(number)}")


@login_not_required
@page_view
def public(request: HttpRequest, programme_id: str) -> HttpResponse:
    """Show a programme's figures to anybody, if it says that it is public."""
    programme = programme_get(programme_id)
    if not programme.spec.public:
        raise Http404
    scope = _scope(request, programme)
    match request.GET.get("format", ""):
        case "csv":
            return _file(figures_csv(programme, scope), f"{programme.id}.csv", "text/csv")
        case "json":
            return _file(figures_json(programme, scope), f"{programme.id}.json", "application/json")
    page = programme_page(programme, scope, None)
    return render(request, "web/programme_public.html", {"page": page})


def _file(content: str, name: str, kind: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=f"{kind}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )

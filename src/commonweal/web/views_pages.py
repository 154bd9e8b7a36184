"""Pages that programmes bring themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone

from commonweal.kernel.accounts.scopes import scope_of
from commonweal.kernel.programmes.registry import programme_get
from commonweal.web.pages.brought import brought_page
from commonweal.web.views import page_language, page_view

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@page_view
def programme_page(request: HttpRequest, programme_id: str, page_id: str) -> HttpResponse:
    """Show a page of a programme's own, by the programme's template."""
    programme, now = programme_get(programme_id), timezone.now()
    page = brought_page(
        programme,
        page_id,
        scope=scope_of(request.user, now=now),
        now=now,
        language=page_language(),
        values=request.GET.dict(),
    )
    return render(request, f"{programme.id}/{page_id}.html", {"page": page})

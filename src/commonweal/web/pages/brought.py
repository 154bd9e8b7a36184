"""Pages that a programme brings itself: who may see them, and for which period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Max, Min
from django.utils.translation import gettext as _

from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.disclosure.wording import language_of, period_text
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.org.models import Node, NodeKind
from commonweal.kernel.programmes.pages import Asked
from commonweal.kernel.programmes.services.refusals import RoleError
from commonweal.kernel.programmes.values import named
from commonweal.periods import PeriodKind, business_date, period
from commonweal.web.pages.scope import Choice

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.definitions import PageSpec
    from commonweal.kernel.programmes.registry import Programme


@dataclass(frozen=True, slots=True)
class Link:
    """A page of a programme as its board offers it."""

    id: str
    name: str
    about: str


@dataclass(frozen=True, slots=True)
class BroughtPage:
    """A page of a programme's own; ``content`` is what its builder made."""

    programme: str
    programme_name: str
    name: str
    about: str
    period: str
    period_text: str
    periods: tuple[Choice, ...]
    asked: Mapping[str, str]
    content: object


def links(programme: Programme, scope: Scope) -> tuple[Link, ...]:
    """Return the pages of a programme that this person may see."""
    return tuple(
        Link(each.id, named(each.name), named(each.about))
        for each in programme.spec.pages
        if _may(each, scope)
    )


def brought_page(
    programme: Programme,
    page_id: str,
    *,
    scope: Scope,
    now: datetime,
    language: str,
    values: Mapping[str, str],
) -> BroughtPage:
    """Build a page that the programme brings; ``values`` is what the address says.

    Raises:
        InputError: The programme has no such page, or the period is none.
        RoleError: The scope holds the page's role nowhere.
    """
    spec = programme.page(page_id)
    if not _may(spec, scope):
        raise RoleError(
            _("“%(page)s” is for those who are %(role)s somewhere")
            % {"page": named(spec.name), "role": Role(spec.role).label},
            hint=_("ask an administrator for the role, or the person who holds it"),
        )
    told, recorded = _years_told(programme), _years_recorded(programme, scope)
    first = max(told or recorded or {business_date(now).year})
    chosen = period(values.get("period") or str(first))
    asked = Asked(scope, chosen, now, values)
    texts = dict.fromkeys((str(chosen), *(str(year) for year in (told | recorded))))
    return BroughtPage(
        programme=programme.id,
        programme_name=named(programme.spec.name),
        name=named(spec.name),
        about=named(spec.about),
        period=str(chosen),
        period_text=period_text(chosen, language_of(language)),
        periods=tuple(
            Choice(each, period_text(period(each), language_of(language)))
            for each in sorted(texts, reverse=True)
        ),
        asked=values,
        content=programme.page_builder(page_id)(asked),
    )


def _may(spec: PageSpec, scope: Scope) -> bool:
    nodes = scope.nodes_of(spec.role)
    return nodes is None or bool(nodes)


def _years_told(programme: Programme) -> set[int]:
    """Return the years with figures of the programme: after them there is little to see."""
    told = Fact.objects.filter(
        indicator__in=programme.spec.indicators,
        node__in=Node.objects.filter(kind=NodeKind.GROUP).values("code"),
        period_kind=PeriodKind.YEAR.value,
        value__isnull=False,
    )
    return {day.year for day in told.values_list("start_date", flat=True).distinct()}


def _years_recorded(programme: Programme, scope: Scope) -> set[int]:
    """Return the years with records that may be read."""
    found: set[int] = set()
    for kind in programme.types.values():
        rows = scope.visible(kind.model.objects.all())
        span = rows.aggregate(first=Min("start_date"), last=Max("start_date"))
        if span["first"]:
            found |= set(range(span["first"].year, span["last"].year + 1))
    return found

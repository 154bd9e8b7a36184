"""Search over everything: figures, organisation, places of measurement, programmes, reports, files.

Records are searched as their lists are, within what the reader may see; all else is read by
everybody who may sign in. A nation has 1.4 million sites: they are found by how a code begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from commonweal.catalogue import catalogue
from commonweal.kernel.disclosure.definitions import report_definition, report_paths
from commonweal.kernel.disclosure.known import boundary_get, node_get, node_name, periods_known
from commonweal.kernel.disclosure.wording import unit_text
from commonweal.kernel.org.models.organisation import Meter, Node, Site
from commonweal.kernel.programmes.registry import programmes, record_types
from commonweal.kernel.programmes.selectors.listed import code_begins
from commonweal.kernel.programmes.values import named
from commonweal.lake.models import Source
from commonweal.periods import business_date
from commonweal.web.pages.work.queue import piles_found

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.disclosure.wording import Language
    from commonweal.web.pages.work.queue import Pile

_MOST: Final = 12
LONGEST: Final = 100


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found, and where it stands."""

    href: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one sort; ``is_cut`` where there is more."""

    name: str
    hits: tuple[Hit, ...]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Everything that was found."""

    query: str
    groups: tuple[Group, ...]
    records: tuple[Pile, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not self.groups and not self.records


def search_page(words: str, *, scope: Scope, now: datetime, language: Language) -> SearchPage:
    """Look for words everywhere; no words find nothing."""
    query = " ".join(words.replace("\0", " ").split())[:LONGEST]  # PostgreSQL has no NUL
    if not query:
        return SearchPage("", (), ())
    sought = query.casefold()
    found = (
        (_("Indicators"), _indicators(sought, language)),
        (_("Organisation"), _nodes(query, language)),
        (_("Sites"), _subjects(query, now)),
        (_("Programmes"), _programmes(sought, language)),
        (_("Reports"), _reports(sought, language)),
        (_("Files"), _files(query)),
    )
    groups = [_group(name, hits) for name, hits in found]
    return SearchPage(
        query,
        tuple(each for each in groups if each.hits),
        piles_found(query, scope=scope, now=now, language=language),
    )


def _group(name: str, hits: Iterable[Hit]) -> Group:
    found = tuple(hits)
    return Group(name, found[:_MOST], len(found) > _MOST)


def _indicators(sought: str, language: Language) -> Iterator[Hit]:
    for each in catalogue().indicators.values():
        if sought in each.id or any(sought in name.casefold() for name in each.name.values()):
            unit = unit_text(each.unit, language)
            planned = _("planned") if each.status == "planned" else ""
            note = " · ".join(part for part in (unit, planned) if part)
            yield Hit(reverse("indicator", args=[each.id]), each.name[language], note)


def _nodes(query: str, language: Language) -> Iterator[Hit]:
    has_words = Q(code__icontains=query)
    for column in ("name_zh_hant", "name_zh_hans", "name_en"):
        has_words |= Q(**{f"{column}__icontains": query})
    for node in Node.objects.filter(has_words).order_by("pk")[: _MOST + 1]:
        yield Hit(reverse("node", args=[node.code]), node_name(node, language), node.code)


def _subjects(query: str, now: datetime) -> Iterator[Hit]:
    """Yield sites and meters whose code begins so, with their rows of the last month known."""
    month = ""
    begins = code_begins(query)
    for kind, rows in (
        ("site", Site.objects.filter(begins)),
        ("meter", Meter.objects.filter(begins)),
    ):
        for code in rows.order_by("code").values_list("code", flat=True)[: _MOST + 1]:
            month = month or _latest_month(now)
            yield Hit(f"{reverse('rows', args=[kind, code])}?month={month}", code, month)


def _latest_month(now: datetime) -> str:
    known = periods_known(node_get().code, boundary=boundary_get().code, as_of=now)
    ends = max((each.end_date for each in known), default=business_date(now))
    return f"{ends - timedelta(days=1):%Y-%m}"


def _programmes(sought: str, language: Language) -> Iterator[Hit]:
    for each in programmes().values():
        if sought in each.id or any(sought in name.casefold() for name in each.spec.name.values()):
            yield Hit(reverse("programme", args=[each.id]), each.spec.name[language])
    for kind in record_types().values():
        if any(sought in name.casefold() for name in kind.spec.name.values()):
            yield Hit(
                reverse("records", args=kind.id.split(".")),
                named(kind.spec.name),
                named(kind.programme.spec.name),
            )


def _reports(sought: str, language: Language) -> Iterator[Hit]:
    for report_id in report_paths():
        texts = report_definition(report_id).texts
        if sought in report_id or any(sought in text.title.casefold() for text in texts.values()):
            yield Hit(reverse("report", args=[report_id]), texts[language].title)


def _files(query: str) -> Iterator[Hit]:
    rows = Source.objects.filter(name__icontains=query).order_by("-pk")[: _MOST + 1]
    for each in rows:
        yield Hit(reverse("source", args=[each.pk]), each.name, each.dataset)

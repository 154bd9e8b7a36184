"""The open data pages: published editions and their figures, for readers without an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import get_language_info

from commonweal.catalogue import catalogue
from commonweal.errors import InputError
from commonweal.kernel.disclosure.editions.freezing import digests_read
from commonweal.kernel.disclosure.editions.open_figures import open_figures
from commonweal.kernel.disclosure.known import node_name
from commonweal.kernel.disclosure.lineage import indicator_name, nodes_by_code
from commonweal.kernel.disclosure.renderings.forms import FORMS
from commonweal.kernel.disclosure.wording import (
    LANGUAGES,
    NO_DATA,
    instant_text,
    period_text,
    quantity_text,
)
from commonweal.kernel.programmes.registry import record_type
from commonweal.periods import period
from commonweal.web.pages.indicator import definition_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from commonweal.kernel.disclosure.editions.edition import Edition
    from commonweal.kernel.disclosure.editions.open_figures import OpenFigure
    from commonweal.kernel.disclosure.renderings.forms import Form
    from commonweal.kernel.disclosure.wording import Language
    from commonweal.web.pages.indicator import Definition


@dataclass(frozen=True, slots=True)
class OpenEdition:
    """One published edition."""

    code: str
    title: str
    period: str
    node: str
    published: str
    as_of: str
    is_corrected: bool
    n_facts: int
    files: tuple[tuple[tuple[str, str], ...], ...]
    """For each language the name of each file, and what its link says."""


@dataclass(frozen=True, slots=True)
class OpenIndicator:
    """One published indicator: what it was last."""

    id: str
    name: str
    value: str
    period: str
    node: str
    n_figures: int


@dataclass(frozen=True, slots=True)
class OpenPage:
    """Everything that is published."""

    editions: tuple[OpenEdition, ...]
    indicators: tuple[OpenIndicator, ...]
    n_figures: int
    licence: str


@dataclass(frozen=True, slots=True)
class OpenRow:
    """One published figure, printed."""

    node: str
    period: str
    value: str
    edition: str
    published: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class OpenIndicatorPage:
    """One indicator with all of its published figures."""

    name: str
    definition: Definition
    rows: tuple[OpenRow, ...]
    licence: str


def editions_open(now: datetime) -> Sequence[Any]:
    """Return the editions that anybody may read at an instant, the newest first.

    Published or corrected, never withdrawn, and no embargo ahead.
    """
    rows = record_type("editions.edition").model.objects.select_related("node")
    is_over = Q(("embargo_until", None)) | Q(("embargo_until__lte", now))
    is_public = Q(("state__in", ("published", "corrected"))) & Q(("published_at__lte", now))
    found: list[Any] = list(rows.filter(is_public & is_over))
    return sorted(found, key=lambda each: (each.published_at, each.code), reverse=True)


def edition_open(code: str, now: datetime) -> Edition:
    """Return one edition that anybody may read.

    Raises:
        InputError: There is none of that code, or it is not to be read yet, or any more.
    """
    found: Edition | None = next((e for e in editions_open(now) if e.code == code), None)
    if found is None:
        raise InputError(f"no published edition {code!r}")
    return found


def open_page(*, now: datetime, language: Language, licence: str) -> OpenPage:
    """Build the page of all that is published."""
    editions = editions_open(now)
    figures = open_figures(editions)
    top = [each.node.code for each in editions]
    # Only what may be read corrects: an embargo hides that there is a correction at all.
    corrected = {each.corrects_id for each in editions}
    return OpenPage(
        editions=tuple(
            _edition(each, language, is_corrected=each.pk in corrected) for each in editions
        ),
        indicators=tuple(_indicators(figures, top, language)),
        n_figures=len(figures),
        licence=licence,
    )


def open_indicator_page(
    indicator_id: str, *, now: datetime, language: Language, licence: str
) -> OpenIndicatorPage:
    """Build the page of one published indicator.

    Raises:
        InputError: No published edition has a figure of it.
    """
    editions = editions_open(now)
    figures = [each for each in open_figures(editions) if each.indicator == indicator_id]
    known = catalogue().indicators.get(indicator_id)
    if known is None or not figures:
        raise InputError(f"no published indicator {indicator_id!r}")
    top = {each.node.code for each in editions}
    figures.sort(key=lambda each: (each.end_date, each.published_at), reverse=True)
    figures.sort(key=lambda each: (each.node not in top, each.node))
    return OpenIndicatorPage(
        name=known.name[language],
        definition=definition_of(known, language),
        rows=tuple(_rows(figures, language)),
        licence=licence,
    )


def _edition(edition: Edition, language: Language, *, is_corrected: bool) -> OpenEdition:
    if edition.published_at is None or edition.as_of is None:
        raise InputError(f"{edition.code} is not published")
    kept = digests_read(edition.digests)
    forms = [(code, [form for form in FORMS if f"{code}.{form}" in kept]) for code in LANGUAGES]
    return OpenEdition(
        code=edition.code,
        title=edition.title,
        period=period_text(period(edition.period_text), language),
        node=node_name(edition.node, language),
        published=instant_text(edition.published_at, language),
        as_of=instant_text(edition.as_of, language),
        is_corrected=is_corrected,
        n_facts=edition.n_facts or 0,
        files=tuple(
            tuple((f"{code}.{form}", _label(code, form)) for form in found)
            for code, found in forms
            if found
        ),
    )


def _label(language: str, form: Form) -> str:
    """Return what a link says: the language for the page, else the form."""
    if form == "html":
        return str(get_language_info(language)["name_local"])
    return {"xbri": "inline XBRL"}.get(form, form.upper())


def _indicators(
    figures: Sequence[OpenFigure], top: Sequence[str], language: Language
) -> Iterator[OpenIndicator]:
    """Yield each indicator with the latest, longest figure of the operator as a whole."""
    of: dict[str, list[OpenFigure]] = {}
    for figure in figures:
        of.setdefault(figure.indicator, []).append(figure)
    nodes = nodes_by_code({each.node for each in figures})
    for name, found in of.items():
        current = [each for each in found if each.is_current]
        last = max(current, key=lambda each: (each.node in top, _days(each), each.end_date))
        yield OpenIndicator(
            id=name,
            name=indicator_name(name, language),
            value=_printed(last, language),
            period=period_text(period(last.period), language),
            node=node_name(nodes[last.node], language),
            n_figures=len(found),
        )


def _days(figure: OpenFigure) -> int:
    return (figure.end_date - figure.start_date).days // 28  # months, whatever their length


def _rows(figures: Sequence[OpenFigure], language: Language) -> Iterator[OpenRow]:
    nodes = nodes_by_code({each.node for each in figures})
    for each in figures:
        yield OpenRow(
            node=node_name(nodes[each.node], language),
            period=period_text(period(each.period), language),
            value=_printed(each, language),
            edition=each.edition,
            published=instant_text(each.published_at, language),
            is_current=each.is_current,
        )


def _printed(figure: OpenFigure, language: Language) -> str:
    if figure.value is None:
        return NO_DATA[language]
    return quantity_text(figure.value, figure.unit, figure.decimals, language)

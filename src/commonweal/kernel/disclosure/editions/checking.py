"""What is looked at before an edition is frozen, and what freezing leaves on its record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from commonweal.catalogue.claim_rules import chapter_lint, chapter_read, finding_said
from commonweal.errors import DefinitionError, InputError, StateError
from commonweal.kernel.disclosure.definitions import report_definition, report_paths
from commonweal.kernel.disclosure.editions.bound import report_held
from commonweal.kernel.disclosure.editions.freezing import (
    digests_write,
    file_keep,
    frozen_build,
    ids_write,
    reports_build,
)
from commonweal.kernel.disclosure.editions.plain import report_text
from commonweal.kernel.disclosure.known import latest_instant, periods_known
from commonweal.kernel.disclosure.renderings.forms import FORMS
from commonweal.kernel.disclosure.wording import LANGUAGES
from commonweal.periods import period

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.kernel.disclosure.editions.edition import Edition
    from commonweal.kernel.disclosure.wording import Language

_QUOTED: Final = 120
NOT_FROZEN: Final[Mapping[str, Any]] = {
    "as_of": None,
    "program": "",
    "texts_sha256": "",
    "n_facts": None,
    "fact_ids": "",
    "facts_sha256": "",
    "tree_size": None,
    "root_hash": "",
    "digests": "",
}
"""What the record of an edition holds of its freeze while there is none."""


def asked_refused(report: str, period_text: str, languages: str, forms: str) -> dict[str, str]:
    """Return why no edition can be of these, by name of the field."""
    refused = {}
    if report not in report_paths():
        refused["report"] = _("there is no report %(id)r") % {"id": report}
    try:
        period(period_text)
    except InputError:
        refused["period_text"] = _("write a month, quarter, half-year or year")
    if unknown := set(languages.split()) - set(LANGUAGES):
        refused["languages"] = _("there is no language %(code)r") % {"code": min(unknown)}
    elif not languages.split():
        refused["languages"] = _("name a language")
    if "html" not in forms.split() or set(forms.split()) - set(FORMS):
        refused["forms"] = _("write html, and of %(forms)s what else is wanted") % {
            "forms": ", ".join(FORMS[1:])
        }
    return refused


def is_buildable(edition: Edition) -> bool:
    """Return whether every number of the texts is bound, and the period has facts to bind to."""
    try:
        report_definition(edition.report)
        at = latest_instant()
    except (DefinitionError, StateError):
        return False
    known = periods_known(edition.node.code, boundary=edition.boundary, as_of=at)
    return period(edition.period_text) in known


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that is wrong with the text of an edition, or that somebody should look at."""

    severity: str
    """``error`` or ``warning``."""
    language: Language
    section: str
    quote: str
    said: str


def edition_noted(edition: Edition) -> tuple[Noted, ...]:
    """Return what the linter and the ledger say of an edition's texts, errors first.

    A draft is looked at as it would be frozen now. Every bound figure is read back out of the text
    and held against the rows of the ledger; a row is held against its leaf of the log.

    Raises:
        DefinitionError: The texts of the report do not hold.
        StateError: There are no facts.
    """
    found = []
    for language, report in reports_build(edition, edition.as_of or latest_instant()).items():
        for unbound in report_held(report).faults:
            told = (unbound.section, unbound.printed, unbound.said)
            found.append(Noted("error", language, *told))
        text = report_text(report)
        for each in chapter_lint(chapter_read(text)):
            if each.severity != "info":
                quote = " ".join(text[each.start : each.end].split())[:_QUOTED]
                section = _section(text, each.start)
                told = (section, quote, finding_said(each, language))
                found.append(Noted(each.severity, language, *told))
    return tuple(sorted(found, key=lambda each: each.severity))


def _section(text: str, at: int) -> str:
    """Return the title of the section in which a place stands."""
    start = text.rfind("\n## ", 0, at)
    return text[start + 4 : text.index("\n", start + 1)] if start >= 0 else ""


def is_possible(edition: Edition) -> bool:
    """Return whether neither linter nor ledger finds an error in the text of any language."""
    return not any(each.severity == "error" for each in edition_noted(edition))


def frozen_keep(edition: Edition) -> dict[str, Any]:
    """Freeze what is known now, keep its files, and return what the record holds of it."""
    frozen = frozen_build(edition)
    for content in frozen.files.values():
        file_keep(content)
    return {
        "as_of": frozen.as_of,
        "program": frozen.program,
        "texts_sha256": frozen.texts_sha256,
        "n_facts": len(frozen.fact_ids),
        "fact_ids": ids_write(frozen.fact_ids),
        "facts_sha256": frozen.facts_sha256,
        "tree_size": frozen.tree_size,
        "root_hash": frozen.root_hash,
        "digests": digests_write(frozen.digests),
    }

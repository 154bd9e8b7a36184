"""What is looked at before an edition is frozen, and what freezing leaves on its record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from commonweal.catalogue.claim_rules import chapter_lint, chapter_read
from commonweal.errors import DefinitionError, InputError, StateError
from commonweal.kernel.disclosure.definitions import report_definition, report_paths
from commonweal.kernel.disclosure.editions.freezing import (
    digests_write,
    file_keep,
    frozen_build,
    ids_write,
    reports_build,
)
from commonweal.kernel.disclosure.editions.plain import report_text
from commonweal.kernel.disclosure.known import latest_instant, periods_known
from commonweal.kernel.disclosure.wording import LANGUAGES
from commonweal.periods import period

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.kernel.disclosure.editions.edition import Edition

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


def asked_refused(report: str, period_text: str, languages: str) -> dict[str, str]:
    """Return why no edition can be of this report, period or languages, by name of the field."""
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


def is_possible(edition: Edition) -> bool:
    """Return whether no rule of the linter finds an error in the text of any language."""
    return not any(
        finding.severity == "error"
        for report in reports_build(edition, latest_instant()).values()
        for finding in chapter_lint(chapter_read(report_text(report)))
    )


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

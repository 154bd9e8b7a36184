"""Writes a filing: the taxonomy package, and for each language the report in three forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from commonweal.catalogue import catalogue
from commonweal.kernel.disclosure.services import report_build
from commonweal.kernel.disclosure.xbrl.entities import entity_of
from commonweal.kernel.disclosure.xbrl.inline import inline_html
from commonweal.kernel.disclosure.xbrl.oim import oim_csv, oim_json
from commonweal.kernel.disclosure.xbrl.package import PACKAGE, report_package, taxonomy_package
from commonweal.kernel.disclosure.xbrl.statements import statements_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from commonweal.kernel.disclosure.tree import Report
    from commonweal.kernel.disclosure.wording import Language
    from commonweal.periods import Period

FORMS: Final = ("xhtml", "xbri", "xbrl.json", "csv.json", "csv")


@dataclass(frozen=True)
class Document:
    """One report in one language: its files by name, and what they state.

    Attributes:
        files: Content by name: the inline document, the same packed with its taxonomy, and the
            facts alone as xBRL-JSON and as xBRL-CSV (metadata and table).
        checked: Names of the files that a validator opens.
        n_facts: Distinct facts stated.
        n_marks: Printed figures that state them.
        n_hidden: Facts that no printed figure states.
        n_other: Printed numbers that are no fact: changes, steps of a target, counts of the log.
    """

    language: str
    files: Mapping[str, bytes]
    checked: tuple[str, ...]
    n_facts: int
    n_marks: int
    n_hidden: int
    n_other: int


@dataclass(frozen=True)
class Filing:
    """A report as it is filed."""

    package: bytes
    documents: tuple[Document, ...]

    @property
    def files(self) -> dict[str, bytes]:
        """Every file by name."""
        found = {PACKAGE: self.package}
        for document in self.documents:
            found |= document.files
        return found


def filing_build(
    report_id: str,
    period: Period,
    *,
    languages: Sequence[Language],
    as_of: datetime | None = None,
    node: str = "",
    boundary: str = "",
    lei: str = "",
) -> Filing:
    """Build the filing of a report: the same instant gives the same bytes.

    Args:
        report_id: A report defined by a domain.
        period: The period reported on.
        languages: One document is made for each.
        as_of: What was known then; the last recorded facts by default.
        node: Organisation node; the operator as a whole by default.
        boundary: Reporting boundary; the first defined by default.
        lei: Legal Entity Identifier of the operator; its code of the register without one.

    Raises:
        InputError: The report, node, boundary or identifier is unknown.
        StateError: There are no facts yet.
    """
    documents = tuple(
        document_build(
            report_build(
                report_id,
                period,
                language=language,
                as_of=as_of,
                node=node,
                boundary=boundary,
                has_appendix=False,
            ),
            name=".".join((report_id, *([node] if node else []), str(period), language)),
            lei=lei,
        )
        for language in languages
    )
    return Filing(taxonomy_package(catalogue()), documents)


def document_build(report: Report, *, name: str, lei: str = "") -> Document:
    """Render one report as inline XBRL, xBRL-JSON and xBRL-CSV."""
    statements, entity = statements_of(report), entity_of(lei)
    page, packed, plain, described, table = (f"{name}.{form}" for form in FORMS)
    metadata, rows = oim_csv(statements, entity, table=table)
    inline = inline_html(report, statements, entity)
    return Document(
        language=report.language,
        files={
            page: inline,
            packed: report_package(catalogue(), page, inline),
            plain: oim_json(statements, entity),
            described: metadata,
            table: rows,
        },
        checked=(packed, plain, described),
        n_facts=len(statements.each()),
        n_marks=statements.n_marks,
        n_hidden=len(statements.hidden),
        n_other=statements.n_other,
    )


def report_xbri(report: Report) -> bytes:
    """Return one report as inline XBRL in one file with its taxonomy."""
    page = inline_html(report, statements_of(report), entity_of())
    name = f"{report.id}.{report.period}.{report.language}.xhtml"
    return report_package(catalogue(), name, page)

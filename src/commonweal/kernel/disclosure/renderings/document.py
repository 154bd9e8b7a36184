"""The report as one JSON document: what it prints, and the facts, factors and proofs behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - pydantic reads annotations
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter

from commonweal.kernel.disclosure.renderings.annex import (
    Change,
    FactorUse,
    FactRow,
    annex_build,
)
from commonweal.kernel.disclosure.renderings.pages import report_digest
from commonweal.kernel.disclosure.renderings.standards import (
    StandardIndex,  # noqa: TC001 - pydantic reads annotations
)
from commonweal.kernel.disclosure.renderings.walking import report_figures

if TYPE_CHECKING:
    from commonweal.kernel.disclosure.tree import Report

FORMAT: Final = "commonweal-report-1"


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as it is printed, and the facts it was made from; the first one is its own."""

    section: str
    text: str
    fact_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SectionName:
    """A section, for its number's sake."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Document:
    """Everything about one report in one language; decimals are strings, days and instants ISO."""

    format: str
    report: str
    title: str
    language: str
    node: str
    boundary: str
    period: str
    as_of: datetime
    digest: str
    """SHA-256 of all that the report prints."""
    log_size: int
    log_root: str
    sections: tuple[SectionName, ...]
    printed: tuple[Printed, ...]
    facts: tuple[FactRow, ...]
    factors: tuple[FactorUse, ...]
    changes: tuple[Change, ...]
    standards: tuple[StandardIndex, ...]


@cache
def _adapter() -> TypeAdapter[Document]:
    return TypeAdapter(Document)


def document_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) that every document fits."""
    schema = _adapter().json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": FORMAT, **schema}


def report_json(report: Report) -> bytes:
    """Return the document of a report that was built with its appendix; same report, same bytes."""
    annex = annex_build(report)
    return _adapter().dump_json(
        Document(
            format=FORMAT,
            report=report.id,
            title=report.title,
            language=report.language,
            node=report.node,
            boundary=report.boundary,
            period=str(report.period),
            as_of=report.as_of,
            digest=report_digest(report),
            log_size=report.tree_size,
            log_root=report.root_hash,
            sections=tuple(SectionName(each.id, each.title) for each in report.sections),
            printed=tuple(
                Printed(section, figure.text, figure.fact_ids)
                for section, figure in report_figures(report)
                if figure.has_data
            ),
            facts=annex.facts,
            factors=annex.factors,
            changes=annex.changes,
            standards=annex.standards,
        ),
        indent=1,
    )

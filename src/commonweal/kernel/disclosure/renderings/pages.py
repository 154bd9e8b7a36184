"""What the PDF's template reads: a report, its annexes and the words around them, as plain data."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from commonweal.catalogue.factors import ANYWHERE
from commonweal.kernel.disclosure.lineage import indicator_name
from commonweal.kernel.disclosure.renderings.annex import annex_build, formula_in_words
from commonweal.kernel.disclosure.renderings.standards import state_words
from commonweal.kernel.disclosure.renderings.walking import plain
from commonweal.kernel.disclosure.tree import (
    Bullets,
    Chart,
    Figure,
    Heading,
    Paragraph,
    Table,
)
from commonweal.kernel.disclosure.wording import instant_text, percent_text, unit_text
from commonweal.periods import BUSINESS_ZONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonweal.kernel.disclosure.renderings.annex import Annex, FactorUse, FactRow
    from commonweal.kernel.disclosure.renderings.standards import StandardIndex
    from commonweal.kernel.disclosure.tree import Block, Entry, Report, Spans

Json = dict[str, Any]
_NARROWEST: Final = 8
_WIDEST: Final = 44


def report_digest(report: Report) -> str:
    """Return the SHA-256 of all that a report prints: its words, numbers and facts, in order."""
    said = json.dumps(
        [
            report.id,
            report.language,
            str(report.period),
            report.node,
            report.boundary,
            [[section.id, section.title, _blocks(section.blocks)] for section in report.sections],
        ],
        ensure_ascii=False,
    )
    return hashlib.sha256(said.encode()).hexdigest()


def pages_of(report: Report) -> Json:
    """Return everything that the PDF says, in the active language."""
    annex = annex_build(report)
    local = report.as_of.astimezone(BUSINESS_ZONE)
    return {
        "title": report.title,
        "subtitle": report.subtitle,
        "node_name": report.node_name,
        "period_text": report.period_text,
        "digest": report_digest(report),
        "date": {"year": local.year, "month": local.month, "day": local.day},
        "facts_of_edition": edition_rows(report),
        "words": _words(),
        "sections": [
            {"title": section.title, "blocks": _blocks(section.blocks)}
            for section in report.sections
        ],
        "pictures": [_table(chart.table) for chart in report.charts if chart.has_values],
        "standards": [_standard(each) for each in annex.standards],
        "factors": _factors(annex, report.language),
        "indicators": list(_indicators(report, annex)),
    }


def edition_rows(report: Report) -> list[tuple[str, str]]:
    """Return what identifies an edition, in the active language: names and values."""
    return [
        (_("Period"), report.period_text),
        (_("Boundary"), report.boundary_name),
        (
            pgettext("before an instant", "As known on"),
            instant_text(report.as_of, report.language),
        ),
        (_("Facts in the log"), f"{report.tree_size:,}"),
        (_("Root of the log"), report.root_hash),
        (_("Digest of this edition"), report_digest(report)),
    ]


def _words() -> Json:
    return {
        "contents": _("Contents"),
        "pictures": _("Figures of the charts"),
        "standards": _("Index of disclosure standards"),
        "standards_note": _(
            "Paragraph numbers with labels of our own; what a standard asks is in the standard. "
            "A paragraph that asks for figures and has none is listed as a gap."
        ),
        "standards_head": [
            _("Paragraph"),
            _("Subject"),
            _("State"),
            _("Answered by: figure, value, pages"),
        ],
        "factors": _("Factors used"),
        "factors_head": [
            _("Carrier"),
            pgettext("of a factor", "Place"),
            _("Year"),
            _("Factor"),
            _("Source of the factor"),
        ],
        "none": _("None."),
        "no_data": _("No data for this period."),
        "index": _("Index of figures"),
        "index_note": _(
            "Every figure of this report and every fact that entered it, with the number under "
            "which the register holds it."
        ),
        "index_head": [
            _("Organisation"),
            _("Period"),
            _("Value"),
            pgettext("share", "Estimated"),
            _("Fact"),
            pgettext("in an index", "Pages"),
        ],
        "note": _("Dotted numbers lead to the index of figures at the end."),
    }


# --- the report itself ---
def _blocks(blocks: Iterable[Block]) -> list[Json]:
    return [_block(block) for block in blocks]


def _block(block: Block) -> Json:
    match block:
        case Heading():
            return {"kind": "heading", "text": block.text}
        case Paragraph():
            return {
                "kind": "paragraph",
                "spans": _spans(block.spans),
                "is_quiet": bool(block.role),
            }
        case Bullets():
            return {"kind": "bullets", "items": [_spans(item) for item in block.items]}
        case Table():
            return _table(block)
        case Chart():
            return {
                "kind": "chart",
                "title": block.title,
                "unit": block.unit,
                "file": f"{block.id}.svg" if block.has_values else "",
            }


def _spans(spans: Spans) -> list[Json]:
    return [
        {
            "kind": span.kind,
            "text": span.text,
            "strong": span.is_strong,
            "facts": list(span.fact_ids) if isinstance(span, Figure) else [],
            "has_data": span.has_data if isinstance(span, Figure) else not span.indicator,
        }
        for span in spans
    ]


def _table(table: Table) -> Json:
    return {
        "kind": "table",
        "caption": table.caption,
        "head": [_spans(cell.spans) for cell in table.head],
        "rows": [[_spans(cell.spans) for cell in row] for row in table.rows],
        "numeric": [cell.is_numeric for cell in table.head],
        "widths": _widths(table),
    }


def _widths(table: Table) -> list[int]:
    """Return how much room each column needs beside the others, by its longest words.

    Heads may break into lines, so they count for less.
    """
    wanted = []
    for column, head in enumerate(table.head):
        longest = max((_width(row[column].spans) for row in table.rows), default=0)
        wanted.append(min(max(longest, _width(head.spans) // 3, _NARROWEST), _WIDEST))
    return wanted


def _width(spans: Spans) -> int:
    """Return the width of words in halves of a Chinese character."""
    return sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in plain(spans))


# --- its annexes ---
def _indicators(report: Report, annex: Annex) -> Iterator[Json]:
    """Yield indicators with their facts, those first that the report prints first."""
    grouped: dict[str, list[FactRow]] = {}
    for row in sorted(annex.facts, key=lambda row: not row.is_printed):
        grouped.setdefault(row.indicator, []).append(row)
    for indicator, rows in grouped.items():
        first = rows[0]
        names = {row.name: indicator_name(row.indicator, report.language) for row in first.inputs}
        yield {
            "id": indicator,
            "name": first.name,
            "formula": formula_in_words(first.formula, names),
            "facts": [_fact(annex.entries[row.fact_id], report.language) for row in rows],
        }


def _fact(entry: Entry, language: str) -> Json:
    share = entry.estimated_share
    return {
        "id": entry.fact_id,
        "node": entry.node_name,
        "period": entry.period,
        "value": entry.value,
        "estimated": "" if share is None else percent_text(share, 1, language),
    }


def _factors(annex: Annex, language: str) -> list[Json]:
    """Return factors, those that hold for several years once."""
    found: dict[tuple[str, ...], list[str]] = {}
    for row in annex.factors:
        source = "; ".join((_sourced(row), *row.steps))
        value = f"{row.value.normalize():f} {unit_text(row.unit, language)}"
        place = "" if row.place == ANYWHERE else row.place
        years = found.setdefault((row.carrier, place, value, source), [])
        years += [] if row.year in years else [row.year]
    names = ("carrier", "place", "value", "source")
    return [
        {**dict(zip(names, key, strict=True)), "year": ", ".join(sorted(years))}
        for key, years in found.items()
    ]


def _sourced(factor: FactorUse) -> str:
    return f"{factor.source} ({factor.data_year})" if factor.data_year else factor.source


def _standard(standard: StandardIndex) -> Json:
    words = state_words()
    counts = ", ".join(
        f"{words[state]}: {standard.count(state)}" for state in words if standard.count(state)
    )
    return {
        "name": standard.name,
        "summary": f"{standard.source}. {counts}",
        "paragraphs": [
            {
                "id": each.id,
                "label": each.label,
                "state": each.state,
                "words": words[each.state],
                "answers": [
                    {
                        "name": answer.name,
                        "fact": answer.fact_id,
                        "value": answer.value,
                        "words": words["planned" if answer.is_planned else "no_data"],
                    }
                    for answer in each.answers
                ],
            }
            for each in standard.paragraphs
        ],
    }

"""A report as plain text: what the linter reads, and what two editions are compared by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonweal.kernel.disclosure.tree import Bullets, Chart, Heading, Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.kernel.disclosure.tree import Block, Cell, Report, Spans


def report_text(report: Report) -> str:
    """Return a report's words: a line for each paragraph, row and heading; cells by tabs."""
    lines = [f"# {report.title}", report.subtitle, ""]
    for section in report.sections:
        lines += [f"## {section.title}", ""]
        for block in section.blocks:
            lines += [*_lines(block), ""]
    return "\n".join(lines).rstrip() + "\n"


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f"### {block.text}"
        case Paragraph():
            yield _words(block.spans)
        case Bullets():
            yield from (f"- {_words(item)}" for item in block.items)
        case Table():
            yield from _rows(block)
        case Chart():
            yield from _rows(block.table)


def _rows(table: Table) -> Iterator[str]:
    yield table.caption
    for row in (table.head, *table.rows):
        yield _cells(row)


def _cells(row: tuple[Cell, ...]) -> str:
    return "\t".join(_words(cell.spans) for cell in row)


def _words(spans: Spans) -> str:
    return "".join(span.text for span in spans)

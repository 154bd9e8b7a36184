"""Every printed number of a report, with the section it stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonweal.kernel.disclosure.tree import (
    Block,
    Bullets,
    Chart,
    Figure,
    Paragraph,
    Report,
    Spans,
    Table,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def report_figures(report: Report) -> Iterator[tuple[str, Figure]]:
    """Yield section id and figure in reading order; a chart tells those of its table."""
    for section in report.sections:
        for block in section.blocks:
            for spans in _spans_of(block):
                for span in spans:
                    if isinstance(span, Figure):
                        yield section.id, span


def report_tables(report: Report) -> Iterator[tuple[str, Table]]:
    """Yield section id and table in reading order, those of charts too."""
    for section in report.sections:
        for block in section.blocks:
            if isinstance(block, Table):
                yield section.id, block
            elif isinstance(block, Chart) and block.has_values:
                yield section.id, block.table


def plain(spans: Spans) -> str:
    """Return the words of spans."""
    return "".join(span.text for span in spans)


def _spans_of(block: Block) -> Iterator[Spans]:
    match block:
        case Paragraph():
            yield block.spans
        case Bullets():
            yield from block.items
        case Table():
            yield from (cell.spans for row in block.rows for cell in row)
        case Chart():
            yield from (cell.spans for row in block.table.rows for cell in row)
        case _:
            return

"""A report as plain text: what the linter reads, and what two editions are compared by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.kernel.disclosure.tree import (
    Bullets,
    Chart,
    Figure,
    Heading,
    Paragraph,
    Table,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonweal.kernel.disclosure.tree import Block, Cell, Report, Spans


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a figure stands in the text: first and last position, and the title above it."""

    start: int
    end: int
    figure: Figure
    section: str
    is_cell: bool
    """Whether it stands in a table, where every number is a value."""


def report_text(report: Report) -> str:
    """Return a report's words: a line for each paragraph, row and heading; cells by tabs."""
    return report_marked(report)[0]


def report_marked(report: Report) -> tuple[str, tuple[Mark, ...]]:
    """Return the same, and where in it every printed figure stands."""
    parts: list[str] = []
    marks: list[Mark] = []
    at = 0
    for section, line in _report_lines(report):
        for span in (*line, Text("\n")):
            if isinstance(span, Figure):
                is_cell = any(each.text == "\t" for each in line)
                marks.append(Mark(at, at + len(span.text), span, section, is_cell))
            parts.append(span.text)
            at += len(span.text)
    return "".join(parts).rstrip() + "\n", tuple(marks)


def _report_lines(report: Report) -> Iterator[tuple[str, Spans]]:
    """Yield each line with the title of its section."""
    for words in (f"# {report.title}", report.subtitle, ""):
        yield "", (Text(words),)
    for section in report.sections:
        yield section.title, (Text(f"## {section.title}\n"),)
        for block in section.blocks:
            yield from ((section.title, line) for line in _lines(block))
            yield section.title, ()


def _lines(block: Block) -> Iterator[Spans]:
    match block:
        case Heading():
            yield (Text(f"### {block.text}"),)
        case Paragraph():
            yield block.spans
        case Bullets():
            yield from ((Text("- "), *item) for item in block.items)
        case Table():
            yield from _rows(block)
        case Chart():
            yield from _rows(block.table)


def _rows(table: Table) -> Iterator[Spans]:
    yield (Text(table.caption),)
    for row in (table.head, *table.rows):
        yield tuple(_cells(row))


def _cells(row: Iterable[Cell]) -> Iterator[Text | Figure]:
    for number, cell in enumerate(row):
        if number:
            yield Text("\t")
        yield from cell.spans

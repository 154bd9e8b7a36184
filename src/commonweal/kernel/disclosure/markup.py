"""The small part of Markdown that report texts use, read into blocks with line numbers.

``# title``, ``## section {#id}``, ``### heading``, ``- bullet``, ``| table |``, paragraphs, and a
line that holds only ``[[chart …]]`` or ``[[table …]]``. Inside a line: ``**strong**`` and bound
mentions. Anything else is plain text, so no text can carry HTML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from commonweal.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECTION: Final = re.compile(r"##\s+(?P<title>.+?)\s*\{#(?P<id>[a-z][a-z0-9-]*)\}")
_RULE: Final = re.compile(r"\|[\s:|-]+\|")
_DIRECTIVE: Final = re.compile(r"\[\[\s*(?:chart|table|include)\b[^\]]*\]\]")


@dataclass(frozen=True, slots=True)
class Line:
    """Text that may hold mentions, and where it stands."""

    text: str
    number: int
    file: str = ""


@dataclass(frozen=True, slots=True)
class RawBlock:
    """``heading``, ``paragraph``, ``bullets``, ``table`` or ``directive``.

    A row holds the lines of one paragraph or bullet, or the cells of one row of a table.
    """

    kind: str
    rows: tuple[tuple[Line, ...], ...]


@dataclass(frozen=True, slots=True)
class RawSection:
    """A section as written."""

    id: str
    title: str
    blocks: tuple[RawBlock, ...]


@dataclass(frozen=True, slots=True)
class RawText:
    """A text as written."""

    title: str
    sections: tuple[RawSection, ...]


def text_parse(text: str, *, place: str) -> RawText:
    """Read a text.

    Raises:
        DefinitionError: A section has no id, or text stands before the first section.
    """
    title, sections = "", []
    heading: tuple[str, str] | None = None
    lines: list[Line] = []

    def close() -> None:
        if heading is not None:
            sections.append(RawSection(*heading, tuple(_blocks(lines))))

    for number, written in enumerate(text.splitlines(), start=1):
        line = written.strip()
        if line.startswith("# "):
            title = line[2:].strip()
        elif line.startswith("## "):
            close()
            form = _SECTION.fullmatch(line)
            if form is None:
                raise DefinitionError(
                    f"{place}:{number}: section {line!r} has no id",
                    hint="write ## Title {#id}, with the same ids in every language",
                )
            heading, lines = (form["id"], form["title"]), []
        elif heading is None and line:
            raise DefinitionError(f"{place}:{number}: {line!r} stands before the first section")
        else:
            lines.append(Line(line, number, place))
    close()
    return RawText(title, tuple(sections))


def _kind(text: str) -> str:
    if not text:
        return ""
    if text.startswith("### "):
        return "heading"
    if text.startswith("- "):
        return "bullets"
    if text.startswith("|"):
        return "table"
    return "directive" if _DIRECTIVE.fullmatch(text) else "paragraph"


def _blocks(lines: list[Line]) -> Iterator[RawBlock]:
    start = 0
    while start < len(lines):
        kind, end = _kind(lines[start].text), start + 1
        goes_on = (
            {kind, "paragraph"} if kind == "bullets" else {kind} - {"heading", "directive", ""}
        )
        while end < len(lines) and _kind(lines[end].text) in goes_on:
            end += 1
        if kind:
            yield RawBlock(kind, tuple(_rows(kind, lines[start:end])))
        start = end


def _rows(kind: str, lines: list[Line]) -> Iterator[tuple[Line, ...]]:
    match kind:
        case "table":
            for line in lines:
                if not _RULE.fullmatch(line.text):
                    cells = line.text.strip("|").split("|")
                    yield tuple(replace(line, text=cell.strip()) for cell in cells)
        case "bullets":
            yield from _bullets(lines)
        case "heading":
            yield (replace(lines[0], text=lines[0].text[4:].strip()),)
        case _:
            yield tuple(lines)


def _bullets(lines: list[Line]) -> Iterator[tuple[Line, ...]]:
    """Group the lines of each bullet; a line without a dash goes on with the bullet above."""
    row: tuple[Line, ...] = ()
    for line in lines:
        if line.text.startswith("- "):
            if row:
                yield row
            row = ()
        row += (replace(line, text=line.text.removeprefix("- ").strip()),)
    yield row

"""Texts that lie in several files, and sections that one report takes from another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from commonweal.errors import DefinitionError
from commonweal.kernel.disclosure.markup import RawBlock, RawText, text_parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path


def text_read(
    path: Path, sections: Sequence[str], title: str, language: str
) -> tuple[RawText, list[Path]]:
    """Read a report's text in one language, and say which files it came from.

    Args:
        path: The definition, beside which the text lies.
        sections: Names of the files, where each section has its own.
        title: Of the report, in that case.
        language: Which text.

    Raises:
        DefinitionError: A file is missing or malformed.
    """
    names = [path.with_suffix("") / section for section in sections] or [path]
    read, texts = [], []
    for name in names:
        file = name.with_suffix(f".{language}.md")
        if not file.exists():
            raise DefinitionError(f"report {path.stem} has no text {file.name}")
        read.append(file)
        texts.append(text_parse(file.read_text("utf-8"), place=file.name))
    every = tuple(each for text in texts for each in text.sections)
    return RawText(title if sections else texts[0].title, every), read


def _reference(block: RawBlock) -> tuple[str, str] | None:
    """Return report and section that a directive includes."""
    what, _, named = block.rows[0][0].text.strip("[] ").partition(" ")
    report_id, _, section = named.strip().partition("#")
    return (report_id, section) if block.kind == "directive" and what == "include" else None


def included(texts: Iterable[RawText]) -> set[str]:
    """Return the ids of the reports whose sections are included."""
    blocks = (block for text in texts for section in text.sections for block in section.blocks)
    return {found[0] for block in blocks if (found := _reference(block))}


def with_parts(
    texts: Mapping[str, RawText], part_id: str, part: Mapping[str, RawText]
) -> dict[str, RawText]:
    """Put the sections of another report where they are included, naming its pictures.

    Raises:
        DefinitionError: It has no such section.
    """
    return {
        language: replace(
            text,
            sections=tuple(
                replace(
                    section,
                    blocks=tuple(
                        each
                        for block in section.blocks
                        for each in _expanded(block, part_id, part[language])
                    ),
                )
                for section in text.sections
            ),
        )
        for language, text in texts.items()
    }


def picture_prefix(part_id: str) -> str:
    """Return what stands before the names of an included report's charts and tables."""
    return f"{part_id}-"


def _expanded(block: RawBlock, part_id: str, part: RawText) -> Iterator[RawBlock]:
    reference = _reference(block)
    if reference is None or reference[0] != part_id:
        yield block
        return
    line = block.rows[0][0]
    for section in part.sections:
        if section.id == reference[1]:
            yield RawBlock("heading", ((replace(line, text=section.title),),))
            yield from (_prefixed(each, picture_prefix(part_id)) for each in section.blocks)
            return
    raise DefinitionError(f"{line.file}:{line.number}: {line.text} names no section of that report")


def _prefixed(block: RawBlock, prefix: str) -> RawBlock:
    if block.kind != "directive":
        return block
    line = block.rows[0][0]
    what, _, name = line.text.strip("[] ").partition(" ")
    return RawBlock("directive", ((replace(line, text=f"[[{what} {prefix}{name.strip()}]]"),),))

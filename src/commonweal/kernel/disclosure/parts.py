"""Texts that lie in several files, and sections that one report takes from another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from commonweal.errors import DefinitionError
from commonweal.kernel.disclosure.markup import RawBlock, RawText, text_parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from commonweal.kernel.disclosure.definitions import (
        ChartSpec,
        ReportDefinition,
        ReportSpec,
        TableSpec,
    )

_Picture = TypeVar("_Picture", "ChartSpec", "TableSpec")


def text_read(spec: ReportSpec, path: Path, language: str) -> tuple[RawText, list[Path]]:
    """Read a report's text in one language, and say which files it came from.

    Raises:
        DefinitionError: A file is missing or malformed.
    """
    names = [path.with_suffix("") / section for section in spec.sections] or [path]
    read, texts = [], []
    for name in names:
        file = name.with_suffix(f".{language}.md")
        if not file.exists():
            raise DefinitionError(f"report {spec.id} has no text {file.name}")
        read.append(file)
        texts.append(text_parse(file.read_text("utf-8"), place=file.name))
    title = spec.title[language] if spec.sections else texts[0].title
    return RawText(title, tuple(each for text in texts for each in text.sections)), read


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
    spec: ReportSpec, texts: Mapping[str, RawText], part: ReportDefinition
) -> tuple[ReportSpec, dict[str, RawText]]:
    """Put the sections of another report where they are included, with its pictures renamed.

    Raises:
        DefinitionError: It has no such section.
    """
    prefix = f"{part.spec.id}-"
    with_pictures = spec.model_copy(
        update={
            "charts": (*spec.charts, *(_renamed(each, prefix) for each in part.spec.charts)),
            "tables": (*spec.tables, *(_renamed(each, prefix) for each in part.spec.tables)),
            "allowed": (*spec.allowed, *part.spec.allowed),
        }
    )
    return with_pictures, {
        language: replace(
            text,
            sections=tuple(
                replace(
                    section,
                    blocks=tuple(
                        each
                        for block in section.blocks
                        for each in _expanded(block, part, language, prefix)
                    ),
                )
                for section in text.sections
            ),
        )
        for language, text in texts.items()
    }


def _renamed(spec: _Picture, prefix: str) -> _Picture:
    return spec.model_copy(update={"id": f"{prefix}{spec.id}"})


def _expanded(
    block: RawBlock, part: ReportDefinition, language: str, prefix: str
) -> Iterator[RawBlock]:
    reference = _reference(block)
    if reference is None or reference[0] != part.spec.id:
        yield block
        return
    line = block.rows[0][0]
    for section in part.texts[language].sections:
        if section.id == reference[1]:
            yield RawBlock("heading", ((replace(line, text=section.title),),))
            yield from (_prefixed(each, prefix) for each in section.blocks)
            return
    raise DefinitionError(f"{line.file}:{line.number}: {line.text} names no section of that report")


def _prefixed(block: RawBlock, prefix: str) -> RawBlock:
    if block.kind != "directive":
        return block
    line = block.rows[0][0]
    what, _, name = line.text.strip("[] ").partition(" ")
    return RawBlock("directive", ((replace(line, text=f"[[{what} {prefix}{name.strip()}]]"),),))

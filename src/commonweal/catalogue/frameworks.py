"""Disclosure frameworks: paragraph numbers, labels of our own, and what kind of answer is asked.

An indicator names the paragraphs that it answers (``frameworks``); a paragraph that no indicator
names is a gap, and listed as one. Texts of the standards are licensed and not here.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from commonweal.catalogue.reading import (
    PACKAGE,
    Identifier,
    Names,
    Strict,
    checked,
    csv_read,
    shown,
    toml_read,
)
from commonweal.errors import DefinitionError

if TYPE_CHECKING:
    from pathlib import Path

_FOLDER: Final = PACKAGE / "catalogue" / "definitions" / "frameworks"


class Paragraph(Strict):
    """One paragraph: a metric or target is answered by figures, a narrative in words."""

    id: Annotated[str, Field(min_length=1)]
    kind: Literal["metric", "target", "narrative"]
    label: Names


class Framework(Strict):
    """One framework and its paragraphs, in the framework's own order."""

    id: Identifier
    name: Names
    source: str
    paragraphs: Annotated[tuple[Paragraph, ...], Field(strict=False)] = ()

    def paragraph(self, paragraph_id: str) -> Paragraph | None:
        """Return a paragraph by its number."""
        return next((each for each in self.paragraphs if each.id == paragraph_id), None)


@cache
def frameworks(folder: Path = _FOLDER) -> dict[str, Framework]:
    """Return frameworks by id.

    Raises:
        DefinitionError: A file is malformed or missing, or a number occurs twice.
    """
    found: dict[str, Framework] = {}
    listing = folder / "frameworks.toml"
    for number, entry in enumerate(toml_read(listing).get("frameworks", []), start=1):
        place = f"{shown(listing)} framework {number}"
        framework = checked(Framework, entry, place)
        found[framework.id] = framework.model_copy(
            update={"paragraphs": _paragraphs(folder / f"{framework.id}.csv")}
        )
    return found


def _paragraphs(path: Path) -> tuple[Paragraph, ...]:
    found: dict[str, Paragraph] = {}
    for place, row in csv_read(path):
        label = {language: row.pop(language, "") for language in ("zh-hant", "zh-hans", "en")}
        paragraph = checked(Paragraph, {**row, "label": label}, place)
        if paragraph.id in found:
            raise DefinitionError(f"{place}: paragraph {paragraph.id!r} is listed twice")
        found[paragraph.id] = paragraph
    return tuple(found.values())

"""The quality rules as their file states them: a name, a sentence and a hint for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from commonweal.catalogue.reading import Identifier, Names, Strict, checked, shown, toml_read
from commonweal.errors import DefinitionError

if TYPE_CHECKING:
    from pathlib import Path


class QualityRule(Strict):
    """One rule; ``about`` says what follows its id in a finding, if anything does."""

    id: Identifier
    name: Names
    sentence: Names
    hint: Names
    about: Literal["", "indicator", "carrier"] = ""


def quality_rules_read(path: Path) -> dict[str, QualityRule]:
    """Return the rules of a file by id.

    Raises:
        DefinitionError: The file is malformed or an id occurs twice.
    """
    content = toml_read(path)
    if unknown := content.keys() - {"quality_rules"}:
        raise DefinitionError(f"{shown(path)}: no entry may be called {min(unknown)!r}")
    found: dict[str, QualityRule] = {}
    for number, entry in enumerate(content.get("quality_rules", []), start=1):
        rule = checked(QualityRule, entry, f"{shown(path)} rule {number}")
        if rule.id in found:
            raise DefinitionError(f"{shown(path)}: rule {rule.id!r} is defined twice")
        found[rule.id] = rule
    return found

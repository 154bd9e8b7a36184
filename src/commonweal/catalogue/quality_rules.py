"""What the quality rules notice, in words: a name, a sentence and a hint for each rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from commonweal.catalogue.reading import Identifier, Names, Strict, checked, shown, toml_read
from commonweal.errors import DefinitionError

if TYPE_CHECKING:
    from pathlib import Path

    from commonweal.catalogue.loading import Catalogue
    from commonweal.catalogue.reading import Language


class QualityRule(Strict):
    """One rule; ``about`` says what follows its id in a finding, if anything does."""

    id: Identifier
    name: Names
    sentence: Names
    hint: Names
    about: Literal["", "indicator", "carrier"] = ""


@dataclass(frozen=True, slots=True)
class RuleWords:
    """A finding's rule as people read it; a rule that has left the catalogue keeps its code."""

    name: str
    sentence: str
    hint: str


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


def rule_words(code: str, language: Language, book: Catalogue) -> RuleWords:
    """Return the words for a finding's rule, such as ``out_of_bounds energy_use``.

    Args:
        code: What a finding keeps: a rule's id, and what it is about where it says so.
        language: The reader's.
        book: The catalogue with the rules and the indicators.
    """
    rule_id, _, about = code.partition(" ")
    rule = book.quality_rules.get(rule_id)
    if rule is None or bool(about) != bool(rule.about):
        return RuleWords(code, "", "")
    return RuleWords(
        _named(rule.name[language], about, language, book),
        rule.sentence[language],
        rule.hint[language],
    )


def _named(name: str, about: str, language: Language, book: Catalogue) -> str:
    if not about:
        return name
    # A declared value is a carrier of its own, called like its indicator.
    known = book.indicators.get(about) or book.carriers.get(about)
    colon = ": " if language == "en" else "："
    return f"{name}{colon}{known.name[language] if known else about}"

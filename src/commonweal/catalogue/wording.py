"""What a quality rule noticed, in the words of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commonweal.catalogue.loading import Catalogue
    from commonweal.catalogue.reading import Language


@dataclass(frozen=True, slots=True)
class RuleWords:
    """A finding's rule as people read it; a rule that has left the catalogue keeps its code."""

    name: str
    sentence: str
    hint: str


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

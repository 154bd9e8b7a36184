"""Rules of the linter as people read them, with good and bad lines; and what they find."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from commonweal.catalogue.claim_words import FOLDER, claim_words
from commonweal.catalogue.reading import Names, Strict, Texts, checked, shown, toml_read
from commonweal.engines.claims.chapter import chapter_of
from commonweal.engines.claims.rules import RULES, vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonweal.catalogue.reading import Language
    from commonweal.engines.claims.chapter import Chapter, Finding

_ORDER: Final = {"error": 0, "warning": 1, "info": 2}


class ClaimRule(Strict):
    """One rule; ``good`` lines must pass it, ``bad`` lines must not.

    A rule that needs a ledger has no lines: what is wrong depends on the facts.
    """

    needs: Literal["text", "ledger"] = "text"
    severity: Literal["error", "warning", "info"]
    name: Names
    sentence: Names
    suggestion: Names
    good: Texts = ()
    bad: Texts = ()

    @model_validator(mode="after")
    def _shown(self) -> Self:
        if (self.needs == "text") != bool(self.good and self.bad):
            raise ValueError("a rule of the text has good and bad lines, no other has")
        return self


class Word(Strict):
    """A word that is flagged wherever it stands."""

    rule: str
    pattern: str
    meant: str


class Vocabulary(Strict):
    """``vocabulary.toml``."""

    words: Annotated[tuple[Word, ...], Field(strict=False)]


class Synonyms(Strict):
    """``synonyms.toml``."""

    words: dict[str, Texts]


@cache
def synonyms() -> Mapping[str, Sequence[str]]:
    """Return what reports call an indicator besides its names, by its id.

    Raises:
        DefinitionError: The file is wrong.
    """
    path = FOLDER / "synonyms.toml"
    return checked(Synonyms, toml_read(path), shown(path)).words


@cache
def claim_rules() -> Mapping[str, ClaimRule]:
    """Return every rule by id.

    Raises:
        DefinitionError: A file is wrong; it is named.
    """
    paths = sorted((FOLDER / "rules").glob("*.toml"))
    return {path.stem: checked(ClaimRule, toml_read(path), shown(path)) for path in paths}


@cache
def _vocabulary() -> Sequence[tuple[str, re.Pattern[str], str]]:
    path = FOLDER / "vocabulary.toml"
    found = checked(Vocabulary, toml_read(path), shown(path))
    return [(word.rule, re.compile(word.pattern), word.meant) for word in found.words]


def chapter_read(text: str) -> Chapter:
    """Return a text with its claims."""
    return chapter_of(text, claim_words())


def chapter_lint(chapter: Chapter) -> list[Finding]:
    """Return what the rules find, errors first, then as they stand in the text."""
    found = [finding for rule in RULES for finding in rule(chapter)]
    found += vocabulary.findings(chapter, _vocabulary())
    return sorted(
        found, key=lambda finding: (_ORDER[finding.severity], finding.start, finding.rule)
    )


def finding_said(finding: Finding, language: Language) -> str:
    """Return a finding as a sentence, with the arithmetic in it."""
    return claim_rules()[finding.rule].sentence[language].format(**finding.said)

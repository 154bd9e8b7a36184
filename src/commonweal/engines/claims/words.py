"""The words by which a number says more than its digits: what extraction is given to look for.

All of them are matched in folded text, so they are written folded: simplified characters, small
letters, half-width.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from commonweal.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from fractions import Fraction


@dataclass(frozen=True, slots=True)
class UnitWord:
    """A word of measure: ``word`` is ``factor`` × ``unit``; ``kind`` says what it measures.

    Kinds ``count`` and ``rank`` are of things; a bare ``noun`` counts only where a magnitude word,
    a comparator or a table says that the number does count.
    """

    word: str
    unit: str
    factor: Fraction
    kind: str
    unless: str = ""
    """Letters of which none may follow: 個省 counts provinces, 個省級中心 does not."""


@dataclass(frozen=True)
class Words:
    """Everything that extraction looks for.

    Attributes:
        units: Words of measure.
        magnitudes: Words that multiply, ``万`` by 10,000.
        before: Comparators that stand before a number, by word: ``> >= < <= ~ <~ =``.
        after: Those that stand behind it.
        masks: Patterns of what is no quantity, by name: dates, standards, products.
    """

    units: tuple[UnitWord, ...]
    magnitudes: Mapping[str, Fraction]
    before: Mapping[str, str]
    after: Mapping[str, str]
    masks: Mapping[str, re.Pattern[str]] = field(default_factory=dict)

    @cached_property
    def units_by_first(self) -> Mapping[str, tuple[UnitWord, ...]]:
        """Words of measure by their first character, the longest first."""
        found: dict[str, list[UnitWord]] = defaultdict(list)
        for unit in self.units:
            found[unit.word[0]].append(unit)
        return {
            first: tuple(sorted(words, key=lambda unit: -len(unit.word)))
            for first, words in found.items()
        }

    def unit_at(self, text: str, at: int, printed: str = "") -> UnitWord | None:
        """Return the longest word of measure that begins at a position of folded text.

        A word with capitals is looked for in the text as it is printed: ``T`` is no tonne.
        """
        if at >= len(text):
            return None
        words = self.units_by_first.get(text[at], ())
        if printed and printed[at] != text[at]:
            words = (*self.units_by_first.get(printed[at], ()), *words)
        for unit in words:
            source = printed if unit.word != unit.word.lower() else text
            if source.startswith(unit.word, at) and not _goes_on(text, at, unit):
                return unit
        return None


def _goes_on(text: str, at: int, unit: UnitWord) -> bool:
    """Whether a word goes on behind its end: ``t`` is no tonne in ``the``."""
    end, last = at + len(unit.word), unit.word[-1]
    if end >= len(text):
        return False
    if text[end] in unit.unless:
        return True
    return last.isascii() and last.isalpha() and _is_latin(text[end])


def _is_latin(letter: str) -> bool:
    return letter.isascii() and (letter.isalpha() or letter == "'")


def alternatives(words: Iterable[str]) -> str:
    """Return a pattern that matches any of the words, the longest first.

    Raises:
        DefinitionError: There is no word, or an empty one, which would match everywhere.
    """
    found = sorted(words, key=lambda word: (-len(word), word))
    if not found or not found[-1]:
        raise DefinitionError("a list of words is empty, or holds an empty word")
    return "|".join(
        re.escape(word) + (r"(?![a-z])" if word[-1].isascii() and word[-1].isalpha() else "")
        for word in found
    )

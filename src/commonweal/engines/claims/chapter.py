"""A text with its claims, as rules look at it, and what a rule finds."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from commonweal.engines.claims.extracting import extract
from commonweal.engines.claims.folding import folded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonweal.engines.claims.claim import Claim
    from commonweal.engines.claims.words import Words

_PARAGRAPH: Final = re.compile(r"[^\n]+")
_LINE: Final = re.compile(r"[^\n]*\n?")
_SENTENCE_END: Final = re.compile(
    r"[。！？；!?\n]|(?<!\bno)(?<!\bvs)(?<!\bst)(?<!e\.g)(?<!i\.e)(?<!approx)\.(?=\s|$)"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says of one place.

    Attributes:
        rule: Its id.
        severity: ``error`` cannot be true as printed; ``warning`` asks somebody to look;
            ``info`` is worth knowing.
        start: First position of the place in the text.
        end: Last position.
        said: What the rule's sentence has blanks for: values, quotes, the arithmetic.
        others: Other places that belong to it.
    """

    rule: str
    severity: str
    start: int
    end: int
    said: Mapping[str, str] = field(default_factory=dict)
    others: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell of a table: its place, and the one claim in it, if there is just one."""

    start: int
    end: int
    claim: Claim | None


@dataclass(frozen=True)
class Chapter:
    """A text and its claims, in the order in which they stand."""

    text: str
    claims: tuple[Claim, ...]

    @cached_property
    def folded(self) -> str:
        """The text in one script, position by position."""
        return folded(self.text)

    @cached_property
    def paragraphs(self) -> Sequence[tuple[int, int]]:
        """First and last position of each line that is not blank."""
        return [match.span() for match in _PARAGRAPH.finditer(self.text) if match[0].strip()]

    @cached_property
    def sentences(self) -> Sequence[tuple[int, int]]:
        """First and last position of each sentence."""
        found, start = [], 0
        for match in [*_SENTENCE_END.finditer(self.text), None]:
            end = match.start() if match else len(self.text)
            if self.text[start:end].strip():
                found.append((start, end))
            start = match.end() if match else end
        return found

    @cached_property
    def grids(self) -> Sequence[Sequence[Sequence[GridCell]]]:
        """Tables as rows of cells: lines that follow one another and have tabs or bars."""
        grids, rows = [], []
        lines = [match.span() for match in _LINE.finditer(self.text)]
        for start, end in [*lines, (0, 0)]:
            cells = self._cells(start, end)
            if len(cells) > 1:
                rows.append(cells)
                continue
            if len(rows) > 1:
                grids.append(rows)
            rows = []
        return grids

    def _cells(self, start: int, end: int) -> list[GridCell]:
        line = self.text[start:end]
        mark, at, cells = "\t" if "\t" in line else "|", start, []
        pieces = line.split(mark) if mark in line else []
        for number, piece in enumerate(pieces):
            is_edge = number in {0, len(pieces) - 1}
            if piece.strip() or mark == "\t" or not is_edge:
                found = self.within(at, at + len(piece))
                cells.append(GridCell(at, at + len(piece), found[0] if len(found) == 1 else None))
            at += len(piece) + 1
        return cells

    def within(self, start: int, end: int) -> list[Claim]:
        """Return the claims that begin in a place."""
        first = bisect_left(self._starts, start)
        return list(self.claims[first : bisect_left(self._starts, end)])

    @cached_property
    def _starts(self) -> Sequence[int]:
        return [claim.start for claim in self.claims]

    def quote(self, claim: Claim) -> str:
        """Return a claim as it is printed, with a little of what stands before it."""
        first = max(claim.sentence[0], claim.start - 16)
        return " ".join(self.text[first : claim.end].split())


def chapter_of(text: str, words: Words) -> Chapter:
    """Read a text.

    Args:
        text: As ``extract`` takes it.
        words: What to look for.
    """
    return Chapter(text, extract(text, words))

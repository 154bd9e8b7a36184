"""A document as plain text, with the way back from each character to where it stood."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

TEXT_LIMIT: Final = 2_000_000
"""Characters; the longest reports of listed companies have half a million."""


class Piece(NamedTuple):
    """Some text and where it began: line and column from 1, page from 1 or 0 where there are none.

    In a word processor's file ``line`` is the paragraph; in a PDF it is the line of the page.
    """

    text: str
    line: int
    column: int = 1
    page: int = 0


class Place(NamedTuple):
    """Where a character stands in its document."""

    line: int
    column: int
    page: int = 0

    def __str__(self) -> str:
        """As compilers write it: page, line, column."""
        return ":".join(map(str, (*((self.page,) if self.page else ()), self.line, self.column)))


@dataclass(frozen=True)
class Document:
    """A document's text.

    Attributes:
        name: The file's name, as given.
        kind: ``text``, ``markdown``, ``html``, ``docx`` or ``pdf``.
        text: What a reader sees; cells of a table's row have tabs between them.
        starts: Where each piece begins in ``text``, ascending from 0.
        places: Where each piece stood.
    """

    name: str
    kind: str
    text: str
    starts: tuple[int, ...] = (0,)
    places: tuple[Place, ...] = (Place(1, 1),)

    def place(self, at: int) -> Place:
        """Return where a character stood; exact to the line, mostly to the column."""
        index = bisect_right(self.starts, at) - 1
        start, place = self.starts[index], self.places[index]
        n_breaks = bisect_right(self._breaks, at - 1) - bisect_right(self._breaks, start - 1)
        if not n_breaks:
            return place._replace(column=place.column + at - start)
        last = self._breaks[bisect_right(self._breaks, at - 1) - 1]
        return place._replace(line=place.line + n_breaks, column=at - last)

    @cached_property
    def _breaks(self) -> tuple[int, ...]:
        return tuple(index for index, char in enumerate(self.text) if char == "\n")


def document_of(name: str, kind: str, pieces: Iterable[Piece]) -> Document:
    """Join pieces to a document.

    Raises:
        InputError: It is longer than ``TEXT_LIMIT``.
    """
    texts, starts, places, length = [], [], [], 0
    for piece in pieces:
        if not piece.text:
            continue
        texts.append(piece.text)
        starts.append(length)
        places.append(Place(piece.line, piece.column, piece.page))
        length += len(piece.text)
        refuse_long(name, length)
    return Document(
        name, kind, "".join(texts), tuple(starts) or (0,), tuple(places) or (Place(1, 1),)
    )


def refuse_long(name: str, n_characters: int) -> None:
    """Raise if a text is too long to be a report.

    Raises:
        InputError: It has more than ``TEXT_LIMIT`` characters.
    """
    if n_characters > TEXT_LIMIT:
        raise InputError(
            f"{name} has more than {TEXT_LIMIT:,} characters",
            hint="no report is that long; give its chapters one by one",
        )

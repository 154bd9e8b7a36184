"""What a reader sees of an HTML page, with the line and column of each piece in its source.

No tree is built, so nesting costs nothing. Drawings are left out: a table beside them should say
the same.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

from commonweal.kernel.disclosure.linting.document import Piece, refuse_long

_BLOCKS: Final = frozenset(
    (
        *("address", "article", "aside", "blockquote", "br", "body", "caption", "center", "dd"),
        *("details", "dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer"),
        *("form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "legend", "li", "main"),
        *("nav", "ol", "option", "p", "pre", "section", "summary", "table", "tbody", "tfoot"),
        *("thead", "tr", "ul"),
    )
)
_CELLS: Final = frozenset(("td", "th"))
_UNSEEN: Final = frozenset(
    ("script", "style", "template", "noscript", "svg", "math", "title", "iframe", "object")
)
_VOID: Final = frozenset(
    (
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"),
        *("source", "track", "wbr"),
    )
)
_HIDDEN_STYLE: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SPACE: Final = re.compile(r"[ \t\f\r\n]+")


def html_pieces(source: str, name: str) -> list[Piece]:
    """Return what is seen of a page.

    Args:
        source: The page.
        name: Of the file, for messages.

    Raises:
        InputError: There is too much of it.
    """
    reader = _Reader(name)
    reader.feed(source)
    reader.close()
    return reader.pieces


class _Reader(HTMLParser):
    def __init__(self, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[Piece] = []
        self._name, self._length = name, 0
        self._unseen, self._depth = "", 0
        self._in_cell, self._n_cells = False, 0
        self._wants = ""
        self._last = "\n"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what begins."""
        if self._unseen:
            self._depth += tag == self._unseen
            return
        said = dict(attrs)
        is_hidden = "hidden" in said or _HIDDEN_STYLE.search(said.get("style") or "")
        if tag in _UNSEEN or (is_hidden and tag not in _VOID):
            self._unseen, self._depth = tag, 1
        elif tag in _CELLS:
            self._cell()
        elif tag in _BLOCKS:
            self._break(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take ``<br/>`` as ``<br>``; nothing else opens and closes at once in HTML."""
        self.handle_starttag(tag, attrs)
        if tag == self._unseen:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note what ends."""
        if self._unseen:
            self._depth -= tag == self._unseen
            if not self._depth:
                self._unseen = ""
        elif tag in _CELLS:
            self._in_cell = False
        elif tag in _BLOCKS:
            self._break(tag)

    def _cell(self) -> None:
        if self._wants == "\n" and self._last != "\n":
            self._put("\n")
        self._put("\t" if self._n_cells else "")
        self._wants = ""
        self._in_cell = True
        self._n_cells += 1

    def _break(self, tag: str) -> None:
        if tag in {"tr", "table"}:
            self._in_cell, self._n_cells = False, 0
        if not self._in_cell:
            self._wants = "\n"
        elif not self._wants:
            self._wants = " "

    def handle_data(self, data: str) -> None:
        """Take text, a piece for each line of the source."""
        if self._unseen:
            return
        line, column = self.getpos()
        for number, part in enumerate(data.split("\n")):
            said = _SPACE.sub(" ", part)
            bare = said.strip(" ")
            if number or said.startswith(" "):
                self._wants = self._wants or " "
            if not bare:
                continue
            indent = len(part) - len(part.lstrip())
            place = (line + number, (column + 1 if not number else 1) + indent)
            self._gap(place)
            self._put(bare, place)
            if said.endswith(" "):
                self._wants = " "

    def _gap(self, place: tuple[int, int]) -> None:
        wanted = self._wants
        if wanted == "\n" or (wanted and self._last not in "\n\t "):
            self._put(wanted if self._last != "\n" else "", place)
        self._wants = ""

    def _put(self, text: str, place: tuple[int, int] | None = None) -> None:
        if not text:
            return
        self.pieces.append(Piece(text, *(place or self.getpos())))
        self._last = text[-1]
        self._length += len(text)
        refuse_long(self._name, self._length)

"""The text of a PDF: characters as they stand on the page, put into lines, columns, paragraphs.

A page has columns where a band without ink parts long lines of text. Where lines are short and far
apart it is a table, whose cells get tabs between them. A line that fills its column goes on in the
next one. Scripts are never run: this PDFium has none.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Final, NamedTuple

import pypdfium2
from pypdfium2 import raw

from commonweal.errors import InputError
from commonweal.kernel.disclosure.linting.document import Piece, refuse_long
from commonweal.kernel.disclosure.linting.layout import FAR_EM, Run, page_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES_LIMIT: Final = 2_000
_NEW_LINE: Final = frozenset("\r\n")


def pdf_pieces(content: bytes, name: str) -> Iterator[Piece]:
    """Yield the text line by line, with page and line of the page.

    Raises:
        InputError: It is no PDF, encrypted, or has too many pages or characters.
    """
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as fault:
        raise InputError(
            f"{name} cannot be read: {fault}", hint="it may be damaged or need a password"
        ) from fault
    if len(document) > PAGES_LIMIT:
        raise InputError(f"{name} has {len(document):,} pages, more than {PAGES_LIMIT:,}")
    length = 0
    for number in range(len(document)):
        try:
            page = document[number]
            words = page.get_textpage()  # the page's text lives as long as this name
            runs = _runs(words.raw)
        except pypdfium2.PdfiumError as fault:
            raise InputError(f"{name}, page {number + 1} cannot be read: {fault}") from fault
        for line, text in page_lines(runs):
            length += len(text)
            refuse_long(name, length)
            yield Piece(text, line, page=number + 1)
        page.close()
    document.close()


class _Char(NamedTuple):
    char: str
    left: float
    bottom: float
    right: float
    top: float


def _runs(page: object) -> list[Run]:
    """Return what stands side by side on one line of a page."""
    runs, open_run = list[Run](), list[_Char]()
    inked: _Char | None = None
    for char in _chars(page):
        is_space = char.char.isspace()
        if char.char in _NEW_LINE or not (is_space or inked is None or _goes_on(inked, char)):
            runs += _closed(open_run)
            open_run, inked = [], None
        if char.char not in _NEW_LINE:
            open_run.append(char)
            inked = inked if is_space else char
    return runs + _closed(open_run)


def _chars(page: object) -> Iterator[_Char]:
    box = raw.FS_RECTF()
    for index in range(raw.FPDFText_CountChars(page)):
        code = raw.FPDFText_GetUnicode(page, index)
        char = chr(code) if 0 < code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else " "  # noqa: PLR2004 - Unicode
        if char in "\x02\xad":
            char = "-"
        raw.FPDFText_GetLooseCharBox(page, index, ctypes.byref(box))
        yield _Char(char, box.left, box.bottom, box.right, box.top)


def _goes_on(before: _Char, char: _Char) -> bool:
    em = max(before.top - before.bottom, 1.0)
    level = min(before.top, char.top) - max(before.bottom, char.bottom)
    near = -em < char.left - before.right < FAR_EM * em
    return near and level > 0.4 * min(em, max(char.top - char.bottom, 1.0))


def _closed(chars: list[_Char]) -> list[Run]:
    inked = [char for char in chars if not char.char.isspace()]
    if not inked:
        return []
    text = "".join(" " if char.char.isspace() else char.char for char in chars).strip()
    return [
        Run(
            text,
            min(char.left for char in inked),
            min(char.bottom for char in inked),
            max(char.right for char in inked),
            max(char.top for char in inked),
        )
    ]

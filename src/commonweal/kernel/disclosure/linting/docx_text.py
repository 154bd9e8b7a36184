"""The text of a DOCX file, paragraph by paragraph, its tables as rows with tabs."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from lxml import etree

from commonweal.errors import InputError
from commonweal.kernel.disclosure.linting.document import Piece, refuse_long

if TYPE_CHECKING:
    from collections.abc import Iterator

PART_LIMIT_BYTES: Final = 64 << 20
_PARTS: Final = ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml")
_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_MARKS: Final = {f"{_W}tab": " ", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}


def docx_pieces(content: bytes, name: str) -> Iterator[Piece]:
    """Yield the paragraphs of a document, then its notes; ``line`` counts paragraphs.

    Raises:
        InputError: It is no DOCX file, damaged, or unpacks to too much.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [part for part in _PARTS if part in archive.namelist()]
            if not parts:
                raise InputError(f"{name} is no DOCX file: it has no {_PARTS[0]}")
            number, length = 0, 0
            for part in parts:
                for text, end in _lines(_unpacked(archive, part, name)):
                    yield Piece(text + end, number + 1)
                    number += end == "\n"
                    length += len(text) + 1
                    refuse_long(name, length)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as fault:
        raise InputError(f"{name} is not a whole DOCX file: {fault}") from fault
    except etree.XMLSyntaxError as fault:
        raise InputError(f"{name} is not a whole DOCX file: {fault.msg}") from fault


def _unpacked(archive: zipfile.ZipFile, part: str, name: str) -> bytes:
    """Unpack a part, whatever size its directory promises."""
    with archive.open(part) as file:
        content = file.read(PART_LIMIT_BYTES + 1)
    if len(content) > PART_LIMIT_BYTES:
        raise InputError(
            f"{name} unpacks to more than {PART_LIMIT_BYTES:,} bytes", hint="save it anew"
        )
    return content


def _lines(content: bytes) -> Iterator[tuple[str, str]]:
    """Yield each paragraph or cell, and what ends it: a line break, a tab, or nothing."""
    reader = _Reader()
    events = etree.iterparse(
        io.BytesIO(content),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    for event, element in events:
        if element.tag == _FALLBACK:  # says again what stands beside it
            reader.n_skipped += 1 if event == "start" else -1
        elif event == "start":
            yield from reader.began(element.tag)
        elif not reader.n_skipped:
            yield from reader.ended(element.tag, element.text or "")
        if event == "end" and element.tag in {f"{_W}p", f"{_W}tr", _FALLBACK}:
            element.clear()


class _Reader:
    """What was read of a paragraph or cell so far."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.n_cells = 0
        self.n_before = 0
        self.n_skipped = 0

    def began(self, tag: str) -> Iterator[tuple[str, str]]:
        """Take an element that begins: cells of a row have tabs between them."""
        if tag == f"{_W}tc":
            self.n_cells += 1
            if self.n_cells == 1:
                if self.n_before:
                    yield "", "\t"
                self.n_before += 1

    def ended(self, tag: str, text: str) -> Iterator[tuple[str, str]]:
        """Take an element that ends."""
        if tag == f"{_W}t":
            self.words.append(text)
        elif tag in _MARKS:
            self.words.append(" " if self.n_cells else _MARKS[tag])
        elif tag == f"{_W}p" and self.n_cells:
            self.words.append(" ")
        elif tag == f"{_W}p":
            yield self._flushed(), "\n"
        elif tag == f"{_W}tc":
            self.n_cells -= 1
            if not self.n_cells:
                yield self._flushed().strip(), ""
        elif tag == f"{_W}tr" and not self.n_cells:
            self.n_before = 0
            yield "", "\n"

    def _flushed(self) -> str:
        text = "".join(self.words)
        self.words.clear()
        return text

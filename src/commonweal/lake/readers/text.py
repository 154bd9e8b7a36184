"""A text file as blocks of whole lines: bounded, in UTF-8, ending in one kind of line break.

A byte that is no text becomes the mark of replacement, and whoever reads the cell refuses it. Where
half of the lines hold such bytes, the encoding is another one and the file is refused: in a wrong
encoding, wrong characters could pass for right ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

import numpy as np

from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

BLOCK_BYTES: Final = 4 << 20
LINE_LIMIT_BYTES: Final = 1 << 20

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_ENCODINGS: Final = ("utf-8", "gb18030")  # in the order in which they are tried
_FOREIGN: Final = {
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"PK\x03\x04": "a workbook or archive",
    b"PAR1": "a Parquet file",
    b"\xd0\xcf\x11\xe0": "an old or encrypted Office file",
    b"\x1f\x8b": "compressed with gzip",
}


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines in UTF-8; ``first_row`` counts lines from 1."""

    content: bytes
    first_row: int
    share_done: float


def blocks(file: BinaryIO, path: Path, encoding: str = "") -> Iterator[Block]:
    """Yield the file in blocks of at most ``BLOCK_BYTES`` and one line more.

    Raises:
        InputError: A line is longer than ``LINE_LIMIT_BYTES``, the text is in no known encoding, or
            the very first line is not.
    """
    size = max(path.stat().st_size, 1)
    first_row, rest = 1, b""
    for content in _whole_lines(file, path):
        if first_row == 1 and not rest:
            _refuse_foreign(content, path)
            content = content.removeprefix(b"\xef\xbb\xbf")  # noqa: PLW2901 - the mark of UTF-8
        utf8, encoding = _as_utf8(content, encoding, path, first_row)
        yield Block(utf8, first_row, min(file.tell() / size, 1.0))
        first_row += content.count(b"\n")
        rest = b"read"


def _whole_lines(file: BinaryIO, path: Path) -> Iterator[bytes]:
    rest, n_lines = b"", 0
    while read := file.read(BLOCK_BYTES):
        if read.endswith(b"\r"):
            read += file.read(1)  # the other half of a line break
        if b"\r" in read:
            read = read.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        content = rest + read
        cut = content.rfind(b"\n") + 1
        ends = np.flatnonzero(np.frombuffer(content, np.uint8) == ord("\n"))
        lengths = np.diff(ends, prepend=-1, append=len(content))
        if lengths.max() > LINE_LIMIT_BYTES:
            raise InputError(
                f"{path.name}, line {n_lines + int(lengths.argmax()) + 1}: a line is longer than"
                f" {LINE_LIMIT_BYTES:,} bytes",
                hint="this is probably not a table, or its line breaks are lost",
            )
        n_lines += len(ends)
        rest = content[cut:]
        if cut:
            yield content[:cut]
    if rest:
        yield rest


def _refuse_foreign(content: bytes, path: Path) -> None:
    for mark, kind in _FOREIGN.items():
        if content.startswith(mark):
            raise InputError(
                f"{path.name} is {kind}, not a table in plain text",
                hint="save it as CSV UTF-8, or give the file the ending that fits its content",
            )


def _as_utf8(content: bytes, encoding: str, path: Path, first_row: int) -> tuple[bytes, str]:
    """Return the block in UTF-8, and the encoding once a byte beyond ASCII has told it."""
    if content.isascii():
        return content, encoding
    faults = {}
    for candidate in (encoding,) if encoding else _ENCODINGS:
        try:
            text = content.decode(candidate)
        except UnicodeDecodeError as fault:
            faults[candidate] = fault.start
        else:
            return (content if candidate == "utf-8" else text.encode()), candidate
    return _with_losses(content, faults, path, first_row)


def _with_losses(
    content: bytes, faults: Mapping[str, int], path: Path, first_row: int
) -> tuple[bytes, str]:
    """Decode in the encoding that harms the fewest lines, unless that is half or the first.

    ``faults``: encoding → where its first undecodable byte stands.
    """
    texts = {encoding: content.decode(encoding, "replace") for encoding in faults}
    harmed = {
        encoding: sum(REPLACEMENT in line for line in text.split("\n"))
        for encoding, text in texts.items()
    }
    best = min(harmed, key=harmed.__getitem__)
    line = first_row + content.count(b"\n", 0, faults[best])
    n_lines = first_row - 1 + content.count(b"\n") + (not content.endswith(b"\n"))
    if line == 1 or 2 * harmed[best] >= n_lines:
        raise InputError(
            f"{path.name}, line {line}: byte 0x{content[faults[best]]:02x} is not"
            f" {' or '.join(map(str.upper, faults))} text",
            hint="save the file as CSV UTF-8, or name its encoding in the mapping",
        )
    return texts[best].encode(), best

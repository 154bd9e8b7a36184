"""A performance file as blocks: packed or not, in pieces, memory bounded by one ``measInfo``.

A piece ends behind an info; the tags that are open there are put before the next one. The quick
reader takes a piece at a time; where it gives up, the judge reads on from there to the end.
"""

from __future__ import annotations

import gzip
import lzma
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from commonweal.domains.radio.network.pm.judging import UnreadableError, judge
from commonweal.domains.radio.network.pm.scanning import scan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from commonweal.domains.radio.network.pm.block import Block

PIECE_BYTES: Final = 4 << 20
INFO_LIMIT_BYTES: Final = 256 << 20
RATIO_LIMIT: Final = 400  # performance files pack 10 to 60 times; a bomb packs 1000 times
_SMALL_BYTES: Final = 64 << 20  # below this the ratio does not matter

_END: Final = b"measInfo>"
_ROOTS: Final = (b"measCollecFile", b"measDataFile")


def blocks(path: Path, *, piece_bytes: int = PIECE_BYTES) -> Iterator[Block]:
    """Yield what a file says.

    Raises:
        UnreadableError: It is no performance file, or cannot be unpacked; at any block.
    """
    pieces = _pieces(path, piece_bytes)
    opened = b""
    for number, (piece, is_final) in enumerate(pieces):
        if not number:
            _refuse_other(piece)
        whole = opened + piece
        found = scan(whole, is_final=is_final)
        if found is None:
            yield from judge(_rest(whole, pieces))
            return
        block, opened = found
        yield block


def _rest(first: bytes, pieces: Iterator[tuple[bytes, bool]]) -> Iterator[bytes]:
    yield first
    for piece, _ in pieces:
        yield piece


def _refuse_other(piece: bytes) -> None:
    start = piece.removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"\x00" in start[:64]:  # another encoding: the judge can read it
        return
    if not start.startswith(b"<"):
        raise UnreadableError(
            "it is no XML", rule="not_xml", hint="give performance files, XML or .gz"
        )
    if not any(root in start[:65_536] for root in _ROOTS):
        raise UnreadableError(
            f"it is XML, but has no {_ROOTS[0].decode()}",
            rule="not_performance",
            hint="give performance files of TS 32.435 or TS 28.532",
        )


def _pieces(path: Path, piece_bytes: int) -> Iterator[tuple[bytes, bool]]:
    """Yield pieces that end behind an info, and whether each is the last."""
    held = b""
    with opened(path) as file:
        while content := file.read(piece_bytes):
            held += content
            end = _end_of_info(held)
            if end:
                yield held[:end], False
                held = held[end:]
            elif len(held) > INFO_LIMIT_BYTES:
                raise UnreadableError(
                    f"one measInfo is longer than {INFO_LIMIT_BYTES:,} bytes",
                    rule="too_long",
                    hint="ask its sender to write smaller ones",
                )
    yield held, True


def _end_of_info(held: bytes) -> int:
    """Return where the last whole info ends, 0 if there is none."""
    at = held.rfind(_END)
    while at > 0:
        before = held.rfind(b"<", 0, at)
        if held[before : before + 2] == b"</":
            return at + len(_END)
        at = held.rfind(_END, 0, at)
    return 0


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file, unpacked if it is packed.

    Raises:
        UnreadableError: What is packed is damaged, cut off, or a bomb.
    """
    try:
        with path.open("rb") as raw:
            magic = raw.read(6)
        if magic[:2] == b"\x1f\x8b":
            with gzip.open(path) as packed:
                yield cast("BinaryIO", _Bounded(packed, path.stat().st_size))
        elif magic == b"\xfd7zXZ\x00":
            with lzma.open(path) as packed_xz:
                yield cast("BinaryIO", _Bounded(packed_xz, path.stat().st_size))
        else:
            with path.open("rb") as plain:
                yield plain
    except (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError) as fault:
        raise UnreadableError(
            f"it cannot be unpacked: {fault}", rule="damaged", hint="fetch the file again"
        ) from fault


class _Bounded:
    """Something to read from that may not become much larger than it lies on the disk."""

    def __init__(self, file: gzip.GzipFile | lzma.LZMAFile, n_packed: int) -> None:
        self._file, self._left = file, max(_SMALL_BYTES, n_packed * RATIO_LIMIT)

    def read(self, n_bytes: int) -> bytes:
        content = self._file.read(n_bytes)
        self._left -= len(content)
        if self._left < 0:
            raise UnreadableError(
                f"it unpacks to more than {RATIO_LIMIT} times its size",
                rule="bomb",
                hint="a performance file packs 10 to 60 times; ask its sender",
            )
        return content

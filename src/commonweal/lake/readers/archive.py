"""The guard in front of workbooks: an XLSX is a ZIP archive, and may lie about its size.

The directory's totals are bounded first; then every member is unpacked once in small pieces, which
proves that the directory told the truth and finds the farthest cell, because a workbook with one
cell in its last corner would be laid out in full.
"""

from __future__ import annotations

import mmap
import re
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from commonweal.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

TOTAL_LIMIT_BYTES: Final = 1 << 30
RATIO_LIMIT: Final = 200  # honest sheets pack 5 to 50 times; a bomb packs 1000 times
CELLS_LIMIT: Final = 50_000_000
_SMALL_BYTES: Final = 8 << 20  # below this the ratio does not matter
_PIECE_BYTES: Final = 1 << 20
_OVERLAP_BYTES: Final = 64
_PLACE: Final = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,7})(\d{1,9})["']""")
_CELL: Final = re.compile(rb"<(?:\w+:)?c[\s/>]")
_ROW: Final = re.compile(rb"<(?:\w+:)?row[\s/>]")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def refuse_dangerous(path: Path) -> None:
    """Raise unless the archive is whole and unpacks to something bounded.

    Raises:
        InputError: It is encrypted, an old workbook, no archive, damaged, or a bomb.
    """
    _refuse_ole(path)
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_bomb(archive, path)
            for member in archive.infolist():
                _refuse_far_cells(archive, member, path)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
    ) as fault:
        raise InputError(
            f"{path.name} is not a whole workbook: {fault}",
            hint="open it and save it as .xlsx again",
        ) from fault
    except (ValueError, UnicodeDecodeError, IndexError) as fault:
        if isinstance(fault, InputError):
            raise
        raise InputError(f"{path.name} is not a whole workbook: {fault}") from fault


def _refuse_ole(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(len(_OLE)) != _OLE:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            if content.find("EncryptedPackage".encode("utf-16-le")) >= 0:
                raise InputError(
                    f"{path.name} is encrypted with a password", hint="save it without a password"
                )
    raise InputError(
        f"{path.name} is a workbook of Excel 97 to 2003 under another name",
        hint="save it as .xlsx or .csv",
    )


def _refuse_bomb(archive: zipfile.ZipFile, path: Path) -> None:
    n_bytes = sum(member.file_size for member in archive.infolist())
    packed = sum(member.compress_size for member in archive.infolist())
    ratio = n_bytes / max(min(packed, path.stat().st_size), 1)
    if n_bytes > TOTAL_LIMIT_BYTES or (n_bytes > _SMALL_BYTES and ratio > RATIO_LIMIT):
        raise InputError(
            f"{path.name} would unpack to {n_bytes:,} bytes, {ratio:,.0f} times its size;"
            f" the limits are {TOTAL_LIMIT_BYTES:,} bytes and {RATIO_LIMIT} times",
            hint="send large tables as CSV or Parquet",
        )


def _refuse_far_cells(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> None:
    last_row, last_column, tail = 1, 1, b""
    with archive.open(member) as content:
        while piece := content.read(_PIECE_BYTES):
            row, column = _farthest(tail + piece)
            last_row, last_column = max(last_row, row), max(last_column, column)
            tail = piece[-_OVERLAP_BYTES:]
    if last_row * last_column > CELLS_LIMIT:
        raise InputError(
            f"{path.name}: {member.filename} spans {last_row:,} rows × {last_column:,} columns,"
            f" over {CELLS_LIMIT:,} cells",
            hint="delete stray cells at the far end, or send the table as CSV or Parquet",
        )


def _farthest(piece: bytes) -> tuple[int, int]:
    """Return the farthest row and column in a piece of XML; cells may come without a place."""
    places = _PLACE.findall(piece)
    letters = max(
        (name.upper() for name, _ in places), key=lambda name: (len(name), name), default=b""
    )
    column = 0
    for letter in letters:
        column = column * 26 + letter - ord("A") + 1
    if len(_CELL.findall(piece)) > sum(1 for name, _ in places if name):
        column = max(column, *(len(_CELL.findall(row)) for row in _ROW.split(piece)), 0)
    return max((int(digits) for _, digits in places), default=1), column

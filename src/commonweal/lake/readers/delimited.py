"""CSV and its kin, in blocks of whole lines.

A block without a quotation mark has one record a line, and Arrow parses it at the speed of memory.
From the first quotation mark on, the standard library's reader takes over, because a quoted cell
may hold a line break. Lines and records are bounded, so that a broken file cannot fill the memory.

A line with a quotation mark that does not close is a row with a fault; reading goes on below it.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from itertools import chain
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from commonweal.errors import InputError
from commonweal.lake.readers.base import RawBatch, named, records_batch, without_blank
from commonweal.lake.readers.text import BLOCK_BYTES, LINE_LIMIT_BYTES, Block, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from commonweal.lake.readers.base import Layout

_DELIMITERS: Final = ",\t;"
_RECORDS_LIMIT_BYTES: Final = BLOCK_BYTES + LINE_LIMIT_BYTES


def batches(path: Path, layout: Layout) -> Iterator[RawBatch]:
    """Yield the rows of a delimited text file.

    Raises:
        InputError: A line is too long, the text is in no known encoding, a quoted record outgrows
            the memory, or there is no header.
    """
    with path.open("rb") as file:
        stream = blocks(file, path, layout.encoding)
        first = next(stream, Block(b"", 1, 1.0))
        delimiter = layout.delimiter or _delimiter(first.content, layout.header_row)
        headers, used = _header(first.content, path, layout.header_row, delimiter)
        rest = Block(first.content[used:], layout.header_row + 1, first.share_done)
        yield records_batch([], headers, rest.first_row, 0.0)
        yield from _rows(chain([rest], stream), headers, delimiter, path)


def _rows(
    stream: Iterator[Block], headers: list[str], delimiter: str, path: Path
) -> Iterator[RawBatch]:
    shift = 0  # rows minus lines: the header may have taken several lines
    for block in stream:
        if b'"' in block.content:
            lines = _Lines(chain([block], stream), path)
            yield from _quoted(lines, headers, delimiter, block.first_row + shift)
            return
        batch = _plain(block, headers, delimiter)
        if batch is None:
            lines = _Lines(iter([block]), path)
            yield from _quoted(lines, headers, delimiter, block.first_row + shift)
        else:
            yield batch


def _plain(block: Block, headers: list[str], delimiter: str) -> RawBatch | None:
    """Parse a block without quotation marks; None if it is not one even row a line."""
    ends = np.flatnonzero(np.frombuffer(block.content, np.uint8) == ord("\n"))
    lengths = np.diff(ends, prepend=-1, append=len(block.content)) - 1
    if block.content and not block.content.endswith(b"\n"):
        lengths[-1] += 1
    rows = np.flatnonzero(lengths > 0) + block.first_row
    if not len(rows):
        return records_batch([], headers, block.first_row, block.share_done)
    try:
        cells = arrow_csv.read_csv(
            pa.BufferReader(block.content), **_options(block, headers, delimiter)
        )
    except pa.ArrowInvalid:  # a ragged row
        return None
    if len(cells) != len(rows):  # the mark of UTF-8 in the middle of a file
        return None
    cells = cells.rename_columns(headers)
    return without_blank(RawBatch(cells, pa.array(rows), None, block.share_done))


def _options(block: Block, headers: list[str], delimiter: str) -> dict[str, object]:
    positions = [str(position) for position in range(len(headers))]
    return {
        "read_options": arrow_csv.ReadOptions(
            column_names=positions, block_size=len(block.content) + 1
        ),
        "parse_options": arrow_csv.ParseOptions(delimiter=delimiter, quote_char=False),
        "convert_options": arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(positions, pa.string()),
            strings_can_be_null=True,
            null_values=[""],
        ),
    }


class _Lines:
    """Lines of text for the standard library's reader; counts what one record may swallow."""

    def __init__(self, stream: Iterator[Block], path: Path) -> None:
        self.stream, self.path = stream, path
        self.n_bytes = 0
        self.share_done = 0.0
        self.of_record: list[str] = []
        """Lines read since the last whole record."""
        self._again: deque[str] = deque()
        self._fresh = self._read()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._fresh)
        self.of_record.append(line)
        return line

    def first_alone(self) -> str:
        """Return the first line of a broken record; those below it are read again."""
        first, *below = self.of_record
        self._again.extendleft(reversed(below))
        self.of_record.clear()
        return first

    def _read(self) -> Iterator[str]:
        for block in self.stream:
            self.share_done = block.share_done
            for line in io.BytesIO(block.content):
                self.n_bytes += len(line)
                if self.n_bytes > _RECORDS_LIMIT_BYTES:
                    raise InputError(
                        f"{self.path.name}: a quoted record holds over {LINE_LIMIT_BYTES:,} bytes",
                        hint="a quotation mark is probably not closed",
                    )
                yield line.decode()


def _quoted(
    lines: _Lines, headers: list[str], delimiter: str, first_row: int
) -> Iterator[RawBatch]:
    records: list[Sequence[str | None]] = []
    faults: dict[int, str] = {}
    for record, fault in _records(lines, delimiter):
        if fault:
            faults[len(records)] = fault
        records.append(record)
        if lines.n_bytes > BLOCK_BYTES:
            yield records_batch([*records], headers, first_row, lines.share_done, faults)
            first_row += len(records)
            records.clear()
            faults.clear()
            lines.n_bytes = 0
    yield records_batch([*records], headers, first_row, lines.share_done, faults)


def _records(lines: _Lines, delimiter: str) -> Iterator[tuple[list[str], str]]:
    """Yield each record with its fault: a line whose quotes do not close is one of its own."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        try:
            for record in reader:
                lines.of_record.clear()
                yield record, ""
        except csv.Error as fault:
            # The cells with their quotation marks, as they came. The reader starts afresh after
            # an error, except at the file's end.
            yield lines.first_alone().rstrip("\n").split(delimiter), f"its quotes: {fault}"
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
        else:
            return


def _delimiter(content: bytes, header_row: int) -> str:
    line = content.split(b"\n", header_row)[:header_row][-1].decode()
    return max(_DELIMITERS, key=line.count)


def _header(content: bytes, path: Path, header_row: int, delimiter: str) -> tuple[list[str], int]:
    """Return the headers and how many bytes they and the rows above them take."""
    text = io.BytesIO(content)
    reader = csv.reader((line.decode() for line in iter(text.readline, b"")), delimiter=delimiter)
    cells: list[str] = []
    try:
        for _ in range(header_row):
            cells = next(reader)
    except (csv.Error, StopIteration) as fault:
        raise InputError(f"{path.name} has no header in row {header_row}: {fault}") from fault
    if not any(cell.strip() for cell in cells):
        raise InputError(
            f"{path.name}: row {header_row} should be the header and is blank",
            hint="set header_row in the mapping",
        )
    return named(cells), text.tell()

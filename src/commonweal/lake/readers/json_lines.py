"""JSON lines: one object a line, its keys are the headers.

A block of lines is read by Arrow at once. Where it will not (a line is no object, a key has values
of several types), the block is read line by line: bad lines are kept with their fault.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from pyarrow import json as arrow_json

from commonweal.errors import InputError
from commonweal.lake.readers.base import BEYOND, RawBatch, named
from commonweal.lake.readers.text import REPLACEMENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from io import BufferedReader
    from pathlib import Path

    from commonweal.lake.readers.base import Layout

_BLOCK_BYTES: Final = 16 << 20
_LINE_LIMIT_BYTES: Final = 1 << 20
_MOST_KEYS: Final = 1000
_SAMPLED: Final = 100  # lines that say which keys there are, and which of them are texts


def batches(path: Path, _layout: Layout) -> Iterator[RawBatch]:
    """Yield the rows of a file of JSON lines; a row's number is that of its line.

    The keys of the first hundred lines are the headers. A line with another key is a fault of that
    line: a value that nobody reads would be lost in silence.

    Raises:
        InputError: The first lines hold no object, or a line is longer than a line may be.
    """
    n_bytes = path.stat().st_size
    with path.open("rb") as file:
        headers, texts = _sampled(file.read(_LINE_LIMIT_BYTES), path)
        file.seek(0)
        first_line = 1
        empty = pa.table({name: pa.array([], pa.string()) for name in headers})
        yield RawBatch(empty, _numbers(1, 0), None, 0.0)
        for block in _blocks(file, path):
            n_lines = block.count(b"\n") + (not block.endswith(b"\n"))
            share_done = min(file.tell() / n_bytes, 1.0)
            yield _batch(block, headers, texts, first_line, n_lines, share_done)
            first_line += n_lines


def _sampled(beginning: bytes, path: Path) -> tuple[list[str], frozenset[str]]:
    """Return the keys of the first lines in the order they come, and which of them are texts."""
    keys: dict[str, None] = {}
    texts: set[str] = set()
    for line in beginning.split(b"\n")[:_SAMPLED]:
        row = _object(line)
        if isinstance(row, dict):
            keys |= dict.fromkeys(row)
            texts |= {name for name, value in row.items() if isinstance(value, str)}
    if not keys or len(keys) > _MOST_KEYS:
        problem = "hold no object" if not keys else f"have more than {_MOST_KEYS} keys"
        raise InputError(
            f"{path.name}: the first lines {problem}", hint='write {"key": value, …} on each line'
        )
    return named(list(keys)), frozenset(texts)


def _blocks(file: BufferedReader, path: Path) -> Iterator[bytes]:
    """Yield whole lines, many at once."""
    rest = b""
    while read := file.read(_BLOCK_BYTES):
        end = read.rfind(b"\n") + 1
        if not end and len(rest) + len(read) > _BLOCK_BYTES:
            raise InputError(
                f"{path.name} has a line of more than {_BLOCK_BYTES >> 20} MiB",
                hint="put one row on each line",
            )
        if end:
            yield rest + read[:end]
            rest = read[end:]
        else:
            rest += read
    if rest:
        yield rest


def _batch(  # noqa: PLR0917 - what a block is
    block: bytes,
    headers: Sequence[str],
    texts: frozenset[str],
    first_line: int,
    n_lines: int,
    share_done: float,
) -> RawBatch:
    found = _read_at_once(block, headers, texts)
    if found is not None and len(found) == n_lines:
        return RawBatch(found, _numbers(first_line, n_lines), None, share_done)
    return _read_by_line(block, headers, first_line, share_done)


def _read_at_once(block: bytes, headers: Sequence[str], texts: frozenset[str]) -> pa.Table | None:
    """Return a block as columns; None if it is not that regular."""
    if REPLACEMENT.encode() in block:
        return None
    schema = pa.schema([(name, pa.string()) for name in headers if name in texts])
    try:
        table = arrow_json.read_json(
            pa.BufferReader(block),
            read_options=arrow_json.ReadOptions(use_threads=False, block_size=len(block) + 1),
            parse_options=arrow_json.ParseOptions(explicit_schema=schema),
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    if not set(table.column_names) <= set(headers):
        return None
    if any(_is_guessed(column.type) for column in table.columns):
        return None
    n_rows = len(table)
    return pa.table(
        {
            name: table[name] if name in table.column_names else pa.nulls(n_rows, pa.string())
            for name in headers
        }
    )


def _is_guessed(kind: pa.DataType) -> bool:
    """Whether Arrow read a text as a time, or found a structure where a value should be."""
    return bool(pa.types.is_temporal(kind) or pa.types.is_nested(kind))


def _read_by_line(
    block: bytes, headers: Sequence[str], first_line: int, share_done: float
) -> RawBatch:
    rows: list[Mapping[str, Any]] = []
    numbers: list[int] = []
    faults: list[str | None] = []
    for number, line in enumerate(block.removesuffix(b"\n").split(b"\n"), start=first_line):
        if not line.strip():
            continue
        row, fault = _row(line, headers)
        rows.append(row)
        numbers.append(number)
        faults.append(fault)
    cells = pa.table(
        {name: pa.array([_cell(row.get(name)) for row in rows], pa.string()) for name in headers}
    )
    shape = None
    if any(faults):
        shape = pa.array(faults, pa.string())
        beyond = [{k: v for k, v in row.items() if k not in headers} for row in rows]
        told = [json.dumps(each, ensure_ascii=False) if each else None for each in beyond]
        cells = cells.append_column(BEYOND, pa.array(told, pa.string()))
    return RawBatch(cells, pa.array(numbers, pa.int64()), shape, share_done)


def _row(line: bytes, headers: Sequence[str]) -> tuple[Mapping[str, Any], str | None]:
    row = _object(line)
    if not isinstance(row, dict):
        text = line[:200].decode("utf-8", "replace")
        return {headers[0]: text}, "the line is no JSON object"
    if strange := set(row) - set(headers):
        return row, f"the line has a key {min(strange)!r} that the first lines have not"
    return row, None


def _object(line: bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _cell(value: Any) -> str | None:  # noqa: ANN401
    """Write a value as a cell of text has it."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _numbers(first: int, n_rows: int) -> pa.Array:
    return pa.array(np.arange(first, first + n_rows), pa.int64())

"""The guard in front of Arrow streams: a message of two kilobytes may unpack to fifty megabytes.

Every message is looked at where it lies, before Arrow unpacks any: a packed buffer begins with the
length that it will have, and Arrow reserves and fills just that.

Source: Apache Arrow 1.5, ``Message.fbs`` and IPC body compression; FlatBuffers' binary format.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIMIT_BYTES: Final = 1 << 30
_DICTIONARIES, _ROWS = 2, 3
_KIND, _HEADER = 1, 2  # fields of a message
_DATA: Final = 1  # of dictionaries
_BUFFERS, _PACKING = 2, 3  # of rows
_PLACE: Final = struct.Struct("<qq")
_LENGTH: Final = struct.Struct("<q")


def refuse_large_messages(path: Path) -> None:
    """Raise unless each message of a stream unpacks to something bounded.

    Raises:
        InputError: One would be too large.
        ArrowException: It is no Arrow stream.
    """
    with pa.memory_map(str(path)) as file:
        for number, message in enumerate(pa.ipc.MessageReader.open_stream(file)):
            n_bytes = unpacked_bytes(message)
            if n_bytes > LIMIT_BYTES:
                raise InputError(
                    f"{path.name}: message {number} would have {n_bytes:,} bytes,"
                    f" over {LIMIT_BYTES:,}",
                    hint="send smaller batches",
                )


def unpacked_bytes(message: pa.ipc.Message) -> int:
    """Return how large a message's content is once unpacked, as it says itself."""
    body = memoryview(message.body) if message.body is not None else memoryview(b"")
    meta = memoryview(message.metadata)
    root = _follow(meta, 0)
    kind, header = _field(meta, root, _KIND), _field(meta, root, _HEADER)
    if not kind or not header or meta[kind] not in {_DICTIONARIES, _ROWS}:
        return len(body)
    rows = _follow(meta, header)
    if meta[kind] == _DICTIONARIES:
        rows = _follow(meta, _field(meta, rows, _DATA))
    if not _field(meta, rows, _PACKING):
        return len(body)
    return sum(_buffer_bytes(body, *each) for each in _buffers(meta, rows))


def _buffer_bytes(body: memoryview, offset: int, length: int) -> int:
    if length < _LENGTH.size:
        return 0
    (told,) = _LENGTH.unpack_from(body, offset)
    return max(int(told), length)  # -1: it would not have become smaller, and was left as it is


def _buffers(meta: memoryview, rows: int) -> Iterator[tuple[int, int]]:
    place = _field(meta, rows, _BUFFERS)
    if not place:
        return
    vector = _follow(meta, place)
    (count,) = struct.unpack_from("<I", meta, vector)
    for number in range(count):
        yield _PLACE.unpack_from(meta, vector + 4 + number * _PLACE.size)


def _field(meta: memoryview, table: int, number: int) -> int:
    """Return where a field of a table lies; 0 if it is left out."""
    (back,) = struct.unpack_from("<i", meta, table)
    directory = table - back
    (size,) = struct.unpack_from("<H", meta, directory)
    entry = 4 + 2 * number
    if entry >= size:
        return 0
    (offset,) = struct.unpack_from("<H", meta, directory + entry)
    return table + offset if offset else 0


def _follow(meta: memoryview, place: int) -> int:
    (offset,) = struct.unpack_from("<I", meta, place)
    return place + int(offset)

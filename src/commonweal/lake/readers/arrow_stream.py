"""Arrow IPC streams, as programs send them: typed columns, in the sender's batches."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from commonweal.errors import InputError
from commonweal.lake.readers.arrow_guard import refuse_large_messages
from commonweal.lake.readers.base import RawBatch, named
from commonweal.lake.readers.columnar import flat, row_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from commonweal.lake.readers.base import Layout

_BATCH_ROWS: Final = 1 << 17
_FAULTS: Final = (
    pa.ArrowException,
    OSError,
    UnicodeDecodeError,
    ValueError,
    OverflowError,
    struct.error,
)


def batches(path: Path, _layout: Layout) -> Iterator[RawBatch]:
    """Yield the rows of an Arrow IPC stream; the first row is row 1.

    Raises:
        InputError: The stream is cut short or damaged, or a batch is larger than memory allows.
    """
    n_bytes, first_row = path.stat().st_size, 1
    try:
        refuse_large_messages(path)
        with pa.OSFile(str(path)) as file, pa.ipc.open_stream(file) as stream:
            names = named(stream.schema.names)
            yield RawBatch(flat(stream.schema.empty_table(), names), row_numbers(1, 0), None, 0.0)
            for batch in stream:
                batch.validate(full=True)
                for start in range(0, batch.num_rows, _BATCH_ROWS):
                    part = pa.Table.from_batches([batch.slice(start, _BATCH_ROWS)])
                    rows = row_numbers(first_row, len(part))
                    share_done = min(file.tell() / n_bytes, 1.0)
                    yield RawBatch(flat(part, names), rows, None, share_done)
                    first_row += len(part)
    except _FAULTS as fault:
        if isinstance(fault, InputError):
            raise
        reason = str(fault).split("\n", 1)[0].split(". ", 1)[0][:200]
        raise InputError(
            f"{path.name} is not a whole Arrow stream: {reason}",
            hint="it may be cut short; send it again",
        ) from fault

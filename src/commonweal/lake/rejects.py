"""Rejected rows: what was wrong, and the whole row as it came, so that its owner can mend it."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

REJECT_SCHEMA: Final = pa.schema(
    [
        pa.field("source_row", pa.int64(), nullable=False),  # as a spreadsheet numbers it
        pa.field("repeat", pa.int32(), nullable=False),  # which [[repeat]] of the mapping, from 1
        pa.field("column", pa.string(), nullable=False),  # "" where the whole row is meant
        pa.field("value", pa.string()),
        pa.field("rule", pa.string(), nullable=False),
        pa.field("sentence", pa.string(), nullable=False),
        pa.field("hint", pa.string(), nullable=False),
        pa.field("also", pa.string(), nullable=False),  # further faults of the same row
        pa.field("raw", pa.string(), nullable=False),  # JSON: header → cell, nothing left out
    ]
)

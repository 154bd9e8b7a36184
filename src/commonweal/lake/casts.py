"""Casts of text that name the cells they cannot read, instead of refusing the whole column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable


def lenient(cells: pa.Array, pattern: str, kind: pa.DataType) -> pa.Array:
    """Cast the cells that look right; null for all others."""
    right = pc.match_substring_regex(cells, pattern)
    likely = pc.if_else(right, cells, pa.scalar(None, pa.string()))
    return halved(likely, lambda part: part.cast(kind), kind)


def halved(cells: pa.Array, cast: Callable[[pa.Array], pa.Array], kind: pa.DataType) -> pa.Array:
    """Cast; where the cast refuses, halve until the refused cells stand alone, and give null."""
    try:
        return cast(cells)
    except pa.ArrowInvalid:
        if len(cells) == 1:
            return pa.nulls(1, kind)
        middle = len(cells) // 2
        parts = (cells.slice(0, middle), cells.slice(middle))
        return pa.concat_arrays([halved(part, cast, kind) for part in parts])

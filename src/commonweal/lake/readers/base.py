"""What every reader gives."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BEYOND: Final = "(beyond the header)"  # cells of a row that is longer than the header


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the table lies in the file; nothing here is guessed twice."""

    sheet: str = ""
    """Sheet of a workbook; empty means the first visible one."""
    header_row: int = 1
    encoding: str = ""
    """``utf-8`` or ``gb18030``; empty means found out at the first byte beyond ASCII."""
    delimiter: str = ""
    """Empty means whichever of comma, tab and semicolon the header has most of."""


@dataclass(frozen=True, slots=True)
class RawBatch:
    """Some rows as they came.

    ``cells``: one column per header. ``rows``: int64, where each row stands in the file, counted
    from 1 as a spreadsheet counts. ``faults``: why a row has no proper shape, null where it has.
    ``share_done``: of the file, 0 to 1.
    """

    cells: pa.Table
    rows: pa.Array
    faults: pa.Array | None
    share_done: float


def named(headers: Sequence[str | None]) -> list[str]:
    """Name the columns: blank headers by position, repeated ones with their count.

    >>> named(["a", "", "a", None])
    ['a', '(column 2)', 'a (2)', '(column 4)']
    """
    seen: Counter[str] = Counter()
    names = []
    for position, header in enumerate(headers, start=1):
        name = (header or "").strip() or f"(column {position})"
        seen[name] += 1
        while (count := seen[name]) > 1:
            name = f"{name} ({count})"
            seen[name] += 1
        names.append(name)
    return names


def records_batch(
    records: list[Sequence[str | None]],
    headers: list[str],
    first_row: int,
    share_done: float,
    known_faults: Mapping[int, str] = MappingProxyType({}),
) -> RawBatch:
    """Turn records of text into columns; rows of a wrong width are kept with the fault named.

    ``known_faults``: what is wrong with a record already, by its index.
    """
    width = len(headers)
    faults: list[str | None] = [None] * len(records)
    beyond: list[str | None] = [None] * len(records)
    for index, record in enumerate(records):
        if len(record) == width:
            continue
        surplus = [cell for cell in record[width:] if cell]
        if len(record) < width or surplus:
            faults[index] = f"the row has {len(record)} cells where the header has {width}"
            beyond[index] = "\t".join(surplus) or None
        records[index] = [*record[:width], *[None] * (width - len(record))]
    for index, fault in known_faults.items():
        faults[index] = fault
    columns = zip(*records, strict=True) if records else ([] for _ in headers)
    arrays = [pa.array([cell or None for cell in column], pa.string()) for column in columns]
    cells = pa.table(arrays, names=headers)
    if any(faults):
        cells = cells.append_column(BEYOND, pa.array(beyond, pa.string()))
    shape = pa.array(faults, pa.string()) if any(faults) else None
    rows = pa.array(np.arange(first_row, first_row + len(records)), pa.int64())
    return without_blank(RawBatch(cells, rows, shape, share_done))


def without_blank(batch: RawBatch) -> RawBatch:
    """Leave out the rows of text that hold nothing but white space."""
    blank = np.ones(len(batch.rows), bool)
    for column in batch.cells.columns:
        if not blank.any():
            return batch
        space = pc.fill_null(pc.utf8_is_space(column), True)  # noqa: FBT003 - null is blank
        blank &= space.to_numpy()
    keep = pa.array(~blank)
    faults = None if batch.faults is None else batch.faults.filter(keep)
    return RawBatch(batch.cells.filter(keep), batch.rows.filter(keep), faults, batch.share_done)

"""XLSX, behind a guard that reads the archive's directory before anything is unpacked."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Final

import python_calamine as calamine

from commonweal.errors import InputError
from commonweal.lake.readers.archive import refuse_dangerous
from commonweal.lake.readers.base import RawBatch, named, records_batch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from commonweal.lake.readers.base import Layout

_BATCH_ROWS: Final = 20_000


def batches(path: Path, layout: Layout) -> Iterator[RawBatch]:
    """Yield the rows of one sheet as text: numbers in full, dates in ISO 8601 without a zone.

    Raises:
        InputError: The archive is damaged, dangerous or encrypted, or the sheet or header is not
            there.
    """
    refuse_dangerous(path)
    try:
        with calamine.CalamineWorkbook.from_path(path) as book:
            sheet = book.get_sheet_by_name(_sheet_name(book, path, layout.sheet))
            yield from _rows(sheet, path, layout.header_row)
    except calamine.CalamineError as fault:
        raise InputError(
            f"{path.name} is not a whole workbook: {fault}",
            hint="open it and save it as .xlsx again",
        ) from fault


def _sheet_name(book: calamine.CalamineWorkbook, path: Path, wanted: str) -> str:
    visible = [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.typ is calamine.SheetTypeEnum.WorkSheet
        and sheet.visible is calamine.SheetVisibleEnum.Visible
    ]
    if wanted and wanted not in book.sheet_names:
        raise InputError(
            f"{path.name} has no sheet {wanted!r}", hint=f"it has {', '.join(book.sheet_names)}"
        )
    if not wanted and not visible:
        raise InputError(f"{path.name} has no visible sheet")
    return wanted or visible[0]


def _rows(sheet: calamine.CalamineSheet, path: Path, header_row: int) -> Iterator[RawBatch]:
    n_rows = max(sheet.total_height, 1)
    records: list[list[str | None]] = []
    headers: list[str] = []
    first_row = header_row + 1
    for row, cells in enumerate(sheet.iter_rows(), start=1):
        if row == header_row:
            headers = _header([_text(cell) for cell in cells], sheet, path, header_row)
            yield records_batch([], headers, first_row, 0.0)
        elif row > header_row:
            records.append([_text(cell) for cell in cells])
        if len(records) == _BATCH_ROWS:
            yield records_batch([*records], headers, first_row, row / n_rows)
            first_row += len(records)
            records.clear()
    if not headers:
        raise InputError(
            f"{path.name}, sheet {sheet.name}: there is no row {header_row} to be the header"
        )
    yield records_batch([*records], headers, first_row, 1.0)


def _header(
    cells: list[str | None], sheet: calamine.CalamineSheet, path: Path, header_row: int
) -> list[str]:
    """Name the columns; a header that is blank or merged is a title, and is refused."""
    merged = [
        span for span in sheet.merged_cell_ranges or [] if span[0][0] < header_row <= span[1][0] + 1
    ]
    filled = sum(1 for cell in cells if cell)
    if not filled or (merged and filled <= len(merged)):
        raise InputError(
            f"{path.name}, sheet {sheet.name}: row {header_row} should be the header and is"
            f" {'merged: ' + repr(next(filter(None, cells))) if filled else 'blank'}",
            hint="set header_row in the mapping to the row with one name in each cell",
        )
    return named(cells)


def _text(cell: object) -> str | None:
    match cell:
        case "" | None:
            return None
        case bool():
            return "true" if cell else "false"
        case float() if math.isfinite(cell) and cell.is_integer() and abs(cell) < 2**53:
            return str(int(cell))
        case dt.datetime() | dt.date() | dt.time():
            return cell.isoformat()
        case _:
            return str(cell)

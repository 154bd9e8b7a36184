"""Files become rows: headers found, cells read, refused rows reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commonweal.errors import InputError
from commonweal.kernel.org.imports.columns import EXAMPLE_MARK
from commonweal.kernel.org.imports.result import Row, RowReject
from commonweal.lake.readers import raw_batches
from commonweal.lake.readers.text import REPLACEMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from commonweal.kernel.org.imports.columns import ImportColumn, ImportTable


def headers_read(path: Path) -> list[str]:
    """Return the headers of a file."""
    return list(next(raw_batches(path)).cells.column_names)


def columns_of(headers: Sequence[str], table: ImportTable, path: Path) -> dict[str, ImportColumn]:
    """Return which column each header is.

    Raises:
        InputError: A header is unknown or repeated, or a required column is missing.
    """
    accepted = table.headers()
    found: dict[str, ImportColumn] = {}
    for header in headers:
        column = accepted.get(header.strip().lower())
        if column is None:
            raise InputError(
                f"{path.name}: table {table.id} has no column {header!r}",
                hint=f"it has {', '.join(c.name for c in table.columns)}",
            )
        if column in found.values():
            raise InputError(f"{path.name}: column {column.name} comes twice")
        found[header] = column
    if missing := [c.name for c in table.columns if c.required and c not in found.values()]:
        raise InputError(
            f"{path.name}: column {missing[0]} is missing",
            hint=f"see `commonweal org template {table.id}`",
        )
    return found


def rows_read(
    path: Path,
    table: ImportTable,
    refuse: Callable[[RowReject], None],
    progress: Callable[[float], None],
) -> Iterator[Row]:
    """Yield the rows that can be read and whose code is new in the file; refuse the others."""
    columns: dict[str, ImportColumn] = {}
    first_of: dict[tuple[str, object], int] = {}
    for batch in raw_batches(path):
        names = [name for name in batch.cells.column_names if not name.startswith("(")]
        columns = columns or columns_of(names, table, path)
        lists = [batch.cells.column(name).to_pylist() for name in columns]
        faults = batch.faults.to_pylist() if batch.faults is not None else [None] * len(batch.rows)
        for number, fault, *cells in zip(batch.rows.to_pylist(), faults, *lists, strict=True):
            text = {c.name: _plain(cell) for c, cell in zip(columns.values(), cells, strict=True)}
            if text["code"].startswith(EXAMPLE_MARK):
                continue
            row = Row(table.id, path.name, number, text, {})
            reject = _shape(row, fault) or _values(row, columns) or _repeated(row, table, first_of)
            if reject is None:
                yield row
            else:
                refuse(reject)
        progress(batch.share_done)


def _plain(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _shape(row: Row, fault: str | None) -> RowReject | None:
    return RowReject.of(row, "", InputError(fault)) if fault else None


def _values(row: Row, columns: dict[str, ImportColumn]) -> RowReject | None:
    for column in columns.values():
        try:
            row.values[column.name] = _value(row.text[column.name], column)
        except InputError as fault:
            return RowReject.of(row, column.name, fault)
    return None


def _value(cell: str, column: ImportColumn) -> Any:  # noqa: ANN401 - what the column reads
    if not cell:
        if column.required:
            raise InputError(f"{column.name} is empty", hint="every row needs it")
        return None
    if REPLACEMENT in cell:
        raise InputError(
            f"{column.name} {cell!r} holds a byte that is no text in the file's encoding",
            hint="mend the cell, or save the file as CSV UTF-8",
        )
    if column.limit and len(cell) > column.limit:
        raise InputError(f"{column.name} has {len(cell)} characters, over {column.limit}")
    return column.read(cell)


def _repeated(
    row: Row, table: ImportTable, first_of: dict[tuple[str, object], int]
) -> RowReject | None:
    key = row.code, row.values["valid_from"] if table.is_timed else None
    first = first_of.setdefault(key, row.number)
    if first == row.number:
        return None
    fault = InputError(f"code {row.code} stands in row {first} already", hint="keep one of them")
    return RowReject.of(row, "code", fault)

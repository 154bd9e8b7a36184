"""Empty tables for people to fill in."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import xlsxwriter

from commonweal.errors import InputError
from commonweal.kernel.org.imports.columns import EXAMPLE_MARK, TABLES, ImportColumn

if TYPE_CHECKING:
    from pathlib import Path

_LAST_ROW = 100_000


def template_write(table_id: str, path: Path) -> None:
    """Write a template as CSV or XLSX: headers and one example row, which the import skips.

    Raises:
        InputError: No such table, or another kind of file.
    """
    table = TABLES.get(table_id)
    if table is None:
        raise InputError(f"no table {table_id!r}", hint=f"there are: {', '.join(TABLES)}")
    example = [column.example for column in table.columns]
    example[0] = f"{EXAMPLE_MARK} {example[0]}"
    if path.suffix.lower() == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(column.name for column in table.columns)
            writer.writerow(example)
    elif path.suffix.lower() == ".xlsx":
        _workbook(table.columns, example, path)
    else:
        raise InputError(f"{path.name} ends in {path.suffix!r}", hint="write .csv or .xlsx")


def _workbook(columns: tuple[ImportColumn, ...], example: list[str], path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        head = book.add_format({"bold": True, "bg_color": "#0b6e4f", "font_color": "white"})
        wanted = book.add_format({"bold": True, "bg_color": "#0b6e4f", "font_color": "#ffe28a"})
        faint = book.add_format({"italic": True, "font_color": "#7a7a7a"})
        text = book.add_format({"num_format": "@"})
        for i, column in enumerate(columns):
            sheet.write(0, i, column.name, wanted if column.required else head)
            sheet.write_comment(0, i, " / ".join(column.names))
            sheet.write(1, i, example[i], faint)
            sheet.set_column(i, i, 18, text)
            if column.choices:
                source = {"validate": "list", "source": list(column.choices)}
                sheet.data_validation(2, i, _LAST_ROW, i, source)
        sheet.freeze_panes(1, 1)

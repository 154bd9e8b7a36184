"""Templates that people fill in: made from the dataset's declaration, read back without a mapping.

The header holds a column's names in three languages and, in brackets, the unit of a number or the
zone of an instant; what a person changes there is honoured. The example row is marked in its first
cell and skipped on reading.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

import xlsxwriter

from commonweal.errors import InputError
from commonweal.lake.cells import EXAMPLE_MARK
from commonweal.lake.datasets import ColumnKind, dataset_get
from commonweal.periods import BUSINESS_ZONE

if TYPE_CHECKING:
    from pathlib import Path

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from commonweal.lake.datasets import Column, Dataset

_LANGUAGES: Final = ("zh-hant", "zh-hans", "en")
_FILLED_ROWS: Final = 100_000  # rows that formats and lists reach; longer tables come as CSV
_AS_TEXT: Final = {ColumnKind.REFERENCE, ColumnKind.INSTANT, ColumnKind.TEXT, ColumnKind.CHOICE}
_HOW: Final = {
    ColumnKind.REFERENCE: ("登記冊中的代碼", "登记册中的代码", "A code of the register"),
    ColumnKind.INSTANT: (
        "日期與時刻，如 2024-03-01 08:00",
        "日期与时刻，如 2024-03-01 08:00",
        "Date and time, as 2024-03-01 08:00",
    ),
    ColumnKind.DAY: ("日期，如 2024-03-01", "日期，如 2024-03-01", "A day, as 2024-03-01"),
    ColumnKind.NUMBER: ("數字", "数字", "A number"),
    ColumnKind.INTEGER: ("整數", "整数", "A whole number"),
    ColumnKind.TEXT: ("文字", "文字", "Text"),
    ColumnKind.CHOICE: ("自清單選擇", "自清单选择", "One of the list"),
}


def template_header(column: Column) -> str:
    """Return the header that a template has for a column.

    >>> from commonweal.lake.datasets import Column, ColumnKind
    >>> names = {"zh-hant": "電量", "zh-hans": "电量", "en": "Energy"}
    >>> template_header(Column("energy_kwh", ColumnKind.NUMBER, names, unit="kWh"))
    '電量 | 电量 | Energy [kWh]'
    """
    names = dict.fromkeys(column.names[language] for language in _LANGUAGES)
    inside = column.unit
    if column.kind is ColumnKind.INSTANT:
        inside = str(BUSINESS_ZONE)
    return " | ".join(names) + (f" [{inside}]" if inside else "")


def template_write(dataset_id: str, path: Path) -> Path:
    """Write the template of a dataset as XLSX or CSV, as the path's ending says.

    Raises:
        InputError: There is no such dataset, the ending is another, or the folder is missing.
    """
    dataset = dataset_get(dataset_id)
    makers = {".xlsx": _xlsx, ".csv": _csv}
    if path.suffix.lower() not in makers:
        raise InputError(
            f"a template cannot end in {path.suffix or 'nothing'}", hint="name it .xlsx or .csv"
        )
    try:
        path.write_bytes(makers[path.suffix.lower()](dataset))
    except OSError as fault:
        raise InputError(f"{path} cannot be written: {fault.strerror}") from fault
    return path


def _example(dataset: Dataset) -> list[str]:
    first, *others = (column.example for column in dataset.columns)
    return [f"{EXAMPLE_MARK} {first}", *others]


def _csv(dataset: Dataset) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(template_header(column) for column in dataset.columns)
    writer.writerow(_example(dataset))
    return text.getvalue().encode("utf-8-sig")  # with the mark that spreadsheets look for


def _xlsx(dataset: Dataset) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        _fill_in_sheet(book, dataset)
        _how_to_sheet(book, dataset)
    return content.getvalue()


def _fill_in_sheet(book: Workbook, dataset: Dataset) -> None:
    sheet = book.add_worksheet(dataset.id[:31])
    header = book.add_format(
        {
            "bold": True,
            "bg_color": "#0B6E4F",
            "font_color": "white",
            "text_wrap": True,
            "valign": "top",
        }
    )
    example = book.add_format({"italic": True, "font_color": "#808080", "num_format": "@"})
    text = book.add_format({"num_format": "@"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.freeze_panes(1, 0)
    sheet.set_row(0, 48)
    for index, column in enumerate(dataset.columns):
        sheet.set_column(index, index, 24, _cell_format(column, text, day))
        sheet.write_string(0, index, template_header(column), header)
        sheet.write_comment(0, index, _explained(column), {"x_scale": 2, "y_scale": 1.5})
        _validate(sheet, index, column)
    for index, cell in enumerate(_example(dataset)):
        sheet.write_string(1, index, cell, example)


def _cell_format(column: Column, text: Format, day: Format) -> Format | None:
    if column.kind is ColumnKind.DAY:
        return day
    return text if column.kind in _AS_TEXT else None


def _validate(sheet: Worksheet, index: int, column: Column) -> None:
    """Offer the choices, and refuse numbers out of range while they are typed."""
    rule: dict[str, object] = {}
    if column.kind is ColumnKind.CHOICE:
        rule = {"validate": "list", "source": list(column.choices)}
    elif column.kind in (ColumnKind.NUMBER, ColumnKind.INTEGER) and column.minimum is not None:
        kind = "decimal" if column.kind is ColumnKind.NUMBER else "integer"
        rule = {"validate": kind, "criteria": ">=", "value": column.minimum}
    if rule:
        sheet.data_validation(2, index, _FILLED_ROWS, index, rule | {"error_type": "warning"})


def _explained(column: Column) -> str:
    lines = [column.name, *_HOW[column.kind], *_limits(column)]
    return "\n".join(lines)


def _limits(column: Column) -> list[str]:
    found = []
    if column.unit:
        found.append(f"[{column.unit}]")
    if column.minimum is not None:
        found.append(f"≥ {column.minimum:g}")
    if column.maximum is not None:
        found.append(f"≤ {column.maximum:g}")
    if column.choices:
        found.append(", ".join(column.choices))
    return found


def _how_to_sheet(book: Workbook, dataset: Dataset) -> None:
    sheet = book.add_worksheet("說明 Instructions")
    bold, wrap = (
        book.add_format({"bold": True}),
        book.add_format({"text_wrap": True, "valign": "top"}),
    )
    sheet.set_column(0, 5, 26, wrap)
    notes = (
        "第二列為示例，讀取時略過。括號內為單位或時區，可改為實際單位（如 MWh）。",
        "第二行为示例，读取时略过。括号内为单位或时区，可改为实际单位（如 MWh）。",
        "Row 2 is an example and is skipped. Brackets hold the unit or zone; put yours: [MWh].",
    )
    for row, (language, note) in enumerate(zip(_LANGUAGES, notes, strict=True)):
        sheet.write_string(row, 0, dataset.names[language], bold)
        sheet.merge_range(row, 1, row, 5, note, wrap)
        sheet.set_row(row, 32)
    titles = ("column", "欄", "栏", "meaning", "required", "rules")
    for index, title in enumerate(titles):
        sheet.write_string(4, index, title, bold)
    for row, column in enumerate(dataset.columns, start=5):
        required = "yes 必填" if column.required else "no 可空"
        how = "\n".join(dict.fromkeys(_HOW[column.kind]))
        rules = "\n".join([how, *_limits(column)])
        names = [column.names[language] for language in _LANGUAGES]
        for index, cell in enumerate((column.name, *names, required, rules)):
            sheet.write_string(row, index, cell)

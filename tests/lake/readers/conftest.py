"""Files as people send them."""

import pytest
import xlsxwriter

from commonweal.lake.readers import Layout, raw_batches


@pytest.fixture
def file(tmp_path):
    """Write bytes or text under a name: ``file("a.csv", "a,b\\n1,2\\n")``."""

    def _file(name, content):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return _file


@pytest.fixture
def workbook(tmp_path):
    """Write rows into sheets: ``workbook(sheet=[[...], ...])``."""

    def _workbook(**sheets):
        path = tmp_path / "book.xlsx"
        with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
            for name, rows in sheets.items():
                sheet = book.add_worksheet(name)
                for index, row in enumerate(rows):
                    sheet.write_row(index, 0, row)
        return path

    return _workbook


def table(path, **layout):
    """All rows of a file: (row number, cells …), None for a blank cell."""
    rows = []
    for batch in raw_batches(path, Layout(**layout)):
        columns = [column.to_pylist() for column in batch.cells.columns]
        rows += list(zip(batch.rows.to_pylist(), *columns, strict=True))
    return rows

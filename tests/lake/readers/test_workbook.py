"""Workbooks: cells as text with the row numbers of the sheet, and nothing that fills the memory."""

import datetime as dt
import io
import zipfile
from contextlib import suppress

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.lake.readers import raw_batches
from tests.lake.readers.conftest import table


def _packed(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def _members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_cells_become_text_in_full(workbook):
    path = workbook(
        s=[
            ["a", "b", "c", "d"],
            [12, 0.1, "文", dt.datetime(2024, 1, 1, 8, 0)],  # noqa: DTZ001
            [],
            [10**15, 1e-7, True, dt.datetime(2024, 1, 1)],  # noqa: DTZ001
        ]
    )
    assert table(path) == [
        (2, "12", "0.1", "文", "2024-01-01T08:00:00"),
        (4, "1000000000000000", "1e-07", "true", "2024-01-01"),
    ]


def test_the_first_visible_sheet_is_read_unless_another_is_named(workbook):
    path = workbook(one=[["a"], [1]], two=[["a"], [2]])
    assert table(path) == [(2, "1")]
    assert table(path, sheet="two") == [(2, "2")]
    with pytest.raises(InputError, match="no sheet 'three'") as caught:
        table(path, sheet="three")
    assert caught.value.hint == "it has one, two"


def test_a_merged_title_is_not_a_header(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 2, "Readings of 2024")
        sheet.write_row(1, 0, ["a", "b", "c"])
        sheet.write_row(2, 0, [1, 2, 3])
    with pytest.raises(InputError, match=r"row 1 should be the header and is merged: 'Readings of"):
        table(path)
    assert table(path, header_row=2) == [(3, "1", "2", "3")]


def test_a_blank_header_row_is_reported(workbook):
    with pytest.raises(InputError, match="row 1 should be the header and is blank"):
        table(workbook(s=[[], ["a"], [1]]))


def test_an_empty_sheet_has_no_header(workbook):
    with pytest.raises(InputError, match="there is no row 1 to be the header"):
        table(workbook(s=[]))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(workbook):
    path = workbook(s=[["a"], [1]])
    bomb = _members(path) | {"xl/worksheets/sheet1.xml": b" " * (64 << 20)}
    _packed(path, bomb)
    assert path.stat().st_size < 200_000
    with pytest.raises(
        InputError, match=r"would unpack to 67,\d+,\d+ bytes, [\d,]+ times its size"
    ):
        table(path)


def test_an_archive_that_lies_about_its_size_is_refused(workbook):
    path = workbook(s=[["a"], [1]])
    bomb = _members(path) | {"xl/worksheets/sheet1.xml": b" " * (64 << 20)}
    content = bytearray(_packed(path, bomb).read_bytes())
    true_size = (64 << 20).to_bytes(4, "little")
    assert content.count(true_size) >= 1
    path.write_bytes(content.replace(true_size, (1000).to_bytes(4, "little")))
    with pytest.raises(InputError, match="is not a whole workbook"):
        table(path)


def test_a_cell_in_the_far_corner_is_refused(workbook):
    path = workbook(s=[["a"], [1]])
    members = _members(path)
    sheet = members["xl/worksheets/sheet1.xml"]
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    members["xl/worksheets/sheet1.xml"] = sheet.replace(b"</sheetData>", far)
    with pytest.raises(InputError, match=r"spans 1,048,576 rows × 16,384 columns"):
        table(_packed(path, members))


def test_cells_without_a_place_count_as_well(workbook):
    path = workbook(s=[["a"], [1]])
    members = _members(path)
    sheet = members["xl/worksheets/sheet1.xml"]
    far = b'<row r="1048576">' + b"<c><v>1</v></c>" * 100 + b"</row></sheetData>"
    members["xl/worksheets/sheet1.xml"] = sheet.replace(b"</sheetData>", far)
    with pytest.raises(InputError, match=r"spans 1,048,576 rows × 1\d\d columns"):
        table(_packed(path, members))


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.xlsx", b"PK", "a.xlsx is not a whole workbook"),
        ("a.xls", b"anything", "is a workbook of Excel 97 to 2003"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "under another name"),
        (
            "a.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "is encrypted with a password",
        ),
        ("a.pdf", b"%PDF", r"files ending in \.pdf cannot be read"),
        ("a", b"x", "files ending in nothing cannot be read"),
    ],
)
def test_what_is_no_workbook_is_refused_in_one_sentence(file, name, content, sentence):
    with pytest.raises(InputError, match=sentence):
        table(file(name, content))


def test_a_folder_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(InputError, match="is not a file"):
        raw_batches(tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        raw_batches(tmp_path / "none.csv")


def _book():
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        for row in range(5):
            sheet.write_row(row, 0, ["x", row, 0.5])
    return content.getvalue()


_BOOK = _book()
_SHEET = "xl/worksheets/sheet1.xml"


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(place=st.floats(0, 0.999), junk=st.binary(min_size=1, max_size=8))
def test_a_damaged_archive_is_rows_or_an_input_error(place, junk, tmp_path_factory):
    path = tmp_path_factory.mktemp("xlsx") / "a.xlsx"
    at = int(len(_BOOK) * place)
    path.write_bytes(_BOOK[:at] + junk + _BOOK[at + len(junk) :])
    _read_or_refused(path)


@given(place=st.floats(0, 0.999), junk=st.binary(min_size=1, max_size=8))
def test_a_damaged_sheet_in_a_sound_archive_is_rows_or_an_input_error(
    place, junk, tmp_path_factory
):
    path = tmp_path_factory.mktemp("xlsx") / "a.xlsx"
    path.write_bytes(_BOOK)
    members = _members(path)
    sheet = members[_SHEET]
    at = int(len(sheet) * place)
    members[_SHEET] = sheet[:at] + junk + sheet[at + len(junk) :]
    _read_or_refused(_packed(path, members))


def _read_or_refused(path):
    with suppress(InputError):
        rows = table(path)
        assert all(number > 1 for number, *_ in rows)

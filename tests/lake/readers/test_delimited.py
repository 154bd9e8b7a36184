"""Delimited text: right rows under right numbers, whatever program wrote the file."""

import csv
import io
import time
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.lake.readers import Layout, raw_batches, text
from tests.lake.readers.conftest import table


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_delimiter_is_found_in_the_header(file, delimiter):
    path = file("a.csv", "a,b\n1,x\n2,y\n".replace(",", delimiter))
    assert table(path) == [(2, "1", "x"), (3, "2", "y")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_is_read_in_the_encodings_that_are_in_use(file, encoding):
    path = file("a.csv", "電表,备注\nM-1,抄表员：张\n".encode(encoding))
    assert next(raw_batches(path)).cells.column_names == ["電表", "备注"]
    assert table(path) == [(2, "M-1", "抄表员：张")]


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_every_line_break_ends_a_row(file, line_break):
    path = file("a.csv", "a,b\n1,2\n\n3,4".replace("\n", line_break))
    assert table(path) == [(2, "1", "2"), (4, "3", "4")]


def test_a_quoted_line_break_does_not_end_a_row(file):
    path = file("a.csv", 'a,b\n1,"two\nlines"\n"say ""x""",4\n')
    assert table(path) == [(2, "1", "two\nlines"), (3, 'say "x"', "4")]


def test_rows_after_a_quotation_mark_far_down_keep_their_numbers(file, monkeypatch):
    monkeypatch.setattr(text, "BLOCK_BYTES", 256)
    lines = [f"{number},x" for number in range(500)]
    lines[400] = '400,"x"'
    rows = table(file("a.csv", "\n".join(["a,b", *lines])))
    assert rows == [(number + 2, str(number), "x") for number in range(500)]


def test_a_row_of_another_width_is_kept_with_its_fault(file):
    path = file("a.csv", "a,b\n1\n1,2,3\n1,2,\n1,2\n")
    batch = next(b for b in raw_batches(path) if len(b.rows))
    assert batch.rows.to_pylist() == [2, 3, 4, 5]
    assert batch.faults.to_pylist() == [
        "the row has 1 cells where the header has 2",
        "the row has 3 cells where the header has 2",
        None,
        None,
    ]
    assert batch.cells.to_pylist()[1] == {"a": "1", "b": "2", "(beyond the header)": "3"}


def test_the_header_may_stand_lower(file):
    path = file("a.csv", 'report of 2024\n"a title, quoted",\na,b\n1,2\n')
    assert table(path, header_row=3) == [(4, "1", "2")]


def test_blank_and_repeated_headers_get_names(file):
    path = file("a.csv", "a,,a,a\n1,2,3,4\n")
    assert next(raw_batches(path)).cells.column_names == ["a", "(column 2)", "a (2)", "a (3)"]


def test_a_sparse_line_of_two_gigabytes_is_refused_at_once(tmp_path):
    path = tmp_path / "long.csv"
    with path.open("wb") as file:
        file.write(b"meter_id,read_at,register\nM-1,")
        file.truncate(2 << 30)
    tracemalloc.start()
    started_s = time.perf_counter()
    with pytest.raises(InputError, match="line 2: a line is longer than 1,048,576 bytes"):
        list(raw_batches(path))
    assert tracemalloc.get_traced_memory()[1] < 32 << 20
    tracemalloc.stop()
    assert time.perf_counter() - started_s < 2


def faults(path):
    """Which rows have a fault: {row: sentence}."""
    return {
        row: fault
        for batch in raw_batches(path)
        if batch.faults
        for row, fault in zip(batch.rows.to_pylist(), batch.faults.to_pylist(), strict=True)
        if fault
    }


def test_a_quotation_mark_that_never_closes_spoils_its_own_line_alone(file):
    path = file("a.csv", 'a,b\n1,"x\n' + "2,y\n" * 100_000)
    rows = [row[:3] for row in table(path)]
    assert rows[:2] == [(2, "1", '"x'), (3, "2", "y")]
    assert len(rows) == 100_001
    assert faults(path) == {2: "its quotes: field larger than field limit (131072)"}


@pytest.mark.parametrize(
    ("line", "cells", "fault"),
    [
        ('1,"x"y', ("1", '"x"y'), "its quotes: ',' expected after '\"'"),
        ('1,"x', ("1", '"x'), "its quotes: ',' expected after '\"'"),
        ('1,"x,y"z,3', ("1", '"x'), "its quotes: ',' expected after '\"'"),
    ],
)
def test_a_line_with_broken_quotes_is_kept_and_reading_goes_on_below(file, line, cells, fault):
    path = file("a.csv", f'a,b\n0,0\n{line}\n2,"two"\n3,"three\nlines"\n')
    rows = [row[:3] for row in table(path)]
    assert rows == [(2, "0", "0"), (3, *cells), (4, "2", "two"), (5, "3", "three\nlines")]
    assert faults(path) == {3: fault}


def test_a_quote_that_the_file_ends_in_spoils_the_last_line(file):
    path = file("a.csv", 'a,b\n1,2\n3,"4')
    assert [row[:3] for row in table(path)] == [(2, "1", "2"), (3, "3", '"4')]
    assert faults(path) == {3: "its quotes: unexpected end of data"}


def test_a_byte_that_is_no_text_harms_its_cell_alone(file):
    path = file("a.csv", "電表,b\nM-1,張\nM-2,".encode() + b"x\xff\nM-3,y\nM-4,z\n")
    assert table(path)[:3] == [
        (2, "M-1", "張"),
        (3, "M-2", "x\N{REPLACEMENT CHARACTER}"),
        (4, "M-3", "y"),
    ]


@given(
    rows=st.lists(
        st.sampled_from(['"a",b', 'a,"b', '"a"b,c', "a,b", '"', '""",a', '"a\n', 'a"b,c'])
    )
)
def test_however_quotes_are_broken_every_line_is_in_some_row(rows, tmp_path_factory):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    lines = [f"{number}-,{row}" for number, row in enumerate(rows)]
    path.write_text("\n".join(["a,b,c", *lines]), "utf-8")
    found = "".join(str(cell) for row in table(path) for cell in row)
    assert all(f"{number}-" in found for number in range(len(rows)))


def test_a_record_of_endless_quoted_lines_is_refused(file):
    cell = '"' + "x\n" * 40_000 + '",'
    with pytest.raises(InputError, match="a quoted record holds over 1,048,576 bytes"):
        table(file("a.csv", "a,b\n" + cell * 80))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "a.csv is empty"),
        (b"\n\n", "row 1 should be the header and is blank"),
        (b"PK\x03\x04rest", "is a workbook or archive, not a table"),
        ("a,b\n".encode("utf-16"), "is UTF-16 text, not a table"),
        (b"a,b\n1,2\n\xff\xff,2\n\xff,3\n", "line 3: byte 0xff is not UTF-8 or GB18030 text"),
        (b"a\xff,b\n1,2\n1,3\n1,4\n", "line 1: byte 0xff is not UTF-8 or GB18030 text"),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(file, content, sentence):
    with pytest.raises(InputError, match=sentence):
        table(file("a.csv", content))


def test_a_forced_encoding_is_not_guessed_over(file):
    path = file("a.csv", "a\n電\n".encode("gb18030"))
    with pytest.raises(InputError, match="is not UTF-8 text"):
        table(path, encoding="utf-8")


letters = st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n")
cells = st.text(letters, max_size=8)


@given(rows=st.lists(st.lists(cells, min_size=2, max_size=2), max_size=20))
def test_what_the_standard_library_writes_is_read_back(rows, tmp_path_factory):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows([["a", "b"], *rows])
    path.write_bytes(written.getvalue().encode())
    expected = [
        (number, left or None, right or None)
        for number, (left, right) in enumerate(rows, start=2)
        if left.strip() or right.strip()
    ]
    assert table(path) == expected


@given(rows=st.lists(st.sampled_from(["1,2", "", "3,4", ",", "5", "6,7,8"]), max_size=12))
def test_both_ways_of_parsing_number_rows_alike(rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("csv")
    plain, quoted = folder / "plain.csv", folder / "quoted.csv"
    plain.write_text("\n".join(["a,b", *rows]), "utf-8")
    quoted.write_text("\n".join(["a,b", *rows, '"q",q']), "utf-8")
    assert [row[:3] for row in table(quoted)][:-1] == [
        row[:3] for row in table(plain) if any(row[1:])
    ]


@given(content=st.binary(max_size=400), header_row=st.integers(1, 3))
def test_arbitrary_bytes_are_rows_or_an_input_error(content, header_row, tmp_path_factory):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(content)
    with suppress(InputError):
        rows = [row for b in raw_batches(path, Layout(header_row=header_row)) for row in b.rows]
        assert len(rows) <= content.count(b"\n") + content.count(b"\r") + 1

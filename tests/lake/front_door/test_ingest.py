"""A file comes in: every row is accepted or rejected with a reason, once."""

# ruff: noqa: E501 - tables of cases read best with one case a line

from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonweal.errors import InputError
from commonweal.lake.ingest import ingest
from commonweal.lake.models import Segment, Source
from commonweal.lake.views import read

_GOOD = """meter_id,read_at,register
M-1,2024-01-01T00:00:00+08:00,10.5
M-2,2024-01-01T00:00:00Z,11
M-1,2024-02-01 00:00+08:00,12
"""


def stored(dataset):
    """Rows of the lake as dictionaries, by source row."""
    files = [*read(dataset).plain_files]
    rows = pa.concat_tables([pq.read_table(name) for name in files]).sort_by("source_row")
    return rows.to_pylist()


def test_accepted_rows_are_stored_in_utc_with_ids_and_their_place(file, take):
    result, rejects = take("meter_readings", file("a.csv", _GOOD))

    assert (result.n_accepted, result.n_rejected, rejects) == (3, 0, [])
    rows = stored("meter_readings")
    assert [(row["meter_id"], row["register"], row["source_row"]) for row in rows] == [
        (1, 10.5, 2),
        (2, 11.0, 3),
        (1, 12.0, 4),
    ]
    assert rows[0]["read_at"] == datetime(2023, 12, 31, 16, 0)  # noqa: DTZ001 - UTC as stored
    assert {row["source_key"] for row in rows} == {result.source.key}


def test_the_same_file_is_taken_once(file, take):
    first, _ = take("meter_readings", file("a.csv", _GOOD))
    second, _ = take("meter_readings", file("renamed.csv", _GOOD))

    assert (first.replayed, second.replayed) == (False, True)
    assert second.source == first.source
    assert second.n_accepted == 3
    assert Source.objects.count() == 1


def test_another_mapping_makes_another_source(file, take):
    path = file("a.csv", _GOOD)
    take("meter_readings", path)
    other, _ = take("meter_readings", path, timezone="Asia/Shanghai")
    assert not other.replayed


def test_a_dry_run_adds_nothing(file, preview):
    found = preview("meter_readings", file("a.csv", _GOOD + "M-9,x,-\n"))

    assert (found.n_accepted, found.n_rejected) == (3, 1)
    assert found.by_rule == {"reference": 1}
    assert not Source.objects.exists()
    assert not Segment.objects.exists()


def test_a_file_that_breaks_off_leaves_nothing_behind(file, take, lake_root):
    path = file("a.csv", _GOOD + "M-1," + "x" * (5 << 20))
    with pytest.raises(InputError, match="line 5: a line is longer than"):
        take("meter_readings", path)
    assert not Source.objects.exists()
    assert [found for found in lake_root.rglob("*") if found.is_file()] == []


def test_a_byte_that_is_no_text_rejects_the_row_that_needs_the_cell(file, take):
    header, *rows = _GOOD.splitlines()
    noted = [f"{header},note", *(f"{row},fine" for row in rows)]
    noted += [f"M-3,2024-02-0{day}T00:00:00Z,1,fine" for day in (1, 2, 3)]
    content = "\n".join(noted).encode().replace(b"M-2", b"M\xff2").replace(b"fine", b"f\xffne", 1)
    result, (reject,) = take("meter_readings", file("a.csv", content))

    assert result.n_accepted == 5  # a note that nobody reads does no harm
    assert (reject["source_row"], reject["rule"]) == (3, "encoding")
    assert reject["sentence"] == (
        "row 3, meter_id: 'M\N{REPLACEMENT CHARACTER}2' holds a byte that is no text in the file's encoding"
    )


def test_a_lost_character_is_refused_in_plain_text_too(file, take):
    header = "site_id,start_date,end_date,carrier,quantity,unit\n"
    rows = "S-1,2024-01-01,2024-02-01,diesel,5,kg\nS-1,2024-02-01,2024-03-01,diesel,5,k\N{REPLACEMENT CHARACTER}\n"
    _, (reject,) = take("fuel_use", file("a.csv", header + rows))
    assert (reject["column"], reject["rule"]) == ("unit", "encoding")


@pytest.mark.parametrize(
    ("cells", "rule", "sentence"),
    [
        ("M-9,2024-01-01T00:00:00Z,1", "reference", "row 2, meter_id: 'M-9' is not in the register of meters"),
        ("M-1,2024-01-01 00:00,1", "naive_instant", "row 2, read_at: '2024-01-01 00:00' names no time zone"),
        ("M-1,2024-02-31T00:00:00Z,1", "calendar", "row 2, read_at: '2024-02-31T00:00:00Z' is not a day of the calendar"),
        ("M-1,2400-01-01T00:00:00Z,1", "calendar", "row 2, read_at: '2400-01-01T00:00:00Z' lies outside the years 1900 to 2199"),
        ("M-1,yesterday,1", "instant", "row 2, read_at: 'yesterday' is not a date and time"),
        ("M-1,2024-01-01T00:00:00Z,-1", "minimum", "row 2, register: '-1' is below 0"),
        ("M-1,2024-01-01T00:00:00Z,inf", "number", "row 2, register: 'inf' is not a finite number"),
        ("M-1,2024-01-01T00:00:00Z,1 kWh", "number", "row 2, register: '1 kWh' is not a finite number"),
        ("M-1,2024-01-01T00:00:00Z,", "required", "row 2, register: the cell is blank and must not be"),
        ('M-1,"2024-01-01"T00:00:00Z,1', "shape", "row 2: its quotes: ',' expected after '\"'"),
        ("M-1,2024-01-01T00:00:00Z", "shape", "row 2: the row has 2 cells where the header has 3"),
    ],
)  # fmt: skip
def test_a_bad_row_is_kept_with_one_sentence(file, take, cells, rule, sentence):
    result, rejects = take("meter_readings", file("a.csv", f"meter_id,read_at,register\n{cells}\n"))

    assert (result.n_accepted, result.n_rejected) == (0, 1)
    assert (rejects[0]["rule"], rejects[0]["sentence"]) == (rule, sentence)
    assert rejects[0]["hint"]
    assert result.rejects_path.is_file()


def test_a_reject_keeps_the_whole_row_and_every_fault(file, take):
    path = file("a.csv", "meter_id,read_at,register,備註\nM-9,2024-01-01,-3,抄表\n")
    _, (reject,) = take("meter_readings", path)

    assert reject["raw"] == (
        '{"meter_id": "M-9", "read_at": "2024-01-01", "register": "-3", "備註": "抄表"}'
    )
    assert "read_at: '2024-01-01' names no time zone" in reject["also"]
    assert "register: '-3' is below 0" in reject["also"]


def test_the_first_of_two_rows_with_one_key_counts(file, take):
    bad_first = "M-2,2024-01-01T00:00:00Z,-5\n"
    path = file("a.csv", _GOOD.replace("M-2", bad_first + "M-2") + "M-1,2023-12-31T16:00:00Z,99\n")
    result, rejects = take("meter_readings", path)

    assert result.n_accepted == 3
    assert [(reject["source_row"], reject["rule"]) for reject in rejects] == [
        (3, "minimum"),
        (6, "duplicate_key"),
    ]
    assert "row 2 has the same key (meter_id, read_at)" in rejects[1]["sentence"]
    assert [row["register"] for row in stored("meter_readings")] == [10.5, 11.0, 12.0]


def test_rules_over_several_columns_are_checked(file, take):
    path = file("a.csv", "meter_id,start_date,end_date,quantity_kwh\nM-1,2024-02-01,2024-01-01,5\n")
    _, (reject,) = take("electricity_bills", path)
    assert (reject["rule"], reject["column"]) == ("span_ordered", "")
    assert "the first day lies before the day after the last" in reject["sentence"]


def test_a_choice_outside_the_list_is_named(file, take):
    header = "site_id,start_date,end_date,carrier,quantity,unit\n"
    path = file("a.csv", header + "S-1,2024-01-01,2024-02-01,柴油,5,t\n")
    _, (reject,) = take("fuel_use", path)
    assert reject["sentence"].startswith("row 2, carrier: '柴油' is not one of diesel, gasoline")


def test_parquet_comes_in_with_its_types(tmp_path, take):
    path = tmp_path / "a.parquet"
    at = pa.array([datetime(2024, 1, 1), datetime(2024, 1, 2)])  # noqa: DTZ001 - zone added here
    rows = {
        "meter_id": pa.array(["M-1", "M-2"]).dictionary_encode(),
        "read_at": at.cast(pa.timestamp("ns", "Asia/Shanghai")),
        "register": pa.array([1, None], pa.int32()),
    }
    pq.write_table(pa.table(rows), path)
    result, (reject,) = take("meter_readings", path)

    assert result.n_accepted == 1
    assert (reject["source_row"], reject["rule"]) == (2, "required")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", "", "a.csv is empty: it has no header"),
        ("a.csv", "meter_id,read_at,register\n", "a.csv has a header and no rows below it"),
        ("a.csv", "meter_id,when,register\nM-1,x,1\n", r"no column for read_at \(Read at\)"),
        ("a.csv", "meter_id,meter_id,read_at,register\n", "'meter_id' for meter_id stands there twice"),
        ("a.csv", "meter_id,Meter,read_at,register\n", "both 'meter_id' and 'Meter' could be meter_id"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_such_table_is_refused_in_one_sentence(
    file, take, name, content, sentence
):
    with pytest.raises(InputError, match=sentence) as caught:
        take("meter_readings", file(name, content))
    assert "\n" not in str(caught.value)


def test_missing_things_are_named(tmp_path, now):
    with pytest.raises(InputError, match=r"none\.csv does not exist"):
        ingest("meter_readings", tmp_path / "none.csv", actor="test", now=now)
    with pytest.raises(InputError, match="is not a file"):
        ingest("meter_readings", tmp_path, actor="test", now=now)
    with pytest.raises(InputError, match="no dataset 'readings'"):
        ingest("readings", tmp_path, actor="test", now=now)


def test_progress_reaches_the_end(file, now, db):
    told = []
    path = file("a.csv", _GOOD)
    ingest("meter_readings", path, actor="test", now=now, progress=lambda *step: told.append(step))
    assert told[-1] == (1.0, 3)

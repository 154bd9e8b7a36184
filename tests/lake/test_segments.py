"""Rows become sorted, immutable, reproducible files; the manifest lists them all at once."""

import hashlib
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.domains.carbon.schemas import ELECTRICITY_BILLS, METER_READINGS
from commonweal.errors import InputError
from commonweal.lake import segments_files
from commonweal.lake.models import Segment, Source
from commonweal.lake.rejects import REJECT_SCHEMA
from commonweal.lake.segments import SegmentWriter, source_find
from commonweal.lake.segments_files import month_split
from commonweal.periods import business_date
from tests.lake.conftest import day, readings, source_info

REJECT = {
    "source_row": 9,
    "repeat": 1,
    "column": "register",
    "value": "x",
    "rule": "number",
    "sentence": "no number",
    "hint": "",
    "also": "",
    "raw": "{}",
}


def stored(lake_root, segment):
    return pq.read_table(lake_root / segment.path)


def test_rows_are_split_by_business_month_and_sorted_by_key(commit, lake_root):
    source = commit("a.csv", (2, 5, 1.0), (1, 743, 9.0), (1, 735, 8.0), (1, 736, 7.0), now=day(1))
    january, february = Segment.objects.order_by("month")
    assert (january.month, february.month) == (date(2024, 1, 1), date(2024, 2, 1))
    rows = stored(lake_root, january)
    assert rows.schema.equals(METER_READINGS.schema)
    assert rows.column("register").to_pylist() == [8.0, 1.0]
    assert stored(lake_root, february).column("register").to_pylist() == [7.0, 9.0]
    assert set(rows.column("source_key").to_pylist()) == {source.key}
    assert rows.column("source_row").to_pylist() == [4, 2]
    assert source.n_accepted == 4
    assert january.key_min == [1, "2024-01-01T05:00:00.000000"]
    assert january.key_max == [2, "2024-01-31T15:00:00.000000"]


def test_a_file_is_named_by_its_hash_and_lies_where_the_manifest_says(commit, lake_root):
    commit("a.csv", (1, 1, 1.0), now=day(1))
    (segment,) = Segment.objects.all()
    content = (lake_root / segment.path).read_bytes()
    assert hashlib.sha256(content).hexdigest() == segment.sha256
    assert segment.path == f"meter_readings/2024-01/{segment.sha256}.parquet"
    assert segment.n_bytes == len(content)
    assert list((lake_root / "tmp").iterdir()) == []


@pytest.mark.django_db
def test_the_same_rows_in_any_order_and_pieces_give_the_same_bytes(lake_root, monkeypatch):
    monkeypatch.setattr(segments_files, "ROW_GROUP_ROWS", 1000)
    rows = readings(*((meter, hour, float(hour)) for meter in range(7) for hour in range(400)))
    hashes = []
    for small, pieces in ((50_000, 1), (10, 1), (10, 9), (50_000, 5)):  # Arrow's sort and DuckDB's
        monkeypatch.setattr(segments_files, "_SMALL_ROWS", small)
        shuffled = rows.take(np.random.default_rng(small + pieces).permutation(len(rows)))
        size = len(rows) // pieces + 1
        with SegmentWriter(METER_READINGS, source_info("a.csv"), now=day(1)) as writer:
            for start in range(0, len(rows), size):
                writer.add(shuffled.slice(start, size))
                writer._spill() if pieces > 5 else None
            files = [
                writer._write_month(month) for month in sorted({*writer._held, *writer._spilled})
            ]
            hashes.append([file.sha256 for file in files])
    assert len(hashes[0]) == 1
    assert hashes == [hashes[0]] * 4


@pytest.mark.django_db
def test_leaving_without_commit_leaves_nothing(lake_root):
    with SegmentWriter(METER_READINGS, source_info("a.csv"), now=day(1)) as writer:
        writer.add(readings((1, 1, 1.0)))
        writer._spill()
    assert not Source.objects.exists()
    assert [path for path in lake_root.rglob("*") if path.is_file()] == []


def test_a_source_is_entered_once(commit):
    first = commit("a.csv", (1, 1, 1.0), now=day(1))
    again = commit("a.csv", (1, 1, 1.0), now=day(2))
    assert again == first == source_find(first.fingerprint)
    assert Segment.objects.count() == 1
    assert source_find("0" * 64) is None


@pytest.mark.django_db
def test_rejected_rows_are_kept_beside_the_source(lake_root):
    with SegmentWriter(METER_READINGS, source_info("a.csv"), now=day(1)) as writer:
        writer.add(readings((1, 1, 1.0)))
        writer.add_rejects(pa.Table.from_pylist([REJECT], REJECT_SCHEMA))
        source = writer.commit()
    assert source.n_rejected == 1
    assert pq.read_table(lake_root / source.rejects_path).to_pylist() == [REJECT]


@pytest.mark.django_db
@pytest.mark.parametrize("group_rows", [2, 100])
def test_a_key_that_stands_twice_in_a_source_refuses_it_by_row(monkeypatch, group_rows):
    monkeypatch.setattr(segments_files, "ROW_GROUP_ROWS", group_rows)
    twice = readings((0, 1, 0.0), (1, 1, 1.0), (1, 1, 3.0), (2, 1, 1.0))
    with SegmentWriter(METER_READINGS, source_info("a.csv"), now=day(1)) as writer:
        writer.add(twice)
        with pytest.raises(InputError, match=r"a\.csv, row 4: meter_id 1, .*stands there twice"):
            writer.commit()
    assert not Source.objects.exists()


@pytest.mark.django_db
def test_an_empty_key_is_refused(lake_root):
    rows = readings((1, 1, 1.0)).set_column(0, "meter_id", pa.array([None], pa.int32()))
    with (
        SegmentWriter(METER_READINGS, source_info("a.csv"), now=day(1)) as writer,
        pytest.raises(InputError, match=r"a\.csv: meter_id is empty"),
    ):
        writer.add(rows)


@given(
    st.lists(
        st.datetimes(
            datetime(1980, 1, 1),  # noqa: DTZ001 - bounds are naive
            datetime(2035, 1, 1),  # noqa: DTZ001
            timezones=st.just(ZoneInfo("UTC")),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_months_are_those_of_the_business_calendar(instants):
    rows = pa.table(
        {"read_at": pa.array([at.replace(tzinfo=None) for at in instants], pa.timestamp("us"))}
    )
    found = [
        (month, at)
        for month, part in month_split(METER_READINGS, rows)
        for at in part["read_at"].to_pylist()
    ]
    assert len(found) == len(instants)
    for month, at in found:
        assert business_date(at.replace(tzinfo=ZoneInfo("UTC"))).replace(day=1) == month


@given(st.lists(st.dates(date(1950, 1, 1), date(2050, 1, 1)), min_size=1, max_size=30))
def test_months_of_days_are_their_own(days):
    rows = pa.table({"start_date": pa.array(days, pa.date32())})
    found = [
        (month, at)
        for month, part in month_split(ELECTRICITY_BILLS, rows)
        for at in part["start_date"].to_pylist()
    ]
    assert sorted(at for _, at in found) == sorted(days)
    assert all(at.replace(day=1) == month for month, at in found)


def test_each_column_is_packed_in_the_way_that_reads_fastest(commit, lake_root):
    commit("a.csv", (1, 1, 1.0), (1, 2, 2.0), now=day(1))
    (segment,) = Segment.objects.all()
    group = pq.ParquetFile(lake_root / segment.path).metadata.row_group(0)
    columns = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}
    assert {column.compression for column in columns.values()} == {"LZ4"}
    for name, encoding in {
        "meter_id": "DELTA_BINARY_PACKED",
        "read_at": "DELTA_BINARY_PACKED",
        "register": "BYTE_STREAM_SPLIT",
        "month": "RLE_DICTIONARY",
        "source_key": "RLE_DICTIONARY",
        "source_row": "DELTA_BINARY_PACKED",
    }.items():
        assert encoding in columns[name].encodings, name

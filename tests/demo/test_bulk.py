import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.demo.bulk import lake_write_stream, meters_frame, readings_stream, stream_meters
from commonweal.errors import InputError
from commonweal.lake.datasets import dataset_get
from commonweal.lake.models import Segment
from commonweal.lake.query import query
from commonweal.lake.segments import SourceInfo
from commonweal.lake.views import read

PORTABLE = """
SELECT meter_id, month, min(register) AS low, max(register) AS high, count(*) AS n
FROM meter_readings GROUP BY meter_id, month
"""


def whole(n_readings, **options):
    return pa.Table.from_batches(list(readings_stream(n_readings, **options)))


@given(st.integers(1, 40), st.integers(1, 6), st.integers(0, 2000))
def test_exactly_so_many_rows_come_each_with_its_own_key(n_meters, months, more):
    n_readings = n_meters * months + more
    rows = whole(n_readings, n_meters=n_meters, months=months)
    assert rows.num_rows == n_readings
    assert rows["source_row"].to_pylist() == list(range(1, n_readings + 1))
    columns = (rows[name].to_pylist() for name in ("month", "meter_id", "read_at"))
    keys = list(zip(*columns, strict=True))
    assert keys == sorted(set(keys))
    assert len({key[:2] for key in keys}) == n_meters * months


def test_the_same_arguments_give_the_same_rows():
    assert whole(10_000).equals(whole(10_000))
    assert not whole(10_000).equals(whole(10_000, seed=2))


def test_the_size_of_a_batch_is_bounded():
    sizes = [batch.num_rows for batch in readings_stream(3_000_000, months=2)]
    assert max(sizes) <= 262_144
    assert sum(sizes) == 3_000_000


def test_registers_rise_and_a_thousandth_of_the_meter_months_rolls_over():
    n_meters, months, each = 5_000, 12, 42
    rows = whole(n_meters * months * each, n_meters=n_meters, months=months)
    register = rows["register"].to_numpy().reshape(months, n_meters, each)
    falls = np.diff(register.transpose(1, 0, 2).reshape(n_meters, -1), axis=1) < 0
    assert falls.sum(axis=1).max() == 1
    assert falls.sum() / (n_meters * months) == pytest.approx(0.001, abs=0.0005)


def test_one_meter_month_in_a_hundred_has_a_gap():
    n_meters, each = 20_000, 42
    rows = whole(n_meters * each, n_meters=n_meters, months=1)
    read_at = rows["read_at"].to_numpy().astype("datetime64[s]").astype(np.int64)
    longest_h = np.diff(read_at.reshape(n_meters, each), axis=1).max(axis=1) / 3600
    assert (longest_h > 72).mean() == pytest.approx(0.01, abs=0.003)
    assert np.median(longest_h) < 18


def test_too_few_readings_are_refused():
    with pytest.raises(InputError, match="10 readings do not suffice for 2 meters and 12 months"):
        next(readings_stream(10, n_meters=2))


def test_meters_of_the_frame_are_those_of_the_stream():
    frame = meters_frame(stream_meters(1_008_000))
    assert frame.num_rows == 2000
    assert frame["meter_id"].to_pylist() == list(range(1, 2001))
    assert set(frame["province"].to_pylist()) == set(range(31))
    assert frame.schema.field("meter_id").type == pa.int32()
    assert frame.schema.field("site_id").type == pa.int64()


@pytest.mark.django_db
def test_a_stream_written_to_the_lake_reads_back_and_is_written_once(now):
    dataset = dataset_get("meter_readings")
    name = "ab" * 32
    source = SourceInfo(
        dataset=dataset.id, name="bulk", sha256=name, mapping={}, fingerprint=name, actor="test"
    )
    entry = lake_write_stream(dataset, readings_stream(60_000, months=3), source=source, now=now)
    again = lake_write_stream(dataset, readings_stream(60_000, months=3), source=source, now=now)
    assert (again.pk, entry.n_accepted) == (entry.pk, 60_000)
    assert Segment.objects.filter(source=entry).count() == 3
    found = query(PORTABLE, {"meter_readings": read("meter_readings")}).sort_by(
        [("meter_id", "ascending"), ("month", "ascending")]
    )
    rows = whole(60_000, months=3)
    expected = (
        rows.group_by(["meter_id", "month"])
        .aggregate([("register", "min"), ("register", "max"), ("register", "count")])
        .sort_by([("meter_id", "ascending"), ("month", "ascending")])
    )
    assert found["low"].to_pylist() == expected["register_min"].to_pylist()
    assert found["high"].to_pylist() == expected["register_max"].to_pylist()
    assert found["n"].to_pylist() == expected["register_count"].to_pylist()

"""One SQL text gives the same rows on DuckDB, on Sail and on a real Spark cluster."""

from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from commonweal.errors import StateError
from commonweal.lake.models import Segment
from commonweal.lake.query import query, query_batches
from commonweal.lake.views import read
from tests.lake.conftest import commit, day  # noqa: F401 - a fixture

SPANS = """
SELECT meter_id, month, min(register) AS low, max(register) AS high,
       min(read_at) AS first_at, max(read_at) AS last_at, count(*) AS n
FROM meter_readings GROUP BY meter_id, month ORDER BY meter_id, month
"""
ALL = (
    "SELECT meter_id, read_at, register, source_row FROM meter_readings ORDER BY meter_id, read_at"
)


def at(hour):
    return datetime(2024, 1, 1 + hour // 24, hour % 24)  # noqa: DTZ001 - as stored


def registers(engine, **asked):
    rows = query(ALL, {"meter_readings": read("meter_readings", **asked)}, engine=engine)
    return rows["register"].to_pylist()


def test_spans_of_meters_are_the_same_to_the_bit(engine, commit):  # noqa: F811
    rows = [(meter, hour, meter + hour / 7) for meter in range(40) for hour in range(0, 1400, 7)]
    commit("a.csv", *rows[::2], now=day(1))
    commit("b.csv", *rows[1::2], now=day(2))
    found = query(SPANS, {"meter_readings": read("meter_readings")}, engine=engine)
    assert found.schema == pa.schema(
        [
            ("meter_id", pa.int32()),
            ("month", pa.date32()),
            ("low", pa.float64()),
            ("high", pa.float64()),
            ("first_at", pa.timestamp("us")),
            ("last_at", pa.timestamp("us")),
            ("n", pa.int64()),
        ]
    )
    assert found.num_rows == 40 * 2
    january = [hour for hour in range(0, 1400, 7) if hour < 31 * 24 - 8]
    assert found.slice(0, 1).to_pylist() == [
        {
            "meter_id": 0,
            "month": date(2024, 1, 1),
            "low": 0.0,
            "high": january[-1] / 7,
            "first_at": at(0),
            "last_at": at(january[-1]),
            "n": len(january),
        }
    ]
    assert found.equals(query(SPANS, {"meter_readings": read("meter_readings")}, engine="duckdb"))


def test_later_knowledge_wins_key_by_key_and_the_past_stays(engine, commit):  # noqa: F811
    commit("first.csv", (1, 0, 1.0), (1, 1, 2.0), (2, 0, 3.0), now=day(1))
    commit("correction.csv", (1, 1, 20.0), (1, 2, 30.0), now=day(3))
    commit("again.csv", (1, 1, 200.0), now=day(5))
    commit("apart.csv", (9, 0, 9.0), now=day(5))
    assert registers(engine) == [1.0, 200.0, 30.0, 3.0, 9.0]
    assert registers(engine, as_of=day(4)) == [1.0, 20.0, 30.0, 3.0]
    assert registers(engine, as_of=day(2)) == [1.0, 2.0, 3.0]


def test_a_relation_without_files_is_an_empty_table_of_its_columns(engine):
    empty = read_nothing()
    found = query(ALL, {"meter_readings": empty}, engine=engine)
    assert found.num_rows == 0
    assert found.schema.field("read_at").type == pa.timestamp("us")


def read_nothing():
    from commonweal.lake.views import Relation  # noqa: PLC0415

    return Relation(
        dataset="meter_readings",
        plain_files=(),
        layers=(),
        sha256s=(),
        n_rows=0,
        n_bytes=0,
        plain_bytes=0,
    )


def test_tables_in_memory_join_rows_of_the_lake(engine, commit):  # noqa: F811
    commit("a.csv", (1, 0, 10.0), (1, 5, 14.0), (2, 0, 5.0), (3, 0, 1.0), now=day(1))
    meters = pa.table(
        {
            "id": pa.array([1, 2], pa.int32()),
            "carrier": ["electricity", None],
            "since": pa.array([at(0), at(1)], pa.timestamp("us")),
            "valid": pa.array([date(2024, 1, 1), None], pa.date32()),
            "multiplier": pa.array([40, 1], pa.int64()),
        }
    )
    sql = """
        SELECT m.id, m.carrier, m.since, m.valid, sum(m.multiplier) AS whole,
               max(r.register * m.multiplier) AS high,
               CAST(date_trunc('month', max(r.read_at)) AS DATE) AS utc_month,
               row_number() OVER (ORDER BY m.id DESC) AS place
        FROM meter_readings AS r JOIN meters AS m ON r.meter_id = m.id AND r.read_at >= m.since
        GROUP BY m.id, m.carrier, m.since, m.valid ORDER BY m.id
    """
    relations = {"meter_readings": read("meter_readings"), "meters": meters}
    found = query(sql, relations, engine=engine)
    assert found.to_pylist() == [
        {
            "id": 1,
            "carrier": "electricity",
            "since": at(0),
            "valid": date(2024, 1, 1),
            "whole": 80,
            "high": 560.0,
            "utc_month": date(2024, 1, 1),
            "place": 1,
        }
    ]
    types = {field.name: field.type for field in found.schema}
    assert types["whole"] == pa.int64()
    assert types["since"] == pa.timestamp("us")
    assert found.cast(query(sql, relations, engine="duckdb").schema).num_rows == 1


def test_batches_hold_the_same_rows_as_the_table(engine, commit):  # noqa: F811
    commit("a.csv", *((meter, 0, float(meter)) for meter in range(3000)), now=day(1))
    relations = {"meter_readings": read("meter_readings")}
    whole = query(ALL, relations, engine=engine)
    batches = list(query_batches(ALL, relations, engine=engine))
    assert pa.Table.from_batches(batches).equals(whole)
    assert whole.num_rows == 3000


def test_a_missing_file_is_named(engine, commit, lake_root):  # noqa: F811
    commit("a.csv", (1, 0, 1.0), now=day(1))
    segment = Segment.objects.get()
    (lake_root / segment.path).unlink()
    with pytest.raises(StateError, match=f"{segment.sha256}.*missing") as caught:
        registers(engine)
    assert "commonweal lake verify" in caught.value.hint


@pytest.mark.parametrize("keep", ["nothing", "half", "ends"])
def test_a_damaged_file_is_named(engine, commit, lake_root, keep):  # noqa: F811
    commit("a.csv", *((1, hour, hour / 3) for hour in range(700)), now=day(1))
    segment = Segment.objects.get()
    path = Path(lake_root / segment.path)
    content = path.read_bytes()
    half = len(content) // 2
    path.chmod(0o644)
    path.write_bytes(
        {
            "nothing": b"",
            "half": content[:half],
            "ends": content[:8] + bytes(half) + content[8 + half :],
        }[keep]
    )
    with pytest.raises(StateError, match=f"{segment.sha256}.*damaged"):
        registers(engine)


@pytest.mark.cluster
def test_a_killed_executor_changes_nothing(spark_cluster, commit):  # noqa: F811
    rows = [(meter, hour, meter * hour / 7) for meter in range(60) for hour in range(1000)]
    for part in range(4):
        commit(f"{part}.csv", *rows[part::4], now=day(1 + part))
    relations = {"meter_readings": read("meter_readings")}
    sql = """
        SELECT a.meter_id, count(*) AS n, max(a.register - b.register) AS widest
        FROM meter_readings AS a JOIN meter_readings AS b ON a.meter_id = b.meter_id
        GROUP BY a.meter_id ORDER BY a.meter_id
    """
    expected = query(sql, relations, engine="duckdb")
    with spark_cluster.executor_killed_at_work():
        found = query(sql, relations, engine=spark_cluster.address)
    assert found.equals(expected)

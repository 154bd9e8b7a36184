"""A published dataset is read by others: pyiceberg's own reader, without our code or DuckDB."""

from contextlib import closing

import pyarrow.compute as pc
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import StaticTable

from commonweal.errors import StateError
from commonweal.lake.compact import compact
from commonweal.lake.publish import publish_iceberg
from commonweal.lake.query import query
from commonweal.lake.views import read
from tests.lake.conftest import day


def rows_of_iceberg(publication):
    """Rows as an engine without a catalogue sees them."""
    table = StaticTable.from_metadata(publication.metadata)
    rows = table.scan().to_arrow()
    return rows.sort_by([("meter_id", "ascending"), ("read_at", "ascending")])


def rows_of_lake():
    sql = "SELECT * FROM r ORDER BY meter_id, read_at"
    return query(sql, {"r": read("meter_readings")})


def test_a_published_table_has_the_lakes_rows(commit, tmp_path):
    commit("a.csv", (1, 0, 1.0), (1, 900, 2.0), now=day(1))
    commit("b.csv", (2, 0, 3.0), now=day(1))
    done = publish_iceberg("meter_readings", tmp_path / "iceberg")
    assert (done.n_rows, done.n_files, done.n_files_added) == (3, 3, 3)
    found = rows_of_iceberg(done)
    assert found.to_pylist() == rows_of_lake().to_pylist()
    assert pc.sum(found["register"]).as_py() == 6.0


def test_publishing_again_adds_what_is_new_and_keeps_old_snapshots(commit, tmp_path):
    commit("a.csv", (1, 0, 1.0), now=day(1))
    first = publish_iceberg("meter_readings", tmp_path / "iceberg")
    same = publish_iceberg("meter_readings", tmp_path / "iceberg")
    assert same.n_files_added == 0
    commit("b.csv", (2, 0, 3.0), now=day(2))
    second = publish_iceberg("meter_readings", tmp_path / "iceberg")
    assert (second.n_files, second.n_files_added) == (2, 1)
    assert rows_of_iceberg(second).num_rows == 2
    assert rows_of_iceberg(first).num_rows == 1


def test_corrections_are_refused_until_they_are_compacted(commit, tmp_path):
    commit("a.csv", (1, 0, 1.0), (1, 1, 2.0), (1, 900, 1.0), now=day(1))
    publish_iceberg("meter_readings", tmp_path / "iceberg")
    commit("b.csv", (1, 0, 5.0), now=day(2))
    with pytest.raises(StateError, match=r"not compacted yet, in 2024-01$") as caught:
        publish_iceberg("meter_readings", tmp_path / "iceberg")
    assert "commonweal lake compact meter_readings" in caught.value.hint
    compact("meter_readings", now=day(3))
    done = publish_iceberg("meter_readings", tmp_path / "iceberg")
    assert rows_of_iceberg(done).to_pylist() == rows_of_lake().to_pylist()
    assert rows_of_iceberg(done)["register"].to_pylist() == [5.0, 2.0, 1.0]
    with closing(
        SqlCatalog("commonweal", uri=done.catalog, warehouse=f"file://{tmp_path}")
    ) as catalog:
        found = catalog.load_table(done.table).scan(row_filter="meter_id = 1").to_arrow()
    assert found.num_rows == 3

"""Files read as they lie, a piece at a time."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from commonweal.errors import StateError
from commonweal.lake.pieces import pieces_mapped, pieces_read
from commonweal.lake.query import query
from commonweal.lake.segments_files import ROW_GROUP_ROWS
from commonweal.lake.views import read
from tests.lake.conftest import day, readings

COLUMNS = ("meter_id", "read_at", "register")


def lying(relation):
    """The pieces of a relation with their months."""
    return pieces_mapped(relation, COLUMNS, lambda month, rows: (month, rows))


def test_pieces_come_in_order_each_of_one_month_and_with_the_columns_asked_for(commit):
    commit("a.csv", (1, 0, 1.0), (2, 3, 2.0), (1, 800, 3.0), now=day(1))
    commit("b.csv", (7, 0, 4.0), now=day(2))
    found = lying(read("meter_readings"))
    assert [month for month, _ in found] == [date(2024, 1, 1), date(2024, 1, 1), date(2024, 2, 1)]
    assert [rows["register"].to_pylist() for _, rows in found] == [[1.0, 2.0], [4.0], [3.0]]
    assert all(tuple(rows.column_names) == COLUMNS for _, rows in found)


def test_a_large_file_comes_in_several_pieces_that_make_the_whole(commit):
    n = ROW_GROUP_ROWS + 10
    hour = [number % 700 for number in range(n)]
    rows = readings(*((number // 700, hour[number], float(number)) for number in range(n)))
    commit("large.csv", now=day(1), table=rows)
    relation = read("meter_readings")
    found = [rows for _, rows in lying(relation)]
    assert [len(piece) for piece in found] == [ROW_GROUP_ROWS, 10]
    sql = "SELECT meter_id, read_at, register FROM r ORDER BY meter_id, read_at"
    expected = query(sql, {"r": relation})
    assert pa.concat_tables(found).cast(expected.schema).equals(expected)


def test_files_that_correct_one_another_are_left_to_a_query(commit):
    commit("two months.csv", (1, 0, 1.0), (1, 800, 2.0), now=day(1))
    commit("correction.csv", (1, 800, 3.0), now=day(2))
    relation = read("meter_readings")
    assert [rows["register"].to_pylist() for _, rows in lying(relation)] == [[1.0]]
    rest = query("SELECT register FROM r", {"r": relation.layered})
    assert rest["register"].to_pylist() == [3.0]


def test_an_empty_relation_has_no_pieces(db):
    assert lying(read("meter_readings")) == []


@pytest.mark.parametrize("damage", ["missing", "cut short", "overwritten"])
def test_a_bad_file_is_named(commit, damage):
    commit("a.csv", (1, 0, 1.0), now=day(1))
    relation = read("meter_readings")
    file = Path(relation.files[0])
    if damage == "missing":
        file.unlink()
    else:
        n_kept = file.stat().st_size - 9 if damage == "cut short" else 0
        file.write_bytes(file.read_bytes()[:n_kept].ljust(relation.n_bytes - 9 + n_kept % 2, b"x"))
    with pytest.raises(StateError, match=file.name):
        lying(relation)


def test_pieces_that_can_hold_nothing_wanted_are_passed_over(commit):
    n = ROW_GROUP_ROWS + 10
    rows = readings(*((2 * (number // 700), number % 700, 1.0) for number in range(n)))
    commit("large.csv", now=day(1), table=rows)
    last = 2 * ((n - 1) // 700)

    def lengths(*among):
        found = pieces_read(read("meter_readings"), ("meter_id",), words=(), among=among)
        return [piece.num_rows for piece in found]

    assert lengths(0, last) == [ROW_GROUP_ROWS, 10]
    assert lengths(0) == [ROW_GROUP_ROWS]
    assert lengths(-1, 3, last + 2) == [ROW_GROUP_ROWS]  # 3 lies within its bounds
    assert lengths(-1, last + 2) == []

"""Laws of the front door: nothing is lost, nothing depends on its neighbours."""

import csv
import io
from contextlib import suppress

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.lake.cells import cells_of, values_of
from commonweal.lake.datasets import dataset_get
from commonweal.lake.ingest import checked_rows
from commonweal.lake.keys import SeenKeys
from commonweal.lake.mapping import Mapping
from commonweal.lake.plans import Field
from commonweal.lake.readers import raw_batches
from commonweal.lake.references import register_codes
from commonweal.lake.rejects import REASON, rejects_csv

_INSTANTS = ["2024-01-01T00:00:00Z", "2024-01-01 08:00+08:00", "2024/1/1 8:00", "2024-02-31", " "]
_NUMBERS = [
    "1",
    "-1",
    "1.5",
    "1,5",
    "1e3",
    "1e400",
    "nan",
    "inf",
    "",
    "\N{FULLWIDTH DIGIT ONE}",
    "1_0",
    "0x1",
    "+5",
    ".5",
]
_CODES = ["M-1", "M-2", " M-1", "M-9", "", "#example M-1"]
_JUNK = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)


def _written(rows):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _checked(dataset_id, path, mapping):
    """All accepted rows and all rejects of a file."""
    pairs = list(checked_rows(dataset_get(dataset_id), path, mapping))
    accepted = pa.concat_tables([checked.accepted for _, checked in pairs])
    return accepted, pa.concat_tables([checked.rejects for _, checked in pairs])


def _n_rows(path):
    """Data rows of a file, not counting the template's example."""
    return sum(
        not str(first).lower().startswith("#example")
        for batch in raw_batches(path)
        for first in batch.cells.column(0).to_pylist()
    )


_row = st.tuples(
    st.sampled_from(_CODES) | _JUNK,
    st.sampled_from(_INSTANTS) | _JUNK,
    st.sampled_from(_NUMBERS) | _JUNK,
)


@given(rows=st.lists(_row, max_size=12), zone=st.sampled_from(["", "Asia/Shanghai"]))
def test_every_row_of_a_file_is_accepted_or_rejected(rows, zone, tmp_path_factory):
    path = tmp_path_factory.mktemp("law") / "a.csv"
    path.write_bytes(_written([("meter_id", "read_at", "register"), *rows]))
    with suppress(InputError):
        accepted, rejects = _checked("meter_readings", path, Mapping(timezone=zone))
        assert accepted.num_rows + rejects.num_rows == _n_rows(path)
        assert not set(accepted["source_row"].to_pylist()) & set(rejects["source_row"].to_pylist())
        assert accepted["read_at"].null_count == accepted["register"].null_count == 0
        assert "" not in rejects["hint"].to_pylist()


@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["N-1", "N-2", "N-3"]), *[st.sampled_from(_NUMBERS)] * 3)
    )
)
def test_a_repeating_mapping_gives_every_line_as_often_as_it_repeats(rows, tmp_path_factory):
    path = tmp_path_factory.mktemp("law") / "a.csv"
    path.write_bytes(_written([("unit", "m1", "m2", "m3"), *rows]))
    repeat = [
        {
            "columns": {"traffic_tb": f"m{month}"},
            "constants": {"start_date": f"2024-0{month}-01", "end_date": f"2024-0{month + 1}-01"},
        }
        for month in (1, 2, 3)
    ]
    mapping = Mapping.model_validate({"columns": {"node_id": "unit"}, "repeat": repeat})
    with suppress(InputError):
        accepted, rejects = _checked("traffic", path, mapping)
        assert accepted.num_rows + rejects.num_rows == 3 * len(rows)


@given(content=st.binary(max_size=300))
@example(content=b"\xef\xbb\xbf")
@example(content=b'"')
def test_arbitrary_bytes_raise_nothing_but_an_input_error(content, tmp_path_factory):
    folder = tmp_path_factory.mktemp("law")
    header = b"meter_id,read_at,register\n"
    for suffix, head in ((".csv", header), (".csv", b""), (".xlsx", b""), (".parquet", b"PAR1")):
        path = folder / f"a{suffix}"
        path.write_bytes(head + content)
        with suppress(InputError):
            accepted, rejects = _checked("meter_readings", path, Mapping())
            assert accepted.num_rows + rejects.num_rows == _n_rows(path)


_ARRAYS = st.sampled_from(
    [
        pa.array([1, None, 3], pa.int8()),
        pa.array([2**64 - 1, 0, None], pa.uint64()),
        pa.array([1.5, float("nan"), float("inf")]),
        pa.array(["M-1", "2024-01-01", ""]),
        pa.array([True, None, False]),
        pa.array([0, 86_400, None], pa.timestamp("s")),
        pa.array([0, 2**62, None], pa.timestamp("ms")),
        pa.array([0, 3_600_000_000, None], pa.timestamp("us", "Asia/Shanghai")),
        pa.array([19_000, -(2**31), None], pa.date32()),
        pa.array([0, 10**15, None], pa.date64()),
        pa.array([1, 2, None], pa.time32("s")),
        pa.array([1, 2, None], pa.duration("s")),
        pa.array([None, None, None]),
        pa.array([b"M-1", b"\xff", None]),
        pa.array([[1], [2], None]),
        pa.array([{"a": 1}, {"a": None}, None]),
        pa.array(["1.5", "2", None]).dictionary_encode(),
        pa.array([1, 2, None], pa.decimal128(9, 0)),
    ]
)


@given(columns=st.tuples(_ARRAYS, _ARRAYS, _ARRAYS), zone=st.sampled_from(["", "Asia/Shanghai"]))
def test_any_types_of_parquet_are_rows_or_an_input_error(columns, zone, tmp_path_factory):
    path = tmp_path_factory.mktemp("law") / "a.parquet"
    pq.write_table(pa.table(list(columns), names=["meter_id", "read_at", "register"]), path)
    with suppress(InputError):
        accepted, rejects = _checked("meter_readings", path, Mapping(timezone=zone))
        assert accepted.num_rows + rejects.num_rows == 3


_READ = [
    ("meter_readings", "meter_id", _CODES),
    ("meter_readings", "read_at", _INSTANTS),
    ("meter_readings", "register", _NUMBERS),
    ("traffic", "start_date", ["2024-01-01", "2024/1/1", "2024年1月1日", "2024-01-01T00:00"]),
    ("fuel_use", "carrier", ["diesel", "coal"]),
]


@given(subject=st.sampled_from(_READ), drawn=st.data())
def test_what_a_cell_gives_does_not_depend_on_its_neighbours(subject, drawn):
    dataset_id, name, known = subject
    column = dataset_get(dataset_id).column(name)
    cell = st.sampled_from(known) | _JUNK | st.from_regex(r"[0-9+.eE:TZ /-]{1,20}", fullmatch=True)
    written = drawn.draw(st.lists(cell, min_size=1, max_size=6))
    field = Field(column=column, header="x", timezone="Asia/Shanghai")
    codes = {column.references: register_codes(column.references)} if column.references else {}

    def read(texts):
        table = pa.table({"x": pa.array(texts, pa.string())})
        return values_of(field, cells_of(field, table, []), codes).to_pylist()

    assert read(written) == [read([text])[0] for text in written]


@given(
    batches=st.lists(
        st.lists(
            st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from("ab")), max_size=9
        ),
        max_size=9,
    )
)
def test_a_key_is_new_exactly_once(batches):
    seen, first, row = SeenKeys(), {}, 0
    for batch in batches:
        rows = np.arange(row, row + len(batch))
        columns = [
            pa.array([key[0] for key in batch], pa.int32()),
            pa.array([key[1] for key in batch], pa.timestamp("us")),
            pa.array([key[2] for key in batch], pa.string()),
        ]
        expected = [
            -1 if (found := first.setdefault(key, number)) == number else found
            for number, key in zip(rows.tolist(), batch, strict=True)
        ]
        assert seen.add(columns, rows).tolist() == expected
        row += len(batch)


def test_mended_rejects_are_taken_with_the_same_mapping(file, take, tmp_path):
    mapping = {"columns": {"meter_id": "電表", "read_at": "時", "register": "示數"}}
    rows = "M-1,2024-01-01T00:00:00Z,5\nM-9,2024-01-01T00:00:00Z,-1\n"
    first, _ = take("meter_readings", file("a.csv", "電表,時,示數\n" + rows), **mapping)

    rejected = rejects_csv(pq.read_table(first.rejects_path)).decode("utf-8-sig")
    assert rejected.splitlines()[0] == f"電表,時,示數,{REASON}"
    assert "'M-9' is not in the register of meters" in rejected
    assert "'-1' is below 0" in rejected
    mended = file("mended.csv", rejected.replace("M-9", "M-2", 1).replace(',-1,"row', ',1,"row'))
    second, rejects = take("meter_readings", mended, **mapping)

    assert (second.n_accepted, rejects) == (1, [])


@pytest.mark.parametrize("cell", ["=1+1", '"quoted"', "two\nlines", "a,b", "é", "\t"])
def test_a_reject_gives_back_the_cell_as_it_came(file, take, cell):
    path = file("a.csv", _written([("meter_id", "read_at", "register"), ("M-1", cell, "1")]))
    result, _ = take("meter_readings", path)
    lines = rejects_csv(pq.read_table(result.rejects_path)).decode("utf-8-sig")
    assert next(csv.DictReader(io.StringIO(lines, newline="")))["read_at"] == cell

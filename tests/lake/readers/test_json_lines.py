"""JSON lines: blocks at once where they are regular, line by line where they are not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.lake.readers import Layout, json_lines, raw_batches


def cells(path, content):
    path.write_bytes(content)
    found, rows, faults = [], [], []
    for batch in raw_batches(path, Layout()):
        found += batch.cells.to_pylist()
        rows += batch.rows.to_pylist()
        faults += batch.faults.to_pylist() if batch.faults is not None else [None] * len(batch.rows)
    return found, rows, faults


def lines(*objects):
    return "".join(json.dumps(each) + "\n" for each in objects).encode()


def test_values_keep_their_types_and_texts_stay_texts(tmp_path):
    content = lines(
        {"day": "2024-01-01", "n": 1, "v": 1.5, "ok": True}, {"day": "x", "n": None, "v": 2}
    )
    found, rows, faults = cells(tmp_path / "a.ndjson", content)
    assert found == [
        {"day": "2024-01-01", "n": 1, "v": 1.5, "ok": True},
        {"day": "x", "n": None, "v": 2.0, "ok": None},
    ]
    assert (rows, faults) == ([1, 2], [None, None])


def test_a_line_that_is_no_object_is_a_fault_of_its_own(tmp_path):
    content = lines({"a": 1}) + b"oops\n\n[1]\n" + lines({"a": "two"}) + b'{"a": 3}'
    found, rows, faults = cells(tmp_path / "a.ndjson", content)
    assert [each["a"] for each in found] == ["1", "oops", "[1]", "two", "3"]
    assert rows == [1, 2, 4, 5, 6]
    assert faults == [None, "the line is no JSON object", "the line is no JSON object", None, None]


def test_a_key_that_comes_late_is_a_fault_and_is_shown(tmp_path):
    content = lines(*[{"a": 1}] * 100, {"a": 1, "b": 2})
    found, _rows, faults = cells(tmp_path / "a.ndjson", content)
    assert faults[-1] == "the line has a key 'b' that the first lines have not"
    assert '{"b": 2}' in found[-1].values()
    assert faults[:-1] == [None] * 100


@pytest.mark.parametrize("content", [b"x\n", b"\n\n", b"[]\n", lines({})])
def test_a_file_without_objects_is_refused(tmp_path, content):
    with pytest.raises(InputError, match="the first lines hold no object"):
        cells(tmp_path / "a.ndjson", content)


def test_a_line_beyond_all_measure_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(json_lines, "_BLOCK_BYTES", 64)
    with pytest.raises(InputError, match="has a line of more than"):
        cells(tmp_path / "a.ndjson", lines({"a": 1}, {"a": "x" * 200}))


VALUES = st.none() | st.integers(-(2**53), 2**53) | st.text(max_size=9) | st.booleans()


@given(
    rows=st.lists(st.fixed_dictionaries({}, optional={"a": VALUES, "b": VALUES}), min_size=1),
    size=st.integers(300, 900),
)
def test_blocks_of_any_size_give_the_same_cells(tmp_path_factory, rows, size):
    content = lines({"a": "", "b": 0}, *rows)
    path = tmp_path_factory.mktemp("lines") / "a.ndjson"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_lines, "_BLOCK_BYTES", size)
        few = cells(path, content)
    many = cells(path, content)
    assert few[1:] == many[1:]
    assert [_texts(each) for each in few[0]] == [_texts(each) for each in many[0]]
    assert len(few[0]) == len(rows) + 1


def _texts(row):
    return {k: v if v is None or isinstance(v, str) else json.dumps(v) for k, v in row.items()}

"""Parquet: types kept, one clear sentence for a file that is cut short."""

import io
from contextlib import suppress

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.lake.readers import raw_batches
from tests.lake.readers.conftest import table


def _content(rows=1000):
    file = io.BytesIO()
    codes = pa.array([f"M-{n % 7}" for n in range(rows)]).dictionary_encode()
    pq.write_table(pa.table({"code": codes, "value": pa.array(range(rows), pa.int32())}), file)
    return file.getvalue()


_CONTENT = _content()


def test_types_are_kept_and_dictionaries_decoded(file):
    batches = list(raw_batches(file("a.parquet", _CONTENT)))
    assert batches[0].cells.schema == pa.schema([("code", pa.string()), ("value", pa.int32())])
    assert table(file("b.parquet", _CONTENT))[-1] == (1000, "M-5", 999)


@pytest.mark.parametrize("kept", [4, 100, 2000, len(_CONTENT) - 1])
def test_a_truncated_file_is_refused_in_one_sentence(file, kept):
    with pytest.raises(InputError, match=r"a\.parquet is not a whole Parquet file") as caught:
        table(file("a.parquet", _CONTENT[:kept]))
    assert "\n" not in str(caught.value)
    assert "cut short" in caught.value.hint


@given(place=st.floats(0, 0.999), junk=st.binary(min_size=1, max_size=6))
def test_a_damaged_file_is_rows_or_an_input_error(place, junk, tmp_path_factory):
    path = tmp_path_factory.mktemp("parquet") / "a.parquet"
    at = int(len(_CONTENT) * place)
    path.write_bytes(_CONTENT[:at] + junk + _CONTENT[at + len(junk) :])
    with suppress(InputError):
        rows = table(path)
        assert [row[0] for row in rows] == list(range(1, len(rows) + 1))

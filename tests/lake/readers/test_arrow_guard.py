"""How large an Arrow message becomes is known before it is unpacked."""

import pyarrow as pa
import pytest

from commonweal.errors import InputError
from commonweal.lake.readers import arrow_guard, arrow_stream
from commonweal.lake.readers.base import Layout

PACKINGS = [None, "lz4", "zstd"]


def written(path, columns, packing):
    batch = pa.record_batch(columns)
    options = pa.ipc.IpcWriteOptions(compression=packing)
    with pa.ipc.new_stream(path, batch.schema, options=options) as stream:
        stream.write_batch(batch)
    return path


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_message_is_as_large_as_it_becomes(tmp_path, packing):
    columns = {"a": pa.array(["x" * 3_000_000]), "b": pa.array([1]), "c": pa.array([None, 2])[:1]}
    path = written(tmp_path / "rows.arrows", columns, packing)
    with pa.memory_map(str(path)) as file:
        *_schema, rows = pa.ipc.MessageReader.open_stream(file)
        assert 3_000_000 <= arrow_guard.unpacked_bytes(rows) < 3_001_000


def test_dictionaries_are_looked_at_too(tmp_path):
    columns = {"a": pa.array(["x" * 3_000_000, "y"]).dictionary_encode()}
    path = written(tmp_path / "rows.arrows", columns, "zstd")
    with pa.memory_map(str(path)) as file:
        _schema, words, rows = map(
            arrow_guard.unpacked_bytes, pa.ipc.MessageReader.open_stream(file)
        )
    assert words >= 3_000_000
    assert rows < 1000


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_message_that_becomes_too_large_is_refused_unread(tmp_path, monkeypatch, packing):
    monkeypatch.setattr(arrow_guard, "LIMIT_BYTES", 1_000_000)
    path = written(tmp_path / "rows.arrows", {"a": pa.array(["x" * 3_000_000])}, packing)
    with pytest.raises(InputError, match="message 1 would have 3,000,0"):
        next(arrow_stream.batches(path, Layout()))

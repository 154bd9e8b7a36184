"""Registers of a few codes, and files to bring in."""

import pyarrow as pa
import pytest

from commonweal.lake import references
from commonweal.lake.ingest import ingest, ingest_preview
from commonweal.lake.mapping import Mapping
from commonweal.lake.rejects import rejects_read

_CODES = {"meter": ("M-1", "M-2", "M-3"), "site": ("S-1", "S-2"), "node": ("N-1", "N-2")}


@pytest.fixture(scope="module", autouse=True)
def registers():
    """Three registers announced as the organisation announces its own."""
    before = dict(references.registers())
    for name, codes in _CODES.items():
        ids = pa.array(range(1, len(codes) + 1), pa.int32())
        answer = pa.table({"code": pa.array(codes), "id": ids})
        references.register_announce(name, lambda answer=answer: answer)
    yield
    for name, codes in before.items():
        references.register_announce(name, codes)


@pytest.fixture
def file(tmp_path):
    """Write text or bytes under a name."""

    def _file(name, content):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return _file


@pytest.fixture
def take(db, now):
    """Ingest a file and give the result and the rejects as dictionaries."""

    def _take(dataset, path, **mapping):
        read_by = Mapping.model_validate(mapping)
        result = ingest(dataset, path, mapping=read_by, actor="test", now=now)
        return result, rejects_read(result.source).to_pylist()

    return _take


@pytest.fixture
def preview(db):
    """Check a file without taking it."""

    def _preview(dataset, path, **mapping):
        return ingest_preview(dataset, path, mapping=Mapping.model_validate(mapping))

    return _preview

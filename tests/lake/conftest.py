"""A small dataset and ways to fill it."""

import hashlib
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from commonweal.domains.carbon.schemas import METER_READINGS
from commonweal.lake.segments import SegmentWriter, SourceInfo


def source_info(name, *, dataset=METER_READINGS):
    """A source of a made-up file; the name stands for its bytes."""
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    return SourceInfo(
        dataset=dataset.id,
        name=name,
        sha256=sha256,
        mapping={},
        fingerprint=hashlib.sha256(f"{dataset.id}|{sha256}".encode()).hexdigest(),
        actor="test",
    )


def readings(*rows):
    """Accepted readings: (meter, hours after 2024-01-01 00:00 UTC, register)."""
    start = datetime(2024, 1, 1)  # noqa: DTZ001 - UTC without a zone, as stored
    return pa.table(
        {
            "meter_id": pa.array([row[0] for row in rows], pa.int32()),
            "read_at": pa.array(
                [start + timedelta(hours=row[1]) for row in rows], pa.timestamp("us")
            ),
            "register": pa.array([row[2] for row in rows], pa.float64()),
            "source_row": pa.array(range(2, len(rows) + 2), pa.int64()),
        }
    )


def day(number):
    """An instant of knowledge."""
    return datetime(2025, 1, number, tzinfo=UTC)


@pytest.fixture
def commit(db):
    """Commit readings as one source: ``commit("a.csv", rows, now=day(1))``."""

    def _commit(name, *rows, now, table=None):
        with SegmentWriter(METER_READINGS, source_info(name), now=now) as writer:
            writer.add(readings(*rows) if table is None else table)
            return writer.commit()

    return _commit

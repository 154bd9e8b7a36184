"""A file that came in and the event that tells of it: both or neither."""

import pyarrow as pa
import pytest

from commonweal.errors import InputError
from commonweal.kernel.records.intake import source_ingest
from commonweal.kernel.records.models import Event
from commonweal.lake import references
from commonweal.lake.models import Segment, Source

pytestmark = pytest.mark.django_db


@pytest.fixture
def readings(tmp_path):
    """Two readings, one of a meter that nobody registered."""
    before = references.registers()["meter"]
    codes = pa.table({"code": ["M-1"], "id": pa.array([1], pa.int32())})
    references.register_announce("meter", lambda: codes)
    path = tmp_path / "readings.csv"
    rows = ("M-1,2024-01-01T00:00:00Z,1", "M-9,2024-01-01T00:00:00Z,1")
    path.write_text("\n".join(("meter_id,read_at,register", *rows)), "utf-8")
    yield path
    references.register_announce("meter", before)


def test_the_event_says_what_came_in_and_what_became_of_it(readings, now):
    taken = source_ingest("meter_readings", readings, actor="ana", now=now)

    event = Event.objects.get()
    assert (event.record_type, event.action, event.actor) == ("lake.source", "ingest", "ana")
    assert (event.record_key, event.happened_at) == (taken.source.fingerprint, now)
    assert event.content == {
        "dataset": "meter_readings",
        "name": "readings.csv",
        "sha256": taken.source.sha256,
        "n_accepted": 1,
        "n_rejected": 1,
    }


def test_the_same_file_again_tells_nothing_new(readings, now):
    source_ingest("meter_readings", readings, actor="ana", now=now)
    again = source_ingest("meter_readings", readings, actor="ben", now=now)
    assert again.replayed
    assert Event.objects.count() == Source.objects.count() == 1


def test_rows_that_cannot_be_told_of_do_not_become_visible(readings, now):
    with pytest.raises(InputError, match="of an event must have 1 to 150 characters"):
        source_ingest("meter_readings", readings, actor="", now=now)
    assert not Source.objects.exists()
    assert not Segment.objects.exists()
    assert not Event.objects.exists()
    assert not source_ingest("meter_readings", readings, actor="ana", now=now).replayed

import json
from datetime import UTC, datetime

import pytest

from commonweal.live.definitions import Reader
from commonweal.live.messages import RAW, rows_of

ARRIVED = datetime(2024, 3, 1, 0, 5, tzinfo=UTC)
BROKER = {"host": "127.0.0.1", "topics": ["site/+/meter/+"]}


def reader(**changes):
    fields = {"meter_id": "topic.4", "read_at": "body.at", "register": "body.register"}
    return Reader.model_validate(
        {"name": "meters", "kind": "mqtt", "broker": BROKER, "fields": fields, **changes}
    )


def test_a_message_is_a_row_with_its_digits_as_sent():
    payload = b'{"at": "2024-03-01T00:00:00Z", "register": 10234.5000}'
    assert rows_of(reader(), "site/7/meter/M-1", payload, ARRIVED) == (
        {"meter_id": "M-1", "read_at": "2024-03-01T00:00:00Z", "register": "10234.5000"},
    )


def test_a_message_may_have_many_rows():
    body = {"id": "M-1", "readings": [{"t": 1709251200, "v": 1}, {"t": 1709254800.5, "v": 2}]}
    found = rows_of(
        reader(
            each="body.readings",
            time_form="unix_s",
            fields={"meter_id": "body.id", "read_at": "row.t", "register": "row.v"},
        ),
        "any",
        json.dumps(body).encode(),
        ARRIVED,
    )
    assert [row["read_at"] for row in found] == [
        "2024-03-01T00:00:00+00:00",
        "2024-03-01T01:00:00.500000+00:00",
    ]
    assert [row["register"] for row in found] == ["1", "2"]


def test_a_bare_number_is_the_whole_body_and_the_instant_that_of_arrival():
    fields = {"meter_id": "topic.1", "read_at": "arrived", "register": "body"}
    (row,) = rows_of(reader(fields=fields), "M-1", b"17.25", ARRIVED)
    assert row == {"meter_id": "M-1", "read_at": ARRIVED.isoformat(), "register": "17.25"}


@pytest.mark.parametrize(
    "payload",
    [b"", b"\xff\xfe", b"[]", b'{"at": null, "register": {}}', b'{"register": 1', b"\n\n"],
)
def test_what_cannot_be_read_is_a_row_with_the_message_in_one_line(payload):
    (row,) = rows_of(reader(), "site/7/meter/M-1", payload, ARRIVED)
    assert row["meter_id"] == "M-1"
    assert row["register"] == ""
    assert row[RAW]
    assert "\n" not in row[RAW]


def test_a_list_that_is_none_is_one_unread_row():
    fields = {"meter_id": "topic.1", "read_at": "row.t", "register": "row.v"}
    (row,) = rows_of(reader(each="body.readings", fields=fields), "M-1", b"{}", ARRIVED)
    assert row[RAW] == "{}"


def test_an_instant_that_is_none_stays_for_the_lake_to_refuse():
    (row,) = rows_of(
        reader(time_form="unix_ms"), "a/b/c/M-1", b'{"at": "noon", "register": 1}', ARRIVED
    )
    assert row["read_at"] == "noon"

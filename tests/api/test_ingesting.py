"""Rows in bulk: any form, once, within limits, about what is one's own."""

import gzip
import io
import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from tests.api.conftest import V1, Program

from commonweal.api.spool import place_taken
from commonweal.kernel.accounts.models import Delegation, Grant
from commonweal.kernel.org.models import Meter, Site, SiteOwnership
from commonweal.kernel.records.models import Event
from commonweal.lake.models import Source

PATH = "/datasets/meter_readings/rows"
ARROW, LINES = "application/vnd.apache.arrow.stream", "application/x-ndjson"
FIRST = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def meters(nodes):
    known = {"valid_from": "2020-01-01", "recorded_at": FIRST}
    for name in ("north", "south"):
        site = Site.objects.create(code=f"{name}-site", kind="macro", place="CN-GD")
        SiteOwnership.objects.create(site=site, node=nodes[name], **known)
        Meter.objects.create(
            code=f"{name}-1", site=site, carrier="electricity", unit="kWh", max_rate_per_h=1000
        )


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.HOME = tmp_path


def rows(n=3, meter="north-1"):
    return [
        {
            "meter_id": meter,
            "read_at": (FIRST + timedelta(hours=i)).isoformat(),
            "register": i + 0.5,
        }
        for i in range(n)
    ]


def arrow(found):
    table = pa.Table.from_pylist(found)
    file = io.BytesIO()
    with pa.ipc.new_stream(file, table.schema) as stream:
        stream.write_table(table)
    return file.getvalue()


def lines(found):
    return "".join(f"{json.dumps(each)}\n" for each in found).encode()


def send(program, content, form, path=PATH, **headers):
    return program.client.generic("POST", V1 + path, content, form, headers=headers)


@pytest.fixture
def owner(people, meters):
    return Program(people["owner"])


@pytest.mark.parametrize(
    ("form", "content"),
    [
        (ARROW, arrow(rows())),
        (LINES, lines(rows())),
        (
            "text/csv",
            b"meter_id,read_at,register\n"
            + b"".join(b"north-1,2024-01-0%dT00:00:00+08:00,1.5\n" % day for day in (1, 2, 3)),
        ),
    ],
    ids=["arrow", "lines", "csv"],
)
def test_rows_come_in_any_form_and_once(owner, form, content):
    first = send(owner, content, form)
    assert first.status_code == 201, first.content
    source = first.json()["source"]
    assert (source["n_accepted"], source["n_rejected"]) == (3, 0)
    assert first.json()["rejects"] is None
    again = send(owner, content, form)
    assert (again.status_code, again.json()["replayed"]) == (200, True)
    assert again.json()["source"] == source
    assert Source.objects.count() == 1
    assert Event.objects.get(record_type="lake.source").actor == "api:owner"
    assert owner.get(first["Location"].removeprefix(V1)).json() == source


def test_packed_rows_are_the_same_rows(owner):
    plain = send(owner, lines(rows()), LINES)
    packed = send(owner, gzip.compress(lines(rows())), LINES, **{"Content-Encoding": "gzip"})
    assert packed.json()["source"] == plain.json()["source"]
    parts = gzip.compress(lines(rows(2))) + gzip.compress(lines(rows(4)[2:]))
    joined = send(owner, parts, LINES, **{"Content-Encoding": "gzip"})
    assert joined.json()["source"]["n_accepted"] == 4


def test_a_bad_row_is_kept_with_its_reason(owner):
    found = [*rows(2), {**rows()[0], "meter_id": "nobody"}, {**rows()[0], "register": "much"}]
    answer = send(owner, lines(found) + b"no json\n", LINES)
    source = answer.json()["source"]
    assert (source["n_accepted"], source["n_rejected"]) == (2, 3)
    told = owner.get(answer.json()["rejects"].removeprefix(V1)).json()["items"]
    assert [each["source_row"] for each in told] == [3, 4, 5]
    assert "the line is no JSON object" in told[2]["sentence"]


def test_refused_rows_are_for_those_who_handle_such_values(owner, people, django_user_model):
    answer = send(owner, lines([*rows(1), {**rows()[0], "meter_id": "nobody"}]), LINES)
    path = answer.json()["rejects"].removeprefix(V1)
    viewer = Program(django_user_model.objects.create_user("viewer"))
    assert viewer.get(path).status_code == 403
    assert Program(people["first"]).get(path).status_code == 200
    away = {"delegator": people["first"], "delegate": viewer.user, "valid_from": "2020-01-01"}
    Delegation.objects.create(**away)  # as the page of the file has it: in person alone
    assert viewer.get(path).status_code == 403


def test_who_brings_rows_nowhere_takes_no_place(people, meters, home, tmp_path):
    answer = send(Program(people["first"]), lines(rows()), LINES)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:commonweal:problem:role")
    assert not (tmp_path / "api-spool").exists()


def test_nobody_brings_rows_about_the_meters_of_others(owner, people, nodes):
    other = send(owner, arrow([*rows(), *rows(1, "south-1")]), ARROW)
    assert other.status_code == 403
    assert "meter south-1 is not run by a node of yours" in other.json()["detail"]
    assert not Source.objects.exists()
    reviewer = send(Program(people["first"]), arrow(rows()), ARROW)
    assert reviewer.status_code == 403
    Grant.objects.create(
        user=people["first"], role="engineer", node=nodes["group"], valid_from="2020-01-01"
    )
    whole = send(Program(people["first"]), arrow([*rows(), *rows(1, "south-1")]), ARROW)
    assert whole.status_code == 201


def test_the_same_key_with_other_rows_is_refused(owner):
    key = {"Idempotency-Key": "night 1"}
    first = send(owner, arrow(rows()), ARROW, **key)
    again = send(owner, arrow(rows()), ARROW, **key)
    assert (again.status_code, again.content) == (201, first.content)
    assert again["Idempotency-Replayed"] == "true"
    other = send(owner, arrow(rows(5)), ARROW, **key)
    assert other.status_code == 422
    assert Source.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "form", "headers", "status", "sentence"),
    [
        (b"x", "application/json", {}, 415, "cannot be read from 'application/json'"),
        (b"x", LINES, {"Content-Encoding": "br"}, 415, "'br' cannot be read"),
        (b"", LINES, {}, 415, "cannot be read from"),  # Django's client leaves the type out
        (b"x", LINES, {"Content-Encoding": "gzip"}, 400, "is no gzip"),
        (gzip.compress(b"{}" * 99)[:-9], LINES, {"Content-Encoding": "gzip"}, 400, "cut short"),
        (arrow(rows())[:200], ARROW, {}, 422, "is not a whole Arrow stream"),
        (b"no json\n", LINES, {}, 422, "the first lines hold no object"),
        (lines([{"a": 1}]), LINES, {}, 422, "there is no column for meter_id"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_is_no_table_is_refused(  # noqa: PLR0917
    owner, content, form, headers, status, sentence
):
    answer = send(owner, content, form, **headers)
    assert answer.status_code == status, answer.content
    assert sentence in answer.json()["detail"]
    assert not Source.objects.exists()


def test_more_than_the_limit_is_refused_however_well_it_is_packed(owner, settings):
    settings.API_INGEST_LIMIT_BYTES = 1_000_000
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 100_000
    answer = send(owner, bomb, LINES, **{"Content-Encoding": "gzip"})
    assert answer.status_code == 413
    assert "more than 1 MB" in answer.json()["detail"]


def test_with_all_places_taken_a_request_is_told_to_come_again(owner, settings, tmp_path):
    settings.API_INGESTS_AT_ONCE = 1
    with place_taken(tmp_path / "api-spool", most=1):
        busy = send(owner, arrow(rows()), ARROW)
    assert (busy.status_code, busy["Retry-After"]) == (503, "5")
    assert send(owner, arrow(rows()), ARROW).status_code == 201
    assert [path for path in (tmp_path / "api-spool").rglob("*") if path.suffix != ".lock"] == [
        tmp_path / "api-spool" / "0"
    ]

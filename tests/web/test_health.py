"""What machines ask: life, readiness, counts; and the line that a request leaves."""

import json
import logging

import pytest
from django.db import OperationalError, connection
from django.db.backends.utils import CursorWrapper

from commonweal.settings.logs import JsonLines, request_id


def test_health_asks_nothing_of_the_database(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-store" in answer.headers["Cache-Control"] or "no-cache" in answer["Cache-Control"]


def test_ready_tells_each_check(client, db, lake_root):
    lake_root.mkdir()
    answer = client.get("/ready/")
    checks = answer.json()["checks"]
    assert answer.status_code == 200
    assert set(checks) == {"database", "migrations", "lake", "disk", "worker"}
    assert checks["worker"] in {"ok", "none"}


def test_without_its_database_the_site_is_not_ready_and_lives(client, db, monkeypatch):
    def broken(*_args, **_words):
        raise OperationalError("server closed the connection")

    with monkeypatch.context() as away:
        away.setattr(CursorWrapper, "execute", broken)
        answer = client.get("/ready/")
        alive = client.get("/health/")

    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "fail"
    assert "closed" not in answer.content.decode()
    assert alive.status_code == 200


def test_without_its_lake_the_site_is_not_ready(client, db, settings, tmp_path):
    settings.LAKE_ROOT = tmp_path / "gone" / "lake"
    assert client.get("/ready/").json()["checks"]["lake"] == "fail"


def test_metrics_count_requests_by_route_jobs_and_logs(client, db):
    client.get("/health/")

    text = client.get("/metrics").content.decode()

    assert 'commonweal_requests_total{method="GET",route="health",status="200"}' in text
    assert 'commonweal_request_seconds_bucket{le="0.2",route="health"}' in text
    for line in ('commonweal_jobs{state="queued"} 0.0', "commonweal_facts 0.0",
                 "commonweal_events 0.0", "commonweal_jobs_oldest_wait_seconds 0.0"):  # fmt: skip
        assert line in text


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"REMOTE_ADDR": "10.0.0.7"}, 401),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}, 401),
        ({"REMOTE_ADDR": "10.0.0.7", "HTTP_AUTHORIZATION": "Bearer s3cret-token"}, 200),
        ({"REMOTE_ADDR": "10.0.0.7", "HTTP_AUTHORIZATION": "Bearer other"}, 401),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_AUTHORIZATION": "Bearer other"}, 401),
    ],
)
def test_metrics_are_for_this_machine_or_the_bearer(client, db, settings, words, status):
    settings.METRICS_TOKEN = "s3cret-token"  # noqa: S105 - of this test
    assert client.get("/metrics", **words).status_code == status


def test_without_a_token_nobody_elsewhere_is_let_in(client, db, settings):
    settings.METRICS_TOKEN = ""
    words = {"REMOTE_ADDR": "10.0.0.7", "HTTP_AUTHORIZATION": "Bearer "}
    assert client.get("/metrics", **words).status_code == 401


def test_every_answer_has_a_number_and_a_line_without_address_or_query(client, db, caplog):
    with caplog.at_level(logging.INFO, "commonweal.requests"):
        answer = client.get("/health/?name=Li+Ming")

    [record] = [each for each in caplog.records if each.name == "commonweal.requests"]
    assert len(answer["X-Request-ID"]) == 16
    assert record.told["route"] == "health"
    assert "Li" not in JsonLines().format(record)


def test_a_number_from_outside_counts_only_behind_a_proxy_of_ours(client, db, settings):
    given = {"HTTP_X_REQUEST_ID": "from-the-proxy-1"}
    assert client.get("/health/", **given)["X-Request-ID"] != "from-the-proxy-1"
    settings.PROXIES = 1
    assert client.get("/health/", **given)["X-Request-ID"] == "from-the-proxy-1"
    odd = {"HTTP_X_REQUEST_ID": "x\r\ny <script>"}
    assert "script" not in client.get("/health/", **odd)["X-Request-ID"]


def test_a_line_of_an_exception_has_its_places_and_not_its_words():
    mark = request_id.set("0123456789abcdef")
    try:
        {}["Li Ming 13800138000"]
    except KeyError as fault:
        record = logging.LogRecord(
            "commonweal.x", logging.ERROR, "", 0, "it failed", (),
            (type(fault), fault, fault.__traceback__),
        )  # fmt: skip
    finally:
        text = JsonLines().format(record)
        request_id.reset(mark)

    line = json.loads(text)
    assert line["exception"] == "KeyError"
    assert line["places"][0].endswith("its_words")
    assert "13800138000" not in text


def test_unknown_methods_and_addresses_do_not_grow_the_counters(client, db):
    for number in range(5):
        client.get(f"/nowhere/{number}/")
        client.generic(f"ODD{number}", "/health/")
    text = client.get("/metrics").content.decode()
    assert "/nowhere/" not in text
    assert "ODD" not in text
    assert connection.vendor in {"sqlite", "postgresql"}

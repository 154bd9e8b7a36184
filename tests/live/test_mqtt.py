"""Live meters over a real broker, with the reader and the broker killed in between."""

import json
import os
import random
import signal
import time
import urllib.request

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.e2e.conftest import COMMONWEAL, done_in, free_port
from tests.live.conftest import N_METERS, counted, live

pytestmark = pytest.mark.broker

N_HOURS = 24 * 30
DEFINITION = """
kind = "mqtt"
each = "body.readings"
[broker]
host = "127.0.0.1"
port = {port}
topics = ["meters/+"]
{more}
[fields]
meter_id = "topic.2"
read_at = "row.at"
register = "row.register"
[batches]
n_rows = 2000
seconds = 0.5
"""


def define(home, broker, more=""):
    (home / "live" / "meters.toml").write_text(
        DEFINITION.format(port=broker.port, more=more), "utf-8"
    )


def publisher(broker):
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="publisher")
    client.max_inflight_messages_set(100)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    return client


def readings(meter, hours):
    return json.dumps(
        {
            "readings": [
                {
                    "at": f"2024-04-{1 + hour // 24:02d}T{hour % 24:02d}:00:00Z",
                    "register": 1000 * meter + hour,
                }
                for hour in hours
            ]
        }
    )


def until(met, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def session_made(home, broker):
    """Let the broker know the reader, so that it keeps what is published before it runs."""
    with live(home, "meters", "--for", "2") as reader:
        assert reader.wait(60) == 0, reader.stderr.read()


def test_a_month_of_readings_survives_a_reader_that_is_killed_again_and_again(home, broker):
    define(home, broker)
    session_made(home, broker)
    client = publisher(broker)
    sent = [
        client.publish(f"meters/M-{meter}", readings(meter, range(start, start + 6)), qos=1)
        for start in range(0, N_HOURS, 6)
        for meter in range(N_METERS)
    ]
    pick = random.Random(5)  # noqa: S311 - when to kill
    for _ in range(4):
        with live(home, "meters") as reader:
            time.sleep(1.5 + 2 * pick.random())
            os.kill(reader.pid, signal.SIGKILL)
            reader.wait()
    sent[-1].wait_for_publish(60)
    client.loop_stop()
    expected = N_METERS * N_HOURS
    spool = home / "live" / "meters.spool"
    port = free_port()
    with live(home, "meters", "--json", "--metrics-port", str(port)) as reader:
        until(lambda: _metric(port, "connected") == 1, "not connected")
        until(lambda: len(list(spool.glob("*.csv"))) == 0 and not _grows(spool), "still arriving")
        time.sleep(2)
        reader.send_signal(signal.SIGTERM)
        out, error = reader.communicate(timeout=60)
    assert reader.returncode == 0, error
    assert json.loads(out)["rejected_rows"] == 0
    n, keys, total, accepted, rejected = counted(home)
    assert (n, keys, rejected) == (expected, expected, 0)
    assert accepted == expected, "a repeated message was taken for a new one"
    hours = range(N_HOURS)
    assert total == sum(1000 * meter * N_HOURS + sum(hours) for meter in range(N_METERS))


def _grows(spool):
    before = [(p.name, p.stat().st_size) for p in spool.glob("*.part") if p.exists()]
    time.sleep(0.5)
    return before != [(p.name, p.stat().st_size) for p in spool.glob("*.part") if p.exists()]


def test_a_broker_that_goes_away_is_found_again_and_metrics_tell_of_it(home, broker):
    define(home, broker)
    port = free_port()
    with live(home, "meters", "--metrics-port", str(port)) as reader:
        until(lambda: _metric(port, "connected") == 1, "not connected")
        client = publisher(broker)
        client.publish("meters/M-1", readings(1, [0]), qos=1).wait_for_publish(20)
        until(lambda: _metric(port, "rows_total") == 1, "the first reading")
        client.loop_stop()
        broker.stop()
        until(lambda: _metric(port, "connected") == 0, "the loss is not noticed")
        broker.start()
        until(lambda: _metric(port, "connected") == 1, "not connected again")
        client = publisher(broker)
        client.publish("meters/M-1", readings(1, [1]), qos=1).wait_for_publish(20)
        client.publish("meters/M-1", "no reading", qos=1).wait_for_publish(20)
        client.loop_stop()
        until(lambda: _metric(port, "rejected_rows_total") == 1, "the unreadable message")
        until(lambda: _metric(port, "accepted_rows_total") == 2, "the second reading")
        assert _metric(port, "disconnects_total") >= 1
        reader.send_signal(signal.SIGTERM)
        assert reader.wait(60) == 0
    assert counted(home)[:2] == (2, 2)


def _metric(port, name):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as page:
            lines = page.read().decode().splitlines()
    except OSError:
        return None
    wanted = f'commonweal_live_{name}{{reader="meters"}} '
    return next(
        (float(line.removeprefix(wanted)) for line in lines if line.startswith(wanted)), None
    )


def test_when_too_much_waits_the_broker_keeps_the_rest(home, broker):
    define(home, broker)
    session_made(home, broker)
    path = home / "live" / "meters.toml"
    path.write_text(path.read_text("utf-8") + "spool_mb = 0.02\n", "utf-8")
    client = publisher(broker)
    sent = [client.publish("meters/M-3", readings(3, [hour]), qos=1) for hour in range(N_HOURS)]
    sent[-1].wait_for_publish(60)
    client.loop_stop()
    with live(home, "meters") as reader:
        spool, largest = home / "live" / "meters.spool", 0
        for _ in range(40):
            sizes = [
                p.stat().st_size
                for p in [*spool.glob("*.csv"), *spool.glob("*.part")]
                if p.exists()
            ]
            largest = max(largest, sum(sizes))
            time.sleep(0.1)
        until(lambda: not list(spool.glob("*.csv")) and not _grows(spool), "still arriving")
        time.sleep(1)
        reader.send_signal(signal.SIGTERM)
        assert reader.wait(60) == 0
    assert counted(home)[:2] == (N_HOURS, N_HOURS)
    assert largest < 400_000


def test_a_dry_run_shows_rows_and_takes_nothing(home, broker):
    define(home, broker)
    session_made(home, broker)
    client = publisher(broker)  # a retained message waits for whoever subscribes anew
    client.publish("meters/M-1", readings(1, [5]), qos=1, retain=True).wait_for_publish(20)
    client.loop_stop()
    asked = ("live", "check", "meters", "--for", "3", "--json")
    shown = json.loads(done_in(home, COMMONWEAL, *asked))["rows"]
    assert shown == [{"meter_id": "M-1", "read_at": "2024-04-01T05:00:00Z", "register": "1005"}]
    assert counted(home)[0] == 0
    with live(home, "meters", "--for", "3") as reader:
        assert reader.wait(60) == 0
    assert counted(home)[3] == 1, "the reader's own session still had it, once"


def test_a_refusal_for_good_is_one_sentence(home, broker, monkeypatch):
    define(home, broker, 'username = "lin"\npassword_env = "METERS_PASSWORD"')
    with live(home, "meters") as reader:
        _, error = reader.communicate(timeout=60)
    assert reader.returncode == 3
    assert "the password of lin at 127.0.0.1 is not set" in error


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ('kind = "serial"\n', "Input should be 'mqtt' or 'modbus'"),
        ("kind = \n", "is not TOML"),
        ('kind = "mqtt"\n', "needs [broker] and [fields]"),
        ('kind = "modbus"\n', "needs [[devices]]"),
    ],
)
def test_a_wrong_definition_is_one_sentence(home, change, sentence):
    (home / "live" / "meters.toml").write_text(change, "utf-8")
    with live(home, "meters") as reader:
        _, error = reader.communicate(timeout=60)
    assert reader.returncode == 3
    assert sentence in error

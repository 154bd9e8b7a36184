"""Live meters: a month of hourly readings over a real broker, the reader killed again and again.

Instance: meters × 30 days × 24 hours, a day of one meter in a message (QoS 1), published as fast as
the broker takes them. Contenders, on one machine with broker and publisher:

- ``ours``: ``commonweal live run``: every message on the disk before it is acknowledged, every row
  checked and in the lake; killed with SIGKILL every few seconds and started again. Rows lost and
  doubled are counted in the lake afterwards.
- ``ours-undisturbed``: the same, not killed.
- ``plain``: a subscriber that parses each message and appends its rows to a file, unsynced and
  unchecked, acknowledging at once: what a script would do, and the limit of broker and client.

``mosquitto`` must be installed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

N_DAYS, HOURS_A_DAY = 30, 24
KILLED_EVERY_S, IDLE_S = 8.0, 3.0
CONTENDERS = ("plain", "ours-undisturbed", "ours")
COMMONWEAL = "from commonweal.cli import main; main()"
DEFINITION = """
kind = "mqtt"
each = "body"
[broker]
host = "127.0.0.1"
port = {port}
topics = ["meters/+"]
receive_maximum = 20000
[fields]
meter_id = "topic.2"
read_at = "row.t"
register = "row.v"
[batches]
n_rows = 200000
seconds = 5
"""
METERS = """
import sys
import django; django.setup()
from commonweal.kernel.org.models import Meter, Site
site = Site.objects.create(code="S-1", kind="base_station", place="CN-GD")
Meter.objects.bulk_create([Meter(code=f"M-{n}", site=site, carrier="electricity", unit="kWh",
    max_rate_per_h=1e6) for n in range(int(sys.argv[1]))], batch_size=2000)
"""
COUNT = """
import django; django.setup()
from commonweal.lake.query import query
from commonweal.lake.views import read
sql = ("SELECT count(*) AS n, count(DISTINCT meter_id || ' ' || read_at) AS n_keys, "
    "coalesce(sum(register), 0) AS total FROM meter_readings")
row = query(sql, {"meter_readings": read("meter_readings", months=None, as_of=None)}).to_pylist()[0]
print(row["n"], row["n_keys"], int(row["total"]))
"""
PUBLISH = """
import json, sys
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
n_meters, port, n_days = map(int, sys.argv[1:])
client = mqtt.Client(CallbackAPIVersion.VERSION2)
client.max_inflight_messages_set(2000)
client.connect("127.0.0.1", port)
client.loop_start()
sent = None
for day in range(n_days):
    for meter in range(n_meters):
        rows = [
            {"t": f"2024-04-{day + 1:02d}T{hour:02d}:00:00Z", "v": day * 24 + hour}
            for hour in range(24)
        ]
        sent = client.publish(f"meters/M-{meter}", json.dumps(rows), qos=1)
        if meter % 10_000 == 9_999:  # the client can number 65,535 messages under way
            sent.wait_for_publish()
    sent.wait_for_publish()
client.loop_stop()
"""
PLAIN = """
import json, sys
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
port, n_rows, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
seen = 0
def heard(client, data, message):
    global seen
    rows = json.loads(message.payload)
    meter = message.topic.split("/")[1]
    out.write("".join(f"{meter},{row['t']},{row['v']}\\n" for row in rows))
    seen += len(rows)
    if seen >= n_rows:
        client.disconnect()
client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="plain", protocol=mqtt.MQTTv5)
client.on_message = heard
session = Properties(PacketTypes.CONNECT)
session.SessionExpiryInterval = 3600
session.ReceiveMaximum = 20000
client.on_connect = lambda c, *_: c.subscribe("meters/+", qos=1)
client.connect("127.0.0.1", port, clean_start=False, properties=session)
with open(path, "w") as out:
    client.loop_forever()
"""


def main() -> None:
    """Run every contender at every size and print rows a second, lost and doubled."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    sizes = lambda text: [int(part) for part in text.split(",")]  # noqa: E731
    parser.add_argument("--sizes", type=sizes, default=[100, 1_000, 10_000], help="meters")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results = [
        {"n_meters": n, "n_rows": n * N_DAYS * HOURS_A_DAY}
        | {name: _measured(name, n) for name in CONTENDERS}
        for n in options.sizes
    ]
    if options.json:
        print(json.dumps({"benchmark": "live", "results": results}, indent=2))
        return
    for result in results:
        plain = result["plain"]["rows_per_s"]
        for name in CONTENDERS:
            found = result[name]
            print(
                f"{result['n_meters']:>7,} meters {result['n_rows']:>10,} rows  {name:<17}"
                f"{found['seconds']:>7.1f} s {found['rows_per_s']:>9,.0f} rows/s"
                f"  ×{found['rows_per_s'] / plain:.2f}"
                f"  lost {found['n_lost']}, doubled {found['n_doubled']}, kills {found['n_kills']}"
            )


def _measured(name: str, n_meters: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="commonweal-live-") as folder, _broker(folder) as port:
        home = Path(folder) / "home"
        if name == "plain":
            return _plain(n_meters, port, Path(folder) / "rows.csv")
        _done(home, COMMONWEAL, "init")
        _done(home, METERS, str(n_meters))
        (home / "live").mkdir()
        (home / "live" / "meters.toml").write_text(DEFINITION.format(port=port), "utf-8")
        _done(home, COMMONWEAL, "live", "run", "meters", "--for", "2")  # the session is known
        return _ours(home, n_meters, port, every_s=KILLED_EVERY_S if name == "ours" else 1e9)


def _plain(n_meters: int, port: int, path: Path) -> dict[str, float]:
    n_rows = n_meters * N_DAYS * HOURS_A_DAY
    command = [sys.executable, "-c", PLAIN, str(port), str(n_rows), str(path)]
    reader = subprocess.Popen(command)  # noqa: S603 - ours
    time.sleep(1)
    started = time.monotonic()
    publisher = _publisher(n_meters, port)
    reader.wait()
    seconds = time.monotonic() - started
    publisher.wait()
    with path.open() as file:
        n_found = sum(1 for _ in file)
    return _result(seconds, n_rows, n_found, n_found, 0)


def _ours(home: Path, n_meters: int, port: int, *, every_s: float) -> dict[str, float]:
    n_rows = n_meters * N_DAYS * HOURS_A_DAY
    started = time.monotonic()
    publisher = _publisher(n_meters, port)
    n_kills, idle_s = 0, 0.0
    while not idle_s:
        metrics_port = _free_port()
        command = [sys.executable, "-c", COMMONWEAL, "live", "run", "meters"]
        reader = subprocess.Popen(  # noqa: S603 - ours
            [*command, "--metrics-port", str(metrics_port)],
            env=_environment(home),
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        until = time.monotonic() + (1e9 if publisher.poll() is not None else every_s)
        while time.monotonic() < until and not idle_s:
            idle_s = _idle_s(metrics_port) if publisher.poll() is not None else 0.0
            time.sleep(0.2)
        if idle_s:
            reader.send_signal(signal.SIGTERM)
        else:
            reader.kill()
            n_kills += 1
        reader.wait()
    seconds = time.monotonic() - started - idle_s
    n_found, n_keys, total = map(int, _done(home, COUNT).split())
    hours = N_DAYS * HOURS_A_DAY
    if n_keys == n_rows and total != n_meters * hours * (hours - 1) // 2:
        raise SystemExit("values differ")
    return _result(seconds, n_rows, n_found, n_keys, n_kills)


def _idle_s(metrics_port: int) -> float:
    """Return for how long nothing has arrived and nothing waited, once that is long; else 0."""
    before, since = None, time.monotonic()
    while time.monotonic() - since < IDLE_S:
        told = _told(metrics_port)
        if not told.get("connected") or told != (before := before or told) or told["waiting_bytes"]:
            return 0.0
        time.sleep(0.2)
    return time.monotonic() - since


def _told(metrics_port: int) -> dict[str, float]:
    names = ("connected", "rows_total", "waiting_bytes")
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{metrics_port}/metrics", timeout=5) as page:
            lines = page.read().decode().splitlines()
    except OSError:
        return {}
    starts = {name: f'commonweal_live_{name}{{reader="meters"}} ' for name in names}
    return {
        name: float(line.removeprefix(start))
        for name, start in starts.items()
        for line in lines
        if line.startswith(start)
    }


def _result(
    seconds: float, n_rows: int, n_found: int, n_keys: int, n_kills: int
) -> dict[str, float]:
    return {
        "seconds": round(seconds, 2),
        "rows_per_s": round(n_rows / seconds),
        "n_lost": n_rows - n_keys,
        "n_doubled": n_found - n_keys,
        "n_kills": n_kills,
    }


def _publisher(n_meters: int, port: int) -> subprocess.Popen[bytes]:
    arguments = [str(n_meters), str(port), str(N_DAYS)]
    return subprocess.Popen([sys.executable, "-c", PUBLISH, *arguments])  # noqa: S603 - ours


def _environment(home: Path) -> dict[str, str]:
    settings = {"COMMONWEAL_HOME": str(home), "DJANGO_SETTINGS_MODULE": "commonweal.settings"}
    return {**os.environ, **settings}


def _done(home: Path, code: str, *arguments: str) -> str:
    command = [sys.executable, "-c", code, *arguments]
    env = _environment(home)
    done = subprocess.run(  # noqa: S603 - ours
        command, env=env, capture_output=True, text=True, check=True
    )
    return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _broker(folder: str) -> Iterator[int]:
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    port = _free_port()
    config = Path(folder) / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n"
        "max_queued_messages 0\nmax_inflight_messages 0\n",
        "utf-8",
    )
    command = [program, "-c", str(config)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: S603 - ours
    try:
        for _ in range(100):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()

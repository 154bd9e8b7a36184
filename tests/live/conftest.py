"""A real broker, and a home with meters."""

import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.e2e.conftest import COMMONWEAL, done_in, free_port, python_in

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"  # Debian's place for servers
N_METERS = 40
HOME = """
import sys
import django; django.setup()
from commonweal.kernel.org.models import Meter, Site
Site.objects.create(code="S-1", kind="base_station", place="CN-GD")
site = Site.objects.get()
Meter.objects.bulk_create([Meter(code=f"M-{n}", site=site, carrier="electricity", unit="kWh",
    max_rate_per_h=1e6) for n in range(int(sys.argv[1]))])
"""
COUNT = """
import django; django.setup()
from commonweal.lake.query import query
from commonweal.lake.views import read
from commonweal.lake.models import Source
relation = read("meter_readings", months=None, as_of=None)
sql = ("SELECT count(*) AS n, count(DISTINCT meter_id || ' ' || read_at) AS keys, "
    "coalesce(sum(register), 0) AS total FROM meter_readings")
row = query(sql, {"meter_readings": relation}).to_pylist()[0]
print(row["n"], row["keys"], row["total"], sum(s.n_accepted for s in Source.objects.all()),
    sum(s.n_rejected for s in Source.objects.all()))
"""


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """A home folder with a register of meters M-0 …"""
    folder = tmp_path_factory.mktemp("live") / "home"
    done_in(folder, COMMONWEAL, "init")
    done_in(folder, HOME, str(N_METERS))
    (folder / "live").mkdir()
    return folder


@pytest.fixture
def home(prepared, tmp_path):
    """A copy of it for one test."""
    return Path(shutil.copytree(prepared, tmp_path / "home"))


def counted(home):
    """Rows in view, distinct keys, sum of registers, rows accepted and rejected."""
    n, keys, total, accepted, rejected = done_in(home, COUNT).split()
    return int(n), int(keys), float(total), int(accepted), int(rejected)


@contextmanager
def live(home, name, *options):
    """``commonweal live run`` as a process."""
    command, env = python_in(home, COMMONWEAL, "live", "run", name, *options)
    reader = subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield reader
    finally:
        if reader.poll() is None:
            reader.kill()
        reader.communicate()


@pytest.fixture
def broker(tmp_path):
    """Start and stop a mosquitto that keeps sessions on the disk; yields its port and a control."""
    port = free_port()
    config = tmp_path / "mosquitto.conf"
    (tmp_path / "kept").mkdir()
    user = f"user {os.environ.get('USER', 'root')}\n" if os.getuid() == 0 else ""
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
        f"persistence_location {tmp_path}/kept/\nmax_queued_messages 0\n"
        f"max_inflight_messages 0\n{user}",
        "utf-8",
    )
    started = Broker(config, port)
    started.start()
    yield started
    started.stop()


class Broker:
    """A mosquitto that a test may stop and start again."""

    def __init__(self, config, port):
        self.port, self._command, self._process = port, [MOSQUITTO, "-c", str(config)], None

    def start(self):
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            assert self._process.poll() is None, "mosquitto ended"
            time.sleep(0.05)
        pytest.fail("mosquitto does not answer")

    def stop(self):
        self._process.terminate()
        self._process.wait(20)

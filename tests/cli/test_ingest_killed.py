"""``commonweal ingest`` killed at any instant: all of the file is there, or nothing of it.

The real command reads a million rows and gets ``SIGKILL`` at several instants, the last of them
between the placing of its files and the manifest's commit. Then it runs once more, to its end.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import csv

N_METERS, N_HOURS = 500, 2_000  # three months
REGISTER = {
    "nodes": "code,parent,kind,place,valid_from,name_en\nG,,group,CN,2020-01-01,Group\n",
    "sites": "code,node,kind,valid_from,place\nS-1,G,macro,2020-01-01,CN\n",
    "meters": "code,site,carrier,unit,max_rate_per_h\n"
    + "".join(f"M-{number},S-1,electricity,kWh,9\n" for number in range(N_METERS)),
}


def command(home, *words):
    """Start the program in a home folder."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COMMONWEAL_")}
    environment |= {
        "COMMONWEAL_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "commonweal.settings",
    }
    program = [sys.executable, "-c", "from commonweal.cli.main import main; main()"]
    return subprocess.Popen([*program, *words], env=environment, stdout=subprocess.DEVNULL)


def seen(home):
    """What another program sees: rows of sources, hashes of segments, keys of events."""
    with sqlite3.connect(home / "commonweal.sqlite3") as register:
        asked = (
            "SELECT fingerprint, n_accepted, n_rejected FROM lake_source",
            "SELECT month, sha256, n_rows FROM lake_segment ORDER BY month",
            "SELECT record_key FROM records_event WHERE record_type = 'lake.source'",
        )
        found = [register.execute(sql).fetchall() for sql in asked]
    register.close()
    return found


@pytest.fixture
def homes(tmp_path):
    """Two homes that hold the same register of meters."""
    for table, rows in REGISTER.items():
        (tmp_path / f"{table}.csv").write_text(rows, "utf-8")
    first, second = tmp_path / "first", tmp_path / "second"
    assert command(first, "init").wait() == 0
    tables = [str(tmp_path / f"{table}.csv") for table in REGISTER]
    assert command(first, "org", "import", *tables).wait() == 0
    shutil.copytree(first, second)
    return first, second


@pytest.fixture
def readings(tmp_path):
    """A million readings in the order of time, as a head end exports them."""
    start = datetime(2024, 1, 1)  # noqa: DTZ001 - the zone is written behind it
    hours = [f"{start + timedelta(hours=hour):%Y-%m-%dT%H:%M:%S}Z" for hour in range(N_HOURS)]
    codes = [f"M-{number}" for number in range(N_METERS)]
    rows = {
        "meter_id": pa.array(codes * N_HOURS),
        "read_at": pa.array(hours).take(
            pa.array([i // N_METERS for i in range(N_METERS * N_HOURS)])
        ),
        "register": pa.array(range(N_METERS * N_HOURS), pa.float64()),
    }
    path = tmp_path / "readings.csv"
    csv.write_csv(pa.table(rows), path, csv.WriteOptions(quoting_style="none"))
    return path


def run_until(home, readings, is_time):
    """Run the command until it is time to kill it, or it is done."""
    process = command(home, "ingest", "meter_readings", str(readings))
    started = time.monotonic()
    while process.poll() is None and not is_time(time.monotonic() - started):
        time.sleep(0.001)
    process.kill()
    process.wait()


def test_a_killed_ingest_leaves_nothing_half_visible_and_runs_again(homes, readings):
    clean, home = homes
    started = time.monotonic()
    assert command(clean, "ingest", "meter_readings", str(readings)).wait() == 0
    took_s = time.monotonic() - started
    whole = sources, segments, events = seen(clean)
    assert [row[1:] for row in sources] == [(N_METERS * N_HOURS, 0)]
    assert sum(n_rows for _, _, n_rows in segments) == N_METERS * N_HOURS
    assert events == [(sources[0][0],)]

    def is_placed(_elapsed_s):
        return any((home / "lake" / "meter_readings").glob("*/*.parquet"))

    instants = [lambda elapsed_s, part=part: elapsed_s > part * took_s for part in (0.3, 0.6, 0.8)]
    for is_time in (*instants, is_placed):
        run_until(home, readings, is_time)
        assert seen(home) in ([[], [], []], [*whole])
    for _ in range(2):
        assert command(home, "ingest", "meter_readings", str(readings)).wait() == 0
        assert seen(home) == [*whole]
    listed = {f"{sha256}.parquet" for _, sha256, _ in segments}
    assert {
        path.name for path in Path(home / "lake" / "meter_readings").rglob("*.parquet")
    } == listed

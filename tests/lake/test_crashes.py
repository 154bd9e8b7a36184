"""Processes killed at any instant lose nothing that was committed and show nothing half-done.

The processes are real, and so is their death: ``SIGKILL`` at a random moment, several rounds over
the same lake. Then everything acknowledged is there, whole, and the sweeper finds the rest.
"""

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).resolve().parents[2]
ROWS = 900  # a month and a few days: every commit has two files


@pytest.fixture
def home(tmp_path):
    """A home of its own with the lake's tables."""
    home = tmp_path / "home"
    home.mkdir()
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--verbosity", "0"],
        env=environment(home),
        cwd=ROOT,
        check=True,
    )
    return home


def environment(home):
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    return os.environ | {
        "COMMONWEAL_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "tests.lake.process_settings",
        "PYTHONPATH": paths,
    }


@pytest.fixture
def launcher(home):
    """Forks writers; see ``ingest_process``."""
    command = [sys.executable, "-m", "tests.lake.ingest_process"]
    with subprocess.Popen(
        command,
        env=environment(home),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.stdin.close()


def start(launcher, name, meter):
    launcher.stdin.write(f"{name} {meter} {ROWS}\n")
    launcher.stdin.flush()
    return int(launcher.stdout.readline())


def acknowledged_by(home, pid):
    found = list(home.glob(f"*.{pid}.acknowledged"))
    return found[0].read_text().split() if found else []


def wait_until_at_work(home, pids, n_commits=1):
    deadline = time.monotonic() + 60
    while any(len(acknowledged_by(home, pid)) < n_commits for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def kill(pids):
    dying = [psutil.Process(pid) for pid in pids]
    for process in dying:
        process.kill()
    psutil.wait_procs(dying, timeout=20)


def manifest(home):
    """The manifest as another program sees it: (source name, rows said, path, rows, known at)."""
    with sqlite3.connect(home / "commonweal.sqlite3") as register:
        listed = register.execute(
            "SELECT s.name, s.n_accepted, g.path, g.n_rows FROM lake_segment g"
            " JOIN lake_source s ON s.id = g.source_id"
        ).fetchall()
    register.close()
    return listed


def check_whole(home, acknowledged, read_before=()):
    """Everything acknowledged is listed; everything listed is whole."""
    listed = manifest(home)
    sources = Counter()
    for name, _, path, n_rows in listed:
        if path not in read_before:
            rows = pq.read_table(home / "lake" / path)  # fails on a torn file
            assert rows.num_rows == n_rows
        sources[name] += n_rows
    assert acknowledged <= set(sources)
    assert set(sources.values()) <= {ROWS}  # no source is half there
    assert all(said == ROWS for _, said, _, _ in listed)
    return sources


def test_writers_killed_at_random_lose_nothing_and_show_nothing_half_done(home, launcher):
    chance = random.Random(7)  # noqa: S311 - only the instants of death
    acknowledged, read_before, n_rounds = set(), set(), 5
    for number in range(n_rounds):
        pids = [start(launcher, f"r{number}{side}", number * 2 + side) for side in (0, 1)]
        wait_until_at_work(home, pids)
        time.sleep(chance.random() * 0.15)
        kill(pids)
        acknowledged |= {name for pid in pids for name in acknowledged_by(home, pid)}
        sources = check_whole(home, acknowledged, read_before)
        read_before = {path for _, _, path, _ in manifest(home)}
    assert len(acknowledged) >= 2 * n_rounds
    # At most the commit that was under way in each process may be there unacknowledged.
    assert len(sources) <= len(acknowledged) + 2 * n_rounds
    check_sweep(home, {path for _, _, path, _ in manifest(home)})


def check_sweep(home, listed):
    """The sweeper takes what is unlisted and old, and nothing else."""
    lake = home / "lake"
    orphan = lake / "meter_readings" / "2024-01" / ("0" * 64 + ".parquet")
    orphan.write_bytes(b"left by a killed process")
    unfinished = lake / "tmp" / "abc"
    unfinished.mkdir()
    (unfinished / "part.arrow").write_bytes(b"spilled")
    assert sweep(home, grace_hours=1) == []  # all of it is younger
    gone = sweep(home, grace_hours=0)
    assert {str(orphan), str(unfinished)} <= set(gone)
    left = {str(path.relative_to(lake)) for path in lake.rglob("*.parquet")}
    assert left == listed
    assert list((lake / "tmp").iterdir()) == []


def sweep(home, *, grace_hours):
    code = (
        "import django; django.setup()\n"
        "from datetime import datetime, timedelta, UTC\n"
        "from commonweal.lake.verify import sweep\n"
        f"found = sweep(now=datetime.now(UTC), grace=timedelta(hours={grace_hours}))\n"
        "print(*(each.path for each in found), sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(home),
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.split()


def test_two_writers_of_the_same_source_enter_it_once(home, launcher):
    pids = [start(launcher, "same", 1) for _ in range(2)]
    wait_until_at_work(home, pids, n_commits=5)
    kill(pids)
    sources = check_whole(home, {f"same-{number}" for number in range(5)})
    assert set(sources.values()) == {ROWS}

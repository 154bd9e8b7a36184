"""Real workers, real deaths: a job is finished once, whoever dies over it."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ASK = (
    "import django; django.setup()\n"
    "from datetime import UTC, datetime\n"
    "from commonweal.kernel.accounts.scopes import owner_scope\n"
    "from commonweal.kernel.jobs.kinds import job_kind\n"
    "from commonweal.kernel.jobs.services import job_enqueue\n"
    "job_kind('slow', for_everyone=True)(print); job_kind('noop', for_everyone=True)(print)\n"
    "for n in range({n}):\n"
    "    job_enqueue('{kind}', arguments={{'steps': {steps}, 'n': n}},\n"
    "                scope=owner_scope('cli:test'), now=datetime.now(UTC))\n"
)


def environment(home, database=""):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("COMMONWEAL_")}
    more = {"COMMONWEAL_DATABASE": database} if database else {}
    return kept | more | {
        "COMMONWEAL_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "tests.kernel.jobs.process_settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
    }  # fmt: skip


def python(home, *arguments, database=""):
    return subprocess.Popen(
        [sys.executable, *arguments],
        env=environment(home, database),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def worker(home, how="once", database=""):
    return python(home, "-m", "tests.kernel.jobs.process", how, database=database)


def ask(home, kind, n, steps=0, database=""):
    with python(home, "-c", ASK.format(kind=kind, n=n, steps=steps), database=database) as asking:
        assert asking.wait() == 0


def rows(home, sql):
    with closing(sqlite3.connect(home / "commonweal.sqlite3", timeout=30)) as register:
        return register.execute(sql).fetchall()


def wait_for(home, sql, expected, seconds=40):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if rows(home, sql) == expected:
            return
        time.sleep(0.1)
    pytest.fail(f"{sql}: {rows(home, sql)} is not {expected}")


@pytest.fixture
def home(tmp_path):
    with python(tmp_path, "-m", "django", "migrate", "--verbosity", "0") as migrating:
        assert migrating.wait() == 0
    return tmp_path


EFFECTS = "SELECT count(*) FROM records_event WHERE record_type = 'tests.effect'"
STATES = "SELECT state, attempts FROM jobs_job"


def test_a_killed_workers_job_is_finished_by_another_once(home):
    ask(home, "slow", 1, steps=20)
    with worker(home) as first:
        wait_for(home, "SELECT state, n_done > 3 FROM jobs_job", [("running", 1)])
        first.kill()
    assert rows(home, STATES) == [("running", 1)]

    with worker(home) as second:
        assert second.wait(30) == 0

    assert rows(home, STATES) == [("done", 2)]
    assert rows(home, EFFECTS) == [(1,)]
    assert len((home / "begun").read_text().splitlines()) == 2


def test_a_worker_that_stalled_and_comes_back_changes_nothing(home):
    """A process that is stopped keeps its lock, so that only its beats tell."""
    ask(home, "slow", 1, steps=15)
    with worker(home) as stalled:
        wait_for(home, "SELECT state, n_done > 3 FROM jobs_job", [("running", 1)])
        stalled.send_signal(signal.SIGSTOP)
        with worker(home, "on") as other:
            wait_for(home, STATES, [("done", 2)])
            stalled.send_signal(signal.SIGCONT)
            assert stalled.wait(30) == 0
            other.kill()

    assert rows(home, STATES) == [("done", 2)]
    assert rows(home, EFFECTS) == [(1,)]


def test_two_workers_never_run_the_same_job_twice(home):
    ask(home, "noop", 60)
    with worker(home) as one, worker(home) as two:
        assert (one.wait(60), two.wait(60)) == (0, 0)

    assert rows(home, "SELECT DISTINCT state, attempts FROM jobs_job") == [("done", 1)]
    per_job = "SELECT count(*) FROM records_event WHERE record_type = 'tests.effect'"
    assert rows(home, f"{per_job} GROUP BY record_key") == [(1,)] * 60

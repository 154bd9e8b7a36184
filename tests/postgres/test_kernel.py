"""What holds on SQLite holds on PostgreSQL: the same tests, another database."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.kernel.facts.writers import write_at_once

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.postgres


def run_on(postgres_url, *arguments):
    """Run some of our own tests in a process that has this database."""
    ours = ["-p", "no:cacheprovider", "-p", "no:xdist", "--create-db", "--reuse-db"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *ours, *arguments],
        cwd=ROOT,
        env={**os.environ, "COMMONWEAL_DATABASE": postgres_url},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert " passed" in done.stdout


def test_the_tests_of_the_kernels_memory_pass_on_postgresql(postgres_url):
    tests = [f"tests/kernel/{name}" for name in ("records", "facts", "targets")]
    once = ["--ignore=tests/kernel/records/test_canonical.py", "--deselect"]
    writers = "tests/kernel/facts/test_writers.py::test_writers_at_once_leave_one_log"
    run_on(postgres_url, *tests, *once, writers)
    server, _, name = postgres_url.rpartition("/")
    with psycopg.connect(f"{server}/test_{name}") as connection:  # kept by --reuse-db
        n_triggers = connection.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'facts_%_keep_%'"
        ).fetchone()
    assert n_triggers == (9,)


def test_records_and_the_ledger_hold_on_postgresql(postgres_url):
    records = ("acting", "permissions", "noting", "one_record", "queue", "counting", "asof")
    ledger = ("posting", "model", "tracing")
    run_on(
        postgres_url,
        *(f"tests/kernel/programmes/test_{name}.py" for name in records),
        *(f"tests/kernel/ledger/test_{name}.py" for name in ledger),
    )


def test_registers_read_as_columns_are_the_same_on_postgresql(postgres_url):
    run_on(postgres_url, *(f"tests/kernel/org/test_{name}.py" for name in ("columns", "selectors")))


def test_writers_at_once_leave_one_log_on_postgresql(postgres_url, tmp_path):
    report = write_at_once(tmp_path, database=postgres_url)

    assert report == {"holds": True, "n_facts": 120, "n_events": 60, "faults": []}

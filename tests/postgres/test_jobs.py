"""Jobs on PostgreSQL: the same tests, and two real workers at one queue."""

import psycopg
import pytest

from tests.kernel.jobs.test_processes import ask, python, worker
from tests.postgres.test_kernel import run_on

pytestmark = pytest.mark.postgres


def test_the_tests_of_jobs_pass_on_postgresql(postgres_url):
    names = ("services", "running", "schedules")
    run_on(postgres_url, *(f"tests/kernel/jobs/test_{name}.py" for name in names))


def test_two_workers_on_postgresql_never_run_the_same_job_twice(postgres_url, tmp_path):
    words = ("-m", "django", "migrate", "--verbosity", "0")
    with python(tmp_path, *words, database=postgres_url) as migrating:
        assert migrating.wait() == 0
    ask(tmp_path, "noop", 200, database=postgres_url)

    both = [worker(tmp_path, database=postgres_url) for _ in range(2)]
    ended = [int(each.communicate(timeout=90)[0]) for each in both]

    assert sum(ended) == 200
    with psycopg.connect(postgres_url) as register:
        states = register.execute("SELECT DISTINCT state, attempts FROM jobs_job").fetchall()
        effects = register.execute(
            "SELECT record_key, count(*) FROM records_event"
            " WHERE record_type = 'tests.effect' GROUP BY record_key"
        ).fetchall()
    assert states == [("done", 1)]
    assert {n for _, n in effects} == {1}
    assert len(effects) == 200

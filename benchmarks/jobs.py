"""Jobs: no-op jobs a second, asked for and run, on one machine.

Instance: 1,000 jobs that do nothing, by one worker's process and by two. Every commit is on the
disk (SQLite ``synchronous=FULL``). Contenders, each on a database of its own:

- ``ours``: lease, fencing, beats, and two events of each job in the hash-chained log.
- ``huey``: SqliteHuey with its own settings, where it is installed; it takes a task off its queue
  before it runs, so what a killed worker held is lost, and it keeps no log.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = "tests.kernel.jobs.process_settings"
ASK = """
import django; django.setup()
import time
from datetime import UTC, datetime
from commonweal.kernel.accounts.scopes import owner_scope
from commonweal.kernel.jobs.kinds import job_kind
from commonweal.kernel.jobs.services import job_enqueue
job_kind("noop", for_everyone=True)(print)
began = time.perf_counter()
for n in range({n}):
    job_enqueue("noop", arguments={{"n": n}}, scope=owner_scope("cli:bench"), now=datetime.now(UTC))
print({n} / (time.perf_counter() - began))
"""
WORK = """
import django; django.setup()
import time
from datetime import UTC, datetime
from pathlib import Path
from django.conf import settings
from commonweal.kernel.jobs.kinds import job_kind
from commonweal.kernel.jobs.worker import Worker
job_kind("noop", for_everyone=True)(lambda run: None)
began = time.perf_counter()
n = Worker(Path(settings.HOME) / "workers", lambda: datetime.now(UTC)).run(until_empty=True)
print(n / (time.perf_counter() - began))
"""
HUEY = """
import sys, time
from huey import SqliteHuey
from huey.consumer import Consumer
huey = SqliteHuey(filename=sys.argv[1] + "/huey.db", fsync=True)
noop = huey.task()(lambda: None)
began = time.perf_counter()
for _ in range({n}):
    noop()
asked = {n} / (time.perf_counter() - began)
consumer = Consumer(huey, workers={workers}, worker_type="thread", periodic=False)
began = time.perf_counter()
consumer.start()
while huey.pending_count():
    time.sleep(0.005)
ran = {n} / (time.perf_counter() - began)
consumer.stop()
print(asked, ran)
"""


def main() -> None:
    """Measure every contender with one and two workers and print rates."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=1_000, help="how many jobs")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    results = [
        {"contender": name, "workers": workers, "jobs": options.jobs} | rates
        for name, measure in (("ours", _ours), ("huey", _huey))
        for workers in (1, 2)
        if (rates := measure(options.jobs, workers))
    ]
    if options.json:
        print(json.dumps({"benchmark": "jobs", "results": results}, indent=2))
        return
    for each in results:
        print(
            f"{each['contender']:<6} {each['workers']} worker(s)"
            f"  asked {each['asked_per_s']:>7,.0f}/s  run {each['run_per_s']:>7,.0f}/s"
        )


def _ours(n_jobs: int, workers: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as home:
        _run(home, "-m", "django", "migrate", "--verbosity", "0")
        asked_per_s = float(_run(home, "-c", ASK.format(n=n_jobs)))
        began_s = time.perf_counter()
        processes = [_start(home, "-c", WORK) for _ in range(workers)]
        for process in processes:
            process.communicate()
        took_s = time.perf_counter() - began_s  # with the start of the processes
    return {"asked_per_s": asked_per_s, "run_per_s": n_jobs / took_s}


def _huey(n_jobs: int, workers: int) -> dict[str, float]:
    try:
        import huey  # noqa: F401
    except ImportError:
        return {}
    with tempfile.TemporaryDirectory() as home:
        words = _run(home, "-c", HUEY.format(n=n_jobs, workers=workers), home).split()
    return {"asked_per_s": float(words[0]), "run_per_s": float(words[1])}


def _start(home: str, *words: str) -> subprocess.Popen[str]:
    environment = os.environ | {
        "COMMONWEAL_HOME": home,
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
    }
    return subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    )


def _run(home: str, *words: str) -> str:
    said, _ = _start(home, *words).communicate()
    return said


if __name__ == "__main__":
    main()

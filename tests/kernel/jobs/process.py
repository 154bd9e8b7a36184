"""A worker's process with kinds that only tests have; killed by them.

``python -m tests.kernel.jobs.process WORKER-NAME`` works until nothing waits. Kind ``slow`` takes
its time and then writes one event under its lease; kind ``noop`` does nothing.
"""

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import django


def main():
    django.setup()
    from django.conf import settings  # noqa: PLC0415 - after set-up

    from commonweal.kernel.jobs.kinds import job_kind  # noqa: PLC0415
    from commonweal.kernel.jobs.worker import Worker  # noqa: PLC0415

    @job_kind("slow", for_everyone=True)
    def slow(run):
        with (settings.HOME / "begun").open("a") as file:
            print(run.job.pk, os.getpid(), file=file, flush=True)
        for number in range(int(run.arguments["steps"])):
            time.sleep(0.1)
            run.progress(number + 1, int(run.arguments["steps"]))
        with run.fenced():
            run.tell("tests.effect", "done", by=os.getpid())

    @job_kind("noop", for_everyone=True)
    def noop(run):
        with run.fenced():
            run.tell("tests.effect", "done", by=os.getpid())

    worker = Worker(
        Path(settings.HOME) / "workers", lambda: datetime.now(UTC), lease_s=3.0, beat_s=0.3
    )
    print(worker.run(until_empty=sys.argv[1] == "once"), flush=True)  # noqa: T201 - its answer


if __name__ == "__main__":
    main()

"""Starts processes that commit sources until they are killed.

For each line ``NAME METER ROWS`` on its input a process is forked (so that the tests need not wait
for imports), whose number is printed. It commits source after source, noting each that is committed
in ``NAME.acknowledged`` in the home folder; every second source corrects the one before.
"""

import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from itertools import count

import django
import pyarrow as pa
from django.db import connection


def commit_forever(name, meter, n_rows):
    from django.conf import settings  # noqa: PLC0415 - after set-up

    from commonweal.domains.carbon.schemas import METER_READINGS  # noqa: PLC0415
    from commonweal.lake.segments import SegmentWriter  # noqa: PLC0415
    from tests.lake.conftest import source_info  # noqa: PLC0415

    acknowledged = (settings.HOME / f"{name}.{os.getpid()}.acknowledged").open("a")
    start = datetime(2024, 1, 1)  # noqa: DTZ001 - UTC without a zone, as stored
    for number in count():
        known_at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
        hours = range(n_rows * (number // 2), n_rows * (number // 2 + 1))
        rows = pa.table(
            {
                "meter_id": pa.array([meter] * n_rows, pa.int32()),
                "read_at": pa.array([start + timedelta(hours=hour) for hour in hours]),
                "register": pa.array([float(number)] * n_rows),
                "source_row": pa.array(range(n_rows), pa.int64()),
            }
        )
        with SegmentWriter(METER_READINGS, source_info(f"{name}-{number}"), now=known_at) as writer:
            writer.add(rows)
            writer.commit()
        print(f"{name}-{number}", file=acknowledged, flush=True)


def main():
    django.setup()
    import tests.lake.conftest  # noqa: F401, PLC0415 - imported once, for all children
    from commonweal.lake.segments import source_find  # noqa: PLC0415

    source_find("")  # loads what the first query needs
    connection.close()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    for line in sys.stdin:
        name, meter, n_rows = line.split()
        child = os.fork()
        if child == 0:
            commit_forever(name, int(meter), int(n_rows))
        print(child, flush=True)  # noqa: T201 - that is its answer


if __name__ == "__main__":
    main()

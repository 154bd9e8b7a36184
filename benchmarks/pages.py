"""Two hundred people on the site at once: PostgreSQL, ten million facts, two cores for everything.

A demo operator is built in a database of its own; its facts are then multiplied under codes of
other organisations, so that tables and indexes have a nation's size (the log of those copies proves
nothing and is not asked to). Server, database and readers share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from benchmarks._users import Seen, users_run

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = [
    "/",
    "/nodes/GD/",
    "/my-work/",
    "/programmes/donations/",
    "/programmes/payments/invoice/",
    "/indicators/energy_use/",
    "/report/energy_carbon/",
    "/data/",
    "/findings/",
    "/search/?q=energy",
]
READERS = ["demo", "lin", "wang", "zhao", "chen"]
STEPS = (
    ("init",),
    ("demo", "build", "--sites", "60"),
    ("compute", "2023", "2024"),
    ("compute", "2023", "2024", "--by", "month", "--nodes", "group,province"),
)
COPIES = """
INSERT INTO facts_fact ({columns})
SELECT {values} FROM facts_fact AS f, generate_series(1, {n}) AS copy
WHERE f.leaf_index < {below}
"""


def main() -> None:
    """Print what was measured as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=float, default=10e6, help="how many, at least")
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--think", type=float, default=5, help="seconds between pages, on average")
    parser.add_argument("--json", action="store_true", help="as always")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder, database() as url:
        os.environ |= {"COMMONWEAL_HOME": folder, "COMMONWEAL_DATABASE": url}
        for command in STEPS:
            run = [sys.executable, "-m", "commonweal", *command]
            subprocess.run(run, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
        n_facts = multiplied(url, int(asked.facts))
        with served() as address:
            asyncio.run(read(address, asked, 5, 1))  # every page once or so: caches are warm
            seen = asyncio.run(read(address, asked, asked.seconds, asked.users))
    print(
        json.dumps({"facts": n_facts, "users": asked.users, **told(seen, asked.seconds)}, indent=2)
    )


def read(address: tuple[str, int], asked: Any, seconds: float, n_users: int) -> Any:  # noqa: ANN401 - of argparse
    """Let people read."""
    think_s = asked.think if n_users > 1 else 0
    return users_run(
        address, PAGES, n_users=n_users, seconds=seconds, think_s=think_s, names=READERS
    )


def told(seen: Seen, seconds: float) -> dict[str, Any]:
    """Return latencies by page in milliseconds."""
    everything = sorted(took for each in seen.seconds.values() for took in each)
    return {
        "pages_a_second": round(len(everything) / seconds, 1),
        "p50_ms": quantile(everything, 0.5),
        "p95_ms": quantile(everything, 0.95),
        "p99_ms": quantile(everything, 0.99),
        "errors": seen.faults,
        "p95_ms_by_page": {
            page: quantile(sorted(each), 0.95) for page, each in sorted(seen.seconds.items())
        },
    }


def quantile(values: list[float], share: float) -> float:
    """Return a quantile in milliseconds."""
    return round(values[min(int(share * len(values)), len(values) - 1)] * 1000, 1)


def multiplied(url: str, wanted: int) -> int:
    """Copy the facts of below the group under other codes until there are so many."""
    import psycopg

    with psycopg.connect(url) as connection:
        (n_facts,) = connection.execute("SELECT count(*) FROM facts_fact").fetchone() or (0,)
        named = connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'facts_fact' "
            "AND column_name <> 'id' ORDER BY ordinal_position"
        ).fetchall()
        columns = [name for (name,) in named]
        values = {name: f"f.{name}" for name in columns}
        values["leaf_index"] = f"f.leaf_index + copy * {n_facts}"
        values["node"] = "f.node || '-copy-' || copy"
        values["supersedes_id"] = "NULL"
        connection.execute(
            COPIES.format(  # names of columns are the database's own
                columns=", ".join(columns),
                values=", ".join(values.values()),
                n=-(-(wanted - n_facts) // n_facts),
                below=n_facts,
            )
        )
        connection.execute("ANALYZE")
        (n_facts,) = connection.execute("SELECT count(*) FROM facts_fact").fetchone() or (0,)
    return int(n_facts)


@contextmanager
def served() -> Iterator[tuple[str, int]]:
    """Serve the site with a process for each core."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "commonweal", "serve", "--port", str(port), "--workers", "2"]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: S603 - our own
    try:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            with suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=5).close()
                break
            time.sleep(0.5)
        yield "127.0.0.1", port
    finally:
        server.terminate()
        server.wait(30)


@contextmanager
def database() -> Iterator[str]:
    """Start a PostgreSQL of its own, synced as in production."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parent.name)
    )
    if not found:
        raise SystemExit("needs PostgreSQL: apt-get install postgresql")
    owner: dict[str, Any] = (
        {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    )
    with TemporaryDirectory(prefix="cw-pg-") as folder:
        if owner:
            shutil.chown(folder, "postgres", "postgres")

        def run(program: str, *arguments: str) -> None:
            line = [str(found[-1] / program), "-D", f"{folder}/data", *arguments]
            subprocess.run(line, check=True, cwd=folder, stdout=subprocess.DEVNULL, **owner)  # noqa: S603 - Debian's

        run("initdb", "-U", "commonweal", "--auth=trust", "-E", "UTF8", "--locale=C")
        options = f"-k {folder} -c listen_addresses='' -c shared_buffers=1GB -c max_wal_size=4GB"
        run("pg_ctl", "start", "-w", "-l", f"{folder}/log", "-o", options)
        try:
            yield f"postgresql://commonweal@{quote(folder, safe='')}/postgres"
        finally:
            run("pg_ctl", "stop", "-m", "fast")


if __name__ == "__main__":
    main()

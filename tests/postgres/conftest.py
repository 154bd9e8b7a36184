"""A real PostgreSQL server in a temporary folder, for this test run alone."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

import pytest

_OWNER = "postgres"  # the server refuses to run as root


def _binaries():
    """The folder of the newest installed server, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    on_path = shutil.which("initdb")
    candidates = [*found, *([Path(on_path).resolve()] if on_path else [])]
    return candidates[-1].parent if candidates else None


@pytest.fixture(scope="session")
def postgres_server():
    """The address of a server without a database name: ``postgresql://owner@socket``."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server is installed")
    root = os.geteuid() == 0
    as_owner = {"user": _OWNER, "group": _OWNER, "extra_groups": []} if root else {}
    folder = Path(tempfile.mkdtemp(prefix="cw-pg-"))  # short: a socket's path has 107 bytes at most
    try:
        if root:
            shutil.chown(folder, _OWNER, _OWNER)
    except LookupError:
        shutil.rmtree(folder)
        pytest.skip(f"PostgreSQL refuses to run as root and there is no user {_OWNER}")
    data = folder / "data"

    def run(program, *arguments):
        line = [binaries / program, "-D", data, *arguments]
        log = folder / "said"
        with log.open("wb") as said:
            done = subprocess.run(
                line, check=False, cwd=folder, timeout=60, stdout=said, stderr=said, **as_owner
            )
        assert done.returncode == 0, log.read_text("utf-8")

    run("initdb", "-U", "commonweal", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C")
    run("pg_ctl", "start", "-w", "-o", f"-k {folder} -c listen_addresses='' -c fsync=off")
    try:
        yield f"postgresql://commonweal@{quote(str(folder), safe='')}"
    finally:
        run("pg_ctl", "stop", "-m", "immediate")
        shutil.rmtree(folder)


@pytest.fixture
def postgres_url(postgres_server, request):
    """The address of an empty database of the test's own."""
    import psycopg  # noqa: PLC0415 - only where there is a server

    name = f"t{abs(hash(request.node.nodeid))}"
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{postgres_server}/{name}"

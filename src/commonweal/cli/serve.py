"""``commonweal serve``: the site on this machine."""

from __future__ import annotations

import os
import socket
import tempfile
from typing import Annotated

import typer

from commonweal.cli.common import AsJson, plain_errors, print_json, register_check, stderr
from commonweal.errors import StateError

TOP_LEVEL = True
app = typer.Typer()


@app.command()
def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Work on jobs beside the site.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Serve the site, with a worker for jobs beside it, until it is interrupted.

    Example: commonweal serve --port 8000
    """
    from django.db import connection  # noqa: PLC0415 - --help stays quick
    from granian import Granian  # noqa: PLC0415
    from granian.constants import Interfaces  # noqa: PLC0415
    from granian.log import LogLevels  # noqa: PLC0415

    from commonweal.cli.jobs_worker import Beside  # noqa: PLC0415

    with plain_errors():
        _port_check(host, port)
        register_check()
        connection.close()  # workers are forked: none may inherit an open connection
        _static_collect()
        address = f"http://{host}:{port}/"
        login = _demo_login()
    if as_json:
        print_json({"address": address, "workers": workers, "login": login})
    else:
        stderr.print(f"Commonweal is at {address}", soft_wrap=True)
        if login:
            stderr.print(f"sign in as {login}")
    site = Granian(
        "commonweal.web.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4,  # of each worker; a page waits for the database, not for Python
        backpressure=64,
        workers_kill_timeout=5,  # an open connection does not hold up the end
        log_level=LogLevels.warning,
    )
    beside = Beside()
    with tempfile.TemporaryDirectory(prefix="commonweal-metrics-") as counts:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts  # where the processes count together
        if worker:
            beside.start()
        try:
            site.serve()
        finally:
            beside.stop()


def _port_check(host: str, port: int) -> None:
    """Refuse a port that another program has; the server itself would share it in silence.

    Raises:
        StateError: The port is taken, or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise StateError(
                f"cannot listen on {host}:{port}: {fault.strerror}", hint="choose another --port"
            ) from fault


def _static_collect() -> None:
    """Gather and compress style sheets and scripts, if any is newer than the last time."""
    from django.conf import settings  # noqa: PLC0415 - --help stays quick
    from django.contrib.staticfiles.finders import get_finders  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    manifest = settings.STATIC_ROOT / "staticfiles.json"
    collected_at = manifest.stat().st_mtime if manifest.exists() else 0.0
    newest = max(
        storage.get_modified_time(path).timestamp()
        for finder in get_finders()
        for path, storage in finder.list([])
    )
    if newest > collected_at:
        call_command("collectstatic", interactive=False, verbosity=0)


def _demo_login() -> str:
    from django.contrib.auth import get_user_model  # noqa: PLC0415 - --help stays quick

    has_demo = get_user_model().objects.filter(username="demo", is_active=True).exists()
    return "demo / demo" if has_demo else ""

"""``commonweal live``: readers of live meters (MQTT, Modbus TCP)."""

from __future__ import annotations

import logging
import signal
import threading
from importlib.resources import files
from queue import Empty, Queue
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from commonweal.cli.common import (
    AsJson,
    actor,
    clock,
    plain_errors,
    print_json,
    register_check,
    stderr,
    stdout,
)
from commonweal.errors import InputError, StateError

if TYPE_CHECKING:
    from pathlib import Path

    from commonweal.live.definitions import Reader
    from commonweal.live.messages import Arrived

app = typer.Typer(help="Read meters live: MQTT and Modbus TCP, nothing lost, nothing twice.")

ReaderName = Annotated[str, typer.Argument(metavar="READER", help="File in <home>/live/.")]


@app.command()
def run(
    name: ReaderName,
    *,
    seconds: Annotated[
        float | None, typer.Option("--for", min=0, help="Stop after so many seconds.")
    ] = None,
    metrics_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Serve Prometheus metrics there.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read until it is interrupted; what has arrived is in the lake when it ends.

    [bold]Example:[/bold] commonweal live run meters --metrics-port 9400
    """
    stopping = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stopping.set())
    logging.basicConfig(format="%(levelname)s %(message)s")
    with plain_errors():
        register_check()
        reader, folder = _reader(name)
        from commonweal.live.metrics import Metrics  # noqa: PLC0415 - needs the extra
        from commonweal.live.running import reader_run  # noqa: PLC0415

        metrics = Metrics(name)
        if metrics_port:
            _serve(metrics, metrics_port)
        if not as_json:
            stderr.print(f"{name} reads into {reader.dataset}; Ctrl+C ends it", soft_wrap=True)
        if seconds is not None:
            ending = threading.Timer(seconds, stopping.set)
            ending.daemon = True
            ending.start()
        reader_run(reader, folder, actor=actor(), clock=clock, stopping=stopping, metrics=metrics)
    counted = _counted(metrics)
    if as_json:
        print_json({"reader": name, **counted})
    else:
        stdout.print(
            f"{counted['rows']:,} rows arrived; the lake accepted {counted['accepted_rows']:,}"
            f" and refused {counted['rejected_rows']:,}"
        )


@app.command()
def check(
    name: ReaderName,
    *,
    seconds: Annotated[float, typer.Option("--for", min=0, help="How long to listen.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Connect and show the rows that messages would become; nothing is kept or acknowledged.

    [bold]Example:[/bold] commonweal live check meters --for 30
    """
    with plain_errors():
        reader, _ = _reader(name)
        rows = _listened(reader, seconds)
    if as_json:
        print_json({"reader": name, "rows": rows})
        return
    if not rows:
        stdout.print(f"nothing arrived within {seconds:g} s")
        return
    columns = list(dict.fromkeys(column for row in rows for column in row))
    table = Table(*columns)
    for row in rows[:20]:
        table.add_row(*(row.get(column, "").replace("[", "\\[") for column in columns))
    stdout.print(table)
    stdout.print(f"{len(rows):,} rows within {seconds:g} s")


@app.command()
def status(*, as_json: AsJson = False) -> None:
    """Show what each reader has waiting for the lake.

    [bold]Example:[/bold] commonweal live status --json
    """
    from commonweal.live.definitions import reader_names  # noqa: PLC0415 - --help stays quick
    from commonweal.live.status import waiting  # noqa: PLC0415

    with plain_errors():
        found = {name: waiting(_reader(name)[1]) for name in reader_names()}
    if as_json:
        print_json(
            [
                {
                    "reader": name,
                    "n_files": each.n_files,
                    "n_rows": each.n_rows,
                    "n_bytes": each.n_bytes,
                    "oldest_at": each.oldest_at,
                }
                for name, each in found.items()
            ]
        )
        return
    table = Table("reader", "files waiting", "rows", "MB", "oldest since")
    for name, each in found.items():
        since = f"{each.oldest_at:%Y-%m-%d %H:%M:%S} UTC" if each.oldest_at else "–"
        table.add_row(
            name, f"{each.n_files:,}", f"{each.n_rows:,}", f"{each.n_bytes / 1e6:.1f}", since
        )
    stdout.print(table)


@app.command()
def template(
    kind: Annotated[str, typer.Argument(help="mqtt or modbus.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Print the definition of a reader, to change and put into <home>/live/.

    [bold]Example:[/bold] commonweal live template mqtt > var/live/meters.toml
    """
    with plain_errors():
        if kind not in {"mqtt", "modbus"}:
            raise InputError(f"no reader of kind {kind!r}", hint="write mqtt or modbus")
        text = (files("commonweal.live") / "templates" / f"{kind}.toml").read_text("utf-8")
    if as_json:
        print_json({"kind": kind, "template": text})
    else:
        typer.echo(text, nl=False)


def _reader(name: str) -> tuple[Reader, Path]:
    try:
        from commonweal.live.definitions import reader_get, readers_root  # noqa: PLC0415

        reader = reader_get(name)
        __import__("paho.mqtt.client" if reader.kind == "mqtt" else "pymodbus.client")
        __import__("prometheus_client")
    except ModuleNotFoundError as fault:
        raise StateError(
            f"live readers need {fault.name}", hint='install with: pip install "commonweal[live]"'
        ) from fault
    return reader, readers_root() / f"{name}.spool"


def _serve(metrics: Any, port: int) -> None:  # noqa: ANN401 - needs the extra
    try:
        metrics.serve(port)
    except OSError as fault:
        raise StateError(
            f"cannot serve metrics on port {port}: {fault.strerror}", hint="choose another port"
        ) from fault


def _counted(metrics: Any) -> dict[str, int]:  # noqa: ANN401 - needs the extra
    names = ("messages", "rows", "repeated_rows", "files", "accepted_rows", "rejected_rows")
    found = {
        sample.name: int(sample.value)
        for family in metrics.registry.collect()
        for sample in family.samples
    }
    return {name: found[f"commonweal_live_{name}_total"] for name in names}


def _listened(reader: Reader, seconds: float) -> list[dict[str, str]]:
    """Listen under a name of our own, so that the reader's session keeps what is its."""
    from commonweal.live.metrics import Metrics  # noqa: PLC0415 - needs the extra
    from commonweal.live.running import source_of  # noqa: PLC0415

    if reader.broker is not None:
        visitor = {"client_id": f"commonweal-{reader.name}-check", "session_expiry_s": 0}
        reader = reader.model_copy(update={"broker": reader.broker.model_copy(update=visitor)})
    arrived: Queue[Arrived] = Queue()
    source = source_of(reader, arrived, clock=clock, metrics=Metrics(reader.name))
    rows: list[dict[str, str]] = []
    source.start()
    until = clock().timestamp() + seconds
    try:
        while (left_s := until - clock().timestamp()) > 0 and source.fault is None:
            try:
                rows += [dict(row) for row in arrived.get(timeout=min(left_s, 0.2)).rows]
            except Empty:
                continue
    finally:
        source.stop()
    if source.fault is not None:
        raise source.fault
    return rows

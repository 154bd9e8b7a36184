"""``commonweal lake``: what the lake holds, whether it is sound, and its upkeep."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path  # noqa: TC003 - Typer reads annotations
from typing import Annotated

import typer
from rich.table import Column, Table

from commonweal.cli.common import (
    AsJson,
    clock,
    plain_errors,
    print_json,
    progress,
    stderr,
    stdout,
)
from commonweal.errors import StateError

app = typer.Typer(no_args_is_help=True, help="The lake: state, soundness, upkeep.")

Delete = Annotated[bool, typer.Option("--delete", help="Do it; otherwise only show what would go.")]


@app.command()
def status(*, as_json: AsJson = False) -> None:
    """Show rows, files and months of every dataset, and how many months hold corrections.

    Example: [bold]commonweal lake status[/bold]
    """
    from commonweal.lake.views_status import lake_status  # noqa: PLC0415

    with plain_errors():
        found = lake_status()
    if as_json:
        print_json({"datasets": [asdict(each) for each in found]})
        return
    heads = ("dataset", "rows", "rejected", "files", "MB", "first", "last", "to compact")
    table = Table(*(Column(head, no_wrap=True) for head in heads), box=None, pad_edge=False)
    for each in found:
        numbers = (each.n_rows, each.n_rejected, each.n_files, each.n_bytes // 10**6)
        shown = [f"{number:,}" for number in numbers]
        months = [
            f"{month:%Y-%m}" if month else "" for month in (each.first_month, each.last_month)
        ]
        table.add_row(each.dataset, *shown, *months, str(each.n_corrected_months))
    stdout.print(table)


@app.command()
def verify(*, as_json: AsJson = False) -> None:
    """Read every file again and compare it with its hash in the manifest; exit 5 if one differs.

    Example: [bold]commonweal lake verify --json[/bold]
    """
    from commonweal.lake.verify import n_listed  # noqa: PLC0415
    from commonweal.lake.verify import verify as findings  # noqa: PLC0415

    with plain_errors(), progress(quiet=as_json) as bar:
        found = list(bar.track(findings(), total=n_listed(), description="reading files"))
    faults = [each for each in found if each.fault]
    n_bytes = sum(each.n_bytes for each in found)
    if as_json:
        shown = [{"path": each.path, "fault": each.fault} for each in faults]
        print_json({"files": len(found), "bytes": n_bytes, "faults": shown})
    for each in faults:
        stderr.print(f"{each.path}: {each.fault}", markup=False, soft_wrap=True)
    if faults:
        with plain_errors():
            raise StateError(
                f"{len(faults)} of {len(found)} files of the lake are not what the manifest says",
                hint="restore them from a backup; nothing was changed",
            )
    if not as_json:
        stdout.print(f"{len(found)} files, {n_bytes:,} bytes: all as listed")


@app.command()
def compact(
    dataset: Annotated[str | None, typer.Argument(help="One dataset; all by default.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Turn each month that lies in several files into one, corrections applied.

    Reads of the past still see the old files. Example: [bold]commonweal lake compact[/bold]
    """
    from commonweal.lake.compact import compact as run  # noqa: PLC0415
    from commonweal.lake.datasets import datasets  # noqa: PLC0415

    with plain_errors():
        names = [dataset] if dataset else list(datasets())
        done = [each for name in names for each in run(name, now=clock())]
    if as_json:
        print_json({"compacted": [asdict(each) for each in done]})
        return
    for each in done:
        rows = f"{each.n_rows_before:,} rows to {each.n_rows:,}"
        stdout.print(f"{each.dataset} {each.month:%Y-%m}: {each.n_files} files to 1, {rows}")
    if not done:
        stdout.print("nothing to do: no month lies in several files")


@app.command()
def publish(
    dataset: Annotated[str, typer.Argument(help="The dataset.")],
    target: Annotated[Path, typer.Argument(help="Folder of the Iceberg catalogue and metadata.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Publish a dataset as an Apache Iceberg table that refers to the lake's files.

    Example: [bold]commonweal lake publish meter_readings /srv/iceberg[/bold]
    """
    from commonweal.lake.publish import publish_iceberg  # noqa: PLC0415

    with plain_errors():
        done = publish_iceberg(dataset, target)
    if as_json:
        print_json(asdict(done))
        return
    stdout.print(f"{done.table}: {done.n_rows:,} rows in {done.n_files} files", soft_wrap=True)
    stdout.print(f"catalogue {done.catalog}\nmetadata  {done.metadata}", soft_wrap=True)


@app.command()
def sweep(
    *,
    grace_hours: Annotated[float, typer.Option(help="Leave what was touched since.")] = 24.0,
    delete: Delete = False,
    as_json: AsJson = False,
) -> None:
    """Find files that killed processes left and nobody lists; delete them with --delete.

    Example: [bold]commonweal lake sweep --delete[/bold]
    """
    from commonweal.lake.verify import sweep as run  # noqa: PLC0415

    with plain_errors():
        found = run(now=clock(), grace=timedelta(hours=grace_hours), dry_run=not delete)
    _print_removed([(each.path, each.n_bytes) for each in found], delete=delete, as_json=as_json)


@app.command()
def vacuum(
    *,
    retention_days: Annotated[int, typer.Option(help="Keep what was replaced since.")] = 3650,
    delete: Delete = False,
    as_json: AsJson = False,
) -> None:
    """Find files that compaction replaced long ago; delete them with --delete.

    The lake cannot be read as of that time afterwards.
    Example: [bold]commonweal lake vacuum --retention-days 3650[/bold]
    """
    from commonweal.lake.compact import vacuum as run  # noqa: PLC0415

    retention = timedelta(days=retention_days)
    with plain_errors():
        found = run(now=clock(), retention=retention, dry_run=not delete)
    _print_removed([(each.path, each.n_bytes) for each in found], delete=delete, as_json=as_json)


def _print_removed(files: list[tuple[str, int]], *, delete: bool, as_json: bool) -> None:
    n_bytes = sum(size for _, size in files)
    if as_json:
        print_json({"deleted": delete, "files": [path for path, _ in files], "bytes": n_bytes})
        return
    for path, _ in files:
        stdout.print(path, soft_wrap=True)
    done = "deleted" if delete else "would go; nothing was deleted (add --delete)"
    stdout.print(f"{len(files)} files, {n_bytes:,} bytes {done}")

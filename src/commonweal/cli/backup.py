"""``commonweal backup`` and ``commonweal restore``: everything in one file, and back, proved."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path  # noqa: TC003 - Typer reads annotations
from typing import TYPE_CHECKING, Annotated

import typer

from commonweal.cli.common import (
    AsJson,
    clock,
    plain_errors,
    print_json,
    progress,
    register_check,
    stdout,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.progress import Progress

TOP_LEVEL = True
app = typer.Typer()


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write, as backup-2025-03-18.tar.")],
    *,
    keys: Annotated[
        bool, typer.Option("--keys", help="Save commonweal.toml and the secret keys, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Save register, lake and home as one file, while others go on working.

    The file appears when it is whole. Without --keys it has no secret of the operator: keep those
    in a safe of their own.

    [bold]Example:[/bold] commonweal backup /srv/backups/2025-03-18.tar
    """
    from commonweal.kernel.operation.backups import backup_make  # noqa: PLC0415 - --help is quick

    with plain_errors(), progress(quiet=as_json) as bar:
        register_check()
        made = backup_make(file.resolve(), now=clock(), with_keys=keys, progress=_told(bar, "save"))
    if as_json:
        print_json(asdict(made))
        return
    size = f"{made.n_bytes:,} bytes, {made.n_files:,} files"
    stdout.print(f"{made.path}: {size}", markup=False, soft_wrap=True)
    head = made.checkpoint
    stdout.print(
        f"log of {head['tree_size']:,} facts, root {head['root_hash'][:16]}…"
        + ("" if keys else "; keys and configuration are not in it"),
        markup=False,
        soft_wrap=True,
    )


@app.command("restore")
def restore_(
    file: Annotated[Path, typer.Argument(help="A file that `commonweal backup` wrote.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Restore a backup into an empty home, and prove it: digests, both logs, the ledger.

    An older version's backup is brought up to date. A home that holds anything is refused.

    [bold]Example:[/bold] COMMONWEAL_HOME=/srv/restored commonweal restore backup.tar
    """
    from commonweal.kernel.operation.restoring import restore  # noqa: PLC0415 - --help is quick

    with plain_errors(), progress(quiet=as_json) as bar:
        done = restore(file.resolve(), progress=_told(bar, "restore"))
    if as_json:
        print_json(asdict(done))
        return
    stdout.print(
        f"restored as of {done.made_at}: {done.n_files:,} files; proved {done.n_facts:,} facts,"
        f" {done.n_events:,} events, {done.n_transfers:,} transfers, {done.n_lake_files:,} files"
        f" of the lake; root {done.checkpoint.root_hash[:16]}…",
        markup=False,
        soft_wrap=True,
    )
    if not done.has_keys:
        stdout.print("the backup had no keys: put back commonweal.toml and keys/ from their safe")


def _told(bar: Progress, what: str) -> Callable[[int, int, str], None]:
    task = bar.add_task(what, total=None)

    def told(done: int, total: int, name: str) -> None:
        bar.update(task, description=name[-40:], completed=done, total=total or None)

    return told

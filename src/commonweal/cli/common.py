"""What every command shares: errors as one line and a hint, JSON, progress, the clock."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from getpass import getuser
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from commonweal.errors import CommonwealError

if TYPE_CHECKING:
    from collections.abc import Iterator

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]

stdout = Console(highlight=False)
stderr = Console(stderr=True, highlight=False)


def clock() -> datetime:
    """Return the present instant; the only place where commands read it."""
    return datetime.now(UTC)


def actor() -> str:
    """Return who runs the command, as events name them."""
    return f"cli:{getuser()}"


def print_json(document: object) -> None:
    """Print one JSON object; decimals as strings, instants in ISO 8601."""
    typer.echo(json.dumps(document, ensure_ascii=False, default=_plain, indent=2))


def _plain(value: object) -> Any:  # noqa: ANN401 - json's own contract
    if isinstance(value, Decimal):
        return str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Show an anticipated error as one sentence and a hint; let a bug keep its traceback."""
    try:
        yield
    except CommonwealError as error:
        stderr.print("[red]error:[/red]", end=" ")
        stderr.print(str(error), markup=False)
        if error.hint:
            stderr.print("[dim]hint:[/dim]", end=" ")
            stderr.print(error.hint, markup=False)
        raise typer.Exit(error.exit_code) from None


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Progress]:
    """Show progress on stderr; silent with ``--json`` or when stderr is no terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=stderr, disable=quiet, transient=True) as bar:
        yield bar

"""What every command shares: errors as one line and a hint, JSON, progress, the clock."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from getpass import getuser
from typing import TYPE_CHECKING, Annotated, Any

import typer
from django.db import OperationalError, ProgrammingError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from commonweal.errors import CommonwealError, InputError, StateError

if TYPE_CHECKING:
    from collections.abc import Iterator

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]

stdout = Console(highlight=False)
stderr = Console(stderr=True, highlight=False)


def clock() -> datetime:
    """Return the present instant; the only place where commands read it."""
    return datetime.now(UTC)


def instant_read(written: str) -> datetime | None:
    """Return an instant as written; None if nothing is.

    Raises:
        InputError: It is no instant, or has no time zone.
    """
    if not written:
        return None
    hint = "write 2025-01-31T23:59+08:00"
    try:
        at = datetime.fromisoformat(written)
    except ValueError as fault:
        raise InputError(f"{written!r} is not an instant: {fault}", hint=hint) from fault
    if at.tzinfo is None:
        raise InputError(f"{written!r} has no time zone", hint=hint)
    return at


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
        _tell(error)
        raise typer.Exit(error.exit_code) from None
    except (OperationalError, ProgrammingError):
        try:
            register_check()
        except StateError as error:  # a table or column is missing because a step of ours is
            _tell(error)
            raise typer.Exit(error.exit_code) from None
        raise


def _tell(error: CommonwealError) -> None:
    stderr.print("[red]error:[/red]", end=" ")
    stderr.print(str(error), markup=False, soft_wrap=True)
    if error.hint:
        stderr.print("[dim]hint:[/dim]", end=" ")
        stderr.print(error.hint, markup=False, soft_wrap=True)


def register_check() -> None:
    """Refuse a register that was never set up, is older than the program, or does not answer.

    Raises:
        StateError: Steps are missing, or the database cannot be reached.
    """
    from django.db import connection  # noqa: PLC0415 - --help stays quick
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    try:
        executor = MigrationExecutor(connection)
    except OperationalError as fault:
        raise StateError(
            f"the register does not answer: {str(fault).splitlines()[0]}",
            hint="`commonweal config` shows which database was asked",
        ) from fault
    steps = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if steps and not executor.loader.applied_migrations:
        raise StateError(
            f"there is no register in {connection.settings_dict['NAME']} yet",
            hint="run `commonweal init`",
        )
    if steps:
        raise StateError(
            f"the register is older than this version: it lacks {steps[0][0]}",
            hint="run `commonweal init`",
        )


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Progress]:
    """Show progress on stderr; silent with ``--json`` or when stderr is no terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(
        *columns, console=stderr, disable=quiet or not stderr.is_terminal, transient=True
    ) as bar:
        yield bar

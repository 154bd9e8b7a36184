"""``commonweal bench``: run a benchmark from a checkout."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from commonweal.cli.common import plain_errors, print_json, stdout
from commonweal.errors import InputError, StateError

TOP_LEVEL = True
CHECKOUT = Path(__file__).resolve().parents[3]

app = typer.Typer()


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Which; without it, the list.")] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Run one engine against its peers on the same instance; needs a checkout.

    What follows the name goes to the benchmark:
    [bold]commonweal bench accounting --sizes 1,10 --json[/bold]
    """
    with plain_errors():
        names = _names()
        if not name:
            print_json({"benchmarks": names}) if as_json else stdout.print("\n".join(names))
            return
        if name not in names:
            there_are = ", ".join(names)
            raise InputError(f"no benchmark is called {name!r}", hint=f"there are: {there_are}")
    command = [sys.executable, "-m", f"benchmarks.{name}", *context.args]
    command += ["--json"] if as_json else []
    done = subprocess.run(command, cwd=CHECKOUT, check=False)  # noqa: S603 - a module of ours
    raise typer.Exit(done.returncode)


def _names() -> list[str]:
    folder = CHECKOUT / "benchmarks"
    names = sorted(path.stem for path in folder.glob("[!_]*.py"))
    if not names:
        raise StateError(
            f"there are no benchmarks in {folder}",
            hint="they are not part of an installation; run ./dev bench in a checkout",
        )
    return names

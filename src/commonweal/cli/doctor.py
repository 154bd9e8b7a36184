"""``commonweal doctor``: is everything in order, and what to do where it is not."""

from __future__ import annotations

import typer

from commonweal.cli.common import AsJson, clock, print_json, stdout

TOP_LEVEL = True
app = typer.Typer()
_SIGNS = {"ok": "[green]ok  [/green]", "warn": "[yellow]warn[/yellow]", "fail": "[red]FAIL[/red]"}


@app.command()
def doctor(*, as_json: AsJson = False) -> None:
    """Look at configuration, database, lake, logs, clock, disk, fonts, workers, mail, backups.

    Ends with status 1 if something failed; a warning is none.

    [bold]Example:[/bold] commonweal doctor --json
    """
    from commonweal.kernel.operation.checks import examine  # noqa: PLC0415 - --help stays quick

    lines = []
    for line in examine(now=clock()):
        lines.append(line)
        if not as_json:
            stdout.print(f"{_SIGNS[line.verdict]} {line.check:<14}", end="")
            stdout.print(line.what, markup=False, soft_wrap=True)
            if line.hint and line.verdict != "ok":
                stdout.print(f"{'':<19}{line.hint}", markup=False, soft_wrap=True)
    failed = any(line.verdict == "fail" for line in lines)
    if as_json:
        rows = [
            {"check": each.check, "verdict": each.verdict, "what": each.what, "hint": each.hint}
            for each in lines
        ]
        print_json({"ok": not failed, "checks": rows})
    if failed:
        raise typer.Exit(1)

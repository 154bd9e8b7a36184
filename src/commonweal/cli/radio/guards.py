"""``commonweal radio guards``: the limits at which sleepers are woken."""

from __future__ import annotations

import typer

from commonweal.cli.common import AsJson, plain_errors, print_json, stdout

app = typer.Typer()


@app.command()
def guards(*, as_json: AsJson = False) -> None:
    """Show the guards in force; keys of HOME/radio/guard.toml replace ours.

    [bold]Example:[/bold] commonweal radio guards
    """
    from commonweal.domains.radio.energy_saving.acting.guards import (  # noqa: PLC0415
        guards_path,
        guards_told,
    )

    with plain_errors():
        found = guards_told()
    if as_json:
        print_json({"file": str(guards_path()), "guards": found})
        return
    for name, each in found.items():
        own = f"  (yours; ours is {each['default']:g})" if each["is_own"] else ""
        stdout.print(f"{name:<28} {each['value']:>8g}{own}", markup=False)
    stdout.print(f"write your own into {guards_path()}", markup=False, soft_wrap=True)

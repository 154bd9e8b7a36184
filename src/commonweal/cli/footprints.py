"""``commonweal footprints``: what suppliers send about their products."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated

import typer

from commonweal.cli.common import AsJson, clock, plain_errors, print_json, stdout
from commonweal.cli.records import As, scope_as
from commonweal.errors import InputError

app = typer.Typer(no_args_is_help=True, help="Product footprints that suppliers send.")


@app.callback()
def _footprints() -> None:
    """Product footprints that suppliers send."""


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="JSON of the PACT exchange, version 3.")],
    *,
    node: Annotated[str, typer.Option(help="Organisation that buys: code of its node.")],
    account: As = "",
    as_json: AsJson = False,
) -> None:
    """Open a record for each new footprint of a file; a reviewer decides on its use.

    One that is deprecated goes out of use. One whose sums are wrong is refused, and why is said.

    [bold]Example:[/bold] commonweal footprints import footprints.json --node CN-GD --as lin
    """
    from commonweal.domains.carbon.value_chain.importing import (  # noqa: PLC0415 - help stays quick
        footprints_import,
    )
    from commonweal.kernel.org.models import Node  # noqa: PLC0415 - as above

    with plain_errors():
        place = Node.objects.filter(code=node).first()
        if place is None:
            raise InputError(f"no node {node!r}", hint="see: commonweal org tree")
        try:
            text = file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as fault:
            raise InputError(f"{file} cannot be read as text: {fault}") from fault
        done = footprints_import(text, node=place, scope=scope_as(account), now=clock())
        if as_json:
            print_json(asdict(done))
            return
        stdout.print(
            f"{len(done.opened)} opened, {len(done.known)} known before, "
            f"{len(done.withdrawn)} withdrawn, {len(done.refused)} refused"
        )
        for each in done.refused:
            stdout.print(f"refused: {each}", markup=False, soft_wrap=True)

"""``commonweal radio coverage``: what was reported of a day."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from commonweal.cli.common import AsJson, plain_errors, print_json, stdout

if TYPE_CHECKING:
    from commonweal.domains.radio.network.pm.coverage import Reported

app = typer.Typer()

_SHOWN = 10


@app.command()
def coverage(
    day: Annotated[datetime, typer.Argument(metavar="DATE", formats=["%Y-%m-%d"])],
    node: Annotated[str, typer.Option(help="Only what lies below this unit.")] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Show how much of a day's reports are there, by province and element.

    Expected is every cell of the inventory for the whole day. A report that is missing says
    nothing; it is not zero.

    [bold]Example:[/bold] commonweal radio coverage 2024-11-01 --node GD
    """
    from commonweal.domains.radio.network.pm.coverage import coverage as of_day  # noqa: PLC0415

    with plain_errors():
        found = of_day(at_date=day.date(), node=node)
    if as_json:
        print_json(asdict(found))
        return
    if not found.provinces:
        stdout.print(
            "the inventory has no cells on that day; see `commonweal template radio_cells`"
        )
        return
    _show("province", found.provinces)
    if found.elements:
        _show(f"elements with gaps: {len(found.elements):,}", found.elements[:_SHOWN])
    if found.strangers:
        first = ", ".join(" ".join(each) for each in found.strangers[:3])
        stdout.print(
            f"{len(found.strangers):,} objects report and are not in the inventory: {first}",
            markup=False,
        )


def _show(title: str, rows: tuple[Reported, ...]) -> None:
    table = Table(title, "cells", "silent", "counters", "of them suspect", "energy")
    for each in rows:
        shares = (f"{s:.1%}" for s in (each.counters_share, each.suspect_share, each.energy_share))
        name = each.name.replace("[", "\\[")
        table.add_row(name, f"{each.n_cells:,}", f"{each.n_silent:,}", *shares)
    stdout.print(table)

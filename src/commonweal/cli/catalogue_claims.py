"""``commonweal catalogue explain-claim``: which known factor a published claim could rest on."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - Typer reads the annotations
from typing import Annotated

import typer

from commonweal.cli.common import AsJson, plain_errors, print_json, stdout

NAME = "catalogue"
app = typer.Typer()


@app.command(name="explain-claim")
def explain_claim_command(
    activity: Annotated[str, typer.Argument(help="What was used, as printed: 5,200萬度.")],
    emission: Annotated[str, typer.Argument(help="What was saved or emitted: 3.1萬噸.")],
    *,
    place: Annotated[str, typer.Option(help="Only factors of this place and above.")] = "",
    published: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day of the claim: later factors are no answer."),
    ] = None,
    show_all: Annotated[bool, typer.Option("--all", help="List excluded factors, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List which known factors of electricity could explain a published claim.

    A printed number stands for half a unit of its last digit to either side.

    [bold]commonweal catalogue explain-claim 5,200萬度 3.1萬噸 --place CN-BJ[/bold]
    """
    from commonweal.catalogue import catalogue  # noqa: PLC0415 - units take a second to load
    from commonweal.catalogue.claims import Verdict, explain  # noqa: PLC0415 - as above

    with plain_errors():
        day = published.date() if published else None
        found = explain(activity, emission, known=catalogue(), place=place, published=day)
    if as_json:
        candidates = [
            {**each.row.model_dump(), "verdict": each.verdict, "prints": each.prints}
            for each in found.candidates
        ]
        spans = {name: [float(end) for end in getattr(found, name)] for name in ("tight", "loose")}
        head = {"unit": found.unit, "implied": float(found.implied), **spans}
        print_json({**head, "candidates": candidates})
        return
    low, high = map(float, found.tight)
    stdout.print(
        f"{activity} and {emission} leave {low:.6f} to {high:.6f} {found.unit};"
        f" taken as printed it is {float(found.implied):.6f}",
        soft_wrap=True,
    )
    shown = [each for each in found.candidates if show_all or each.verdict != Verdict.EXCLUDED]
    for each in shown:
        row = each.row
        stdout.print(
            f"{each.verdict:<18}  {row.value:.4f}  {row.factor} {row.place} {row.data_year}"
            f" prints {each.prints}; {row.status}",
            markup=False,
            soft_wrap=True,
        )
    if left := len(found.candidates) - len(shown):
        stdout.print(f"{left} more are excluded; --all lists them", soft_wrap=True)

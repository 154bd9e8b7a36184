"""``commonweal radio replay``: what a plan's days would have come to under other quantiles."""

from __future__ import annotations

from typing import Annotated

import typer

from commonweal.cli.common import AsJson, clock, plain_errors, print_json, stdout

app = typer.Typer()


@app.command()
def replay(
    code: Annotated[str, typer.Argument(help="Code of the plan, or its folder.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Replay a plan whose days are over on what was carried, at several quantiles of demand.

    [bold]Example:[/bold] commonweal radio replay EP-2024-00001
    """
    with plain_errors():
        from commonweal.domains.radio.energy_saving.acting.running import plan_get  # noqa: PLC0415
        from commonweal.domains.radio.energy_saving.planning.store import (  # noqa: PLC0415
            plan_read,
        )
        from commonweal.domains.radio.energy_saving.replaying import plan_replay  # noqa: PLC0415

        found = plan_replay(plan_read(plan_get(code).folder), now=clock())
        if as_json:
            print_json(found)
            return
        stdout.print(f"{found['n_sectors']:,} sectors")
        stdout.print("planned for    saving   uncarried  over limit  changes a day")
        for row in found["rows"]:
            name = row["name"] if row["name"] == "truth" else f"{float(row['name']):.0%}"
            stdout.print(
                f"{name:<11}{row['saving_share']:>10.2%}{row['unserved_share']:>12.4%}"
                f"{row['over_limit_share']:>12.3%}{row['changes_a_day']:>15.2f}"
            )

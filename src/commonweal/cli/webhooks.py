"""``commonweal webhooks``: other programs are told what happened."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from commonweal.cli.common import AsJson, clock, plain_errors, print_json, stdout

app = typer.Typer(no_args_is_help=True, help="Webhooks: other programs are told what happened.")


@app.command()
def run(*, as_json: AsJson = False) -> None:
    """Look through the log once and tell what is due; a worker does it every five minutes.

    [bold]Example:[/bold] commonweal webhooks run
    """
    from commonweal.kernel.webhooks.services import webhooks_run  # noqa: PLC0415 - quick help

    with plain_errors():
        told = webhooks_run(now=clock())
        if as_json:
            print_json(asdict(told))
        else:
            stdout.print(f"{told.n_found} to tell, {told.n_arrived} heard, {told.n_failed} not")


@app.command("list")
def list_(
    user: Annotated[str, typer.Option(metavar="ACCOUNT", help="Only of this account.")] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """List who is told of what, and whether it arrives.

    [bold]Example:[/bold] commonweal webhooks list --user lin
    """
    from commonweal.kernel.webhooks.models import Subscription  # noqa: PLC0415

    with plain_errors():
        rows = Subscription.objects.select_related("user").order_by("pk")
        found = [
            {
                "id": each.pk,
                "account": each.user.get_username(),
                "url": each.url,
                "events": each.events,
                "failing_since": each.failing_since,
                "ended_at": each.ended_at,
                "end_reason": each.end_reason,
            }
            for each in (rows.filter(user__username=user) if user else rows)
        ]
        if as_json:
            print_json({"webhooks": found})
            return
        for row in found:
            stdout.print(f"{row['id']}  {row['account']}  {row['url']}  {row['events']}")

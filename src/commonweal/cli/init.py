"""``commonweal init`` and ``commonweal config``: the home folder and what runs there."""

from __future__ import annotations

import re

import typer
from rich.table import Table

from commonweal.cli.common import AsJson, print_json, stderr, stdout

TOP_LEVEL = True

app = typer.Typer()


@app.command()
def init(*, as_json: AsJson = False) -> None:
    """Create the home folder and its register, or bring an older one up to date.

    Safe to repeat. Example: [bold]COMMONWEAL_HOME=/srv/commonweal commonweal init[/bold]
    """
    # Imported here, as in every command that needs what others do not: --help stays quick.
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    settings.HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
    executor = MigrationExecutor(connection)
    steps = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if steps:
        call_command("migrate", verbosity=0, interactive=False)
    applied = [f"{migration.app_label}.{migration.name}" for migration, _ in steps]
    if as_json:
        print_json({"home": settings.HOME, "applied": applied})
    else:
        done = f"{len(applied)} steps applied" if applied else "up to date"
        stderr.print(f"register in {settings.HOME}: {done}", soft_wrap=True)


@app.command()
def config(*, as_json: AsJson = False) -> None:
    """Show each configuration key, its value and the variable that sets it.

    Passwords and the secret key are not shown.

    Example: [bold]commonweal config --json[/bold]
    """
    from commonweal.settings.config import config as read  # noqa: PLC0415

    values = read().model_dump(mode="json")
    for key in ("secret_key", "metrics_token"):
        values[key] = "•••" if values[key] else ""
    if sso := values["sso"]:
        sso["secret"] = "•••" if sso["secret"] else ""
    values["database"] = re.sub(r"://([^:/@]+):[^@]*@", r"://\1:•••@", values["database"])
    if as_json:
        print_json(values)
        return
    table = Table("key", "value", "variable")
    for key, value in values.items():
        table.add_row(key, str(value), f"COMMONWEAL_{key.upper()}")
    stdout.print(table)

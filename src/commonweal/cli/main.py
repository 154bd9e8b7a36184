"""The command's entry point: sets Django up, gathers the topics."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pkgutil import iter_modules

import django
import typer

from commonweal import __version__, cli
from commonweal.cli.common import plain_errors

_NOT_TOPICS = {"common", "jobs_worker", "main", "previewing"}


def _version(*, asked: bool) -> None:
    if asked:
        typer.echo(f"commonweal {__version__}")
        raise typer.Exit


def application() -> typer.Typer:
    """Build the command from the modules of this package; a new topic is a new module.

    A module has ``app``, a Typer; ``NAME`` if its topic is not named like the module; and
    ``TOP_LEVEL = True`` if its commands stand directly under ``commonweal``. Modules of one name
    share a topic; the first in the alphabet has its help.
    """
    root = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="rich",
        help="Measure, account, assess, plan, act, verify, disclose.",
    )

    @root.callback()
    def _root(
        *,
        version: bool = typer.Option(False, "--version", callback=lambda v: _version(asked=v)),  # noqa: FBT003
    ) -> None:
        """Measure, account, assess, plan, act, verify, disclose."""

    topics: dict[str, typer.Typer] = {}
    for found in iter_modules(cli.__path__):
        if found.name in _NOT_TOPICS:
            continue
        topic = import_module(f"commonweal.cli.{found.name}")
        name = None if getattr(topic, "TOP_LEVEL", False) else getattr(topic, "NAME", found.name)
        if name in topics:
            topics[name].add_typer(topic.app)  # its commands stand beside those already there
            continue
        root.add_typer(topic.app, name=name)
        if name is not None:
            topics[name] = topic.app
    return root


def main() -> None:
    """Run the command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commonweal.settings")
    try:
        with plain_errors():
            django.setup()
            application()()
    except typer.Exit as stop:  # outside of a command nobody else turns it into a status
        sys.exit(stop.exit_code)

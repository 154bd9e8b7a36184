"""``commonweal radio``: the radio network, from performance files to verified savings."""

from importlib import import_module
from pkgutil import iter_modules

import typer

app = typer.Typer(
    no_args_is_help=True,
    help="Cells that sleep while nobody needs them: files in, forecast, plan, act, verify.",
)

for _found in iter_modules(__path__):  # each module has ``app`` with its commands
    app.add_typer(import_module(f"{__name__}.{_found.name}").app)

__all__ = ["app"]

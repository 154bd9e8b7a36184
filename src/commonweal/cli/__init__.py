"""Command line: ``commonweal TOPIC ACTION``. Each topic is one module with a Typer ``app``.

Results go to stdout, progress and errors to stderr, so that pipes stay clean; ``--json`` prints
one JSON object and nothing else. Exit codes: 0 done, 1 bug, 2 usage, 3 bad input, 4 bad
definition, 5 not allowed now.
"""

from commonweal.cli.main import main

__all__ = ["main"]

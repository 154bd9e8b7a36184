"""The register as a file and back: SQLite by its backup interface, PostgreSQL by its own tools."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from commonweal.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Mapping


_SECURED: Final = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}
"""What the register's address says of TLS holds for the tools, too."""


def database_dump(target: Path) -> None:
    """Write the register as it is at one instant; others may go on writing.

    Raises:
        StateError: The database's tool is missing or fails.
    """
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with closing(sqlite3.connect(target)) as copy:
            connection.connection.backup(copy)  # in one step: a single snapshot
            copy.execute("PRAGMA journal_mode=DELETE")
        return
    _tool("pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--file", str(target))


def database_load(dump: Path) -> None:
    """Fill an empty PostgreSQL register from a dump: all of it or nothing.

    Raises:
        StateError: The tool is missing or fails.
    """
    words = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    _tool("pg_restore", *words, "--dbname", str(connection.settings_dict["NAME"]), str(dump))


def tool_environment(given: Mapping[str, Any]) -> dict[str, str]:
    """Return what PostgreSQL's tools are told of a register, as variables."""
    options = given.get("OPTIONS", {})
    environment = {
        "PGHOST": given["HOST"],
        "PGPORT": given["PORT"],
        "PGUSER": given["USER"],
        "PGPASSWORD": given["PASSWORD"],
        "PGDATABASE": given["NAME"],
        **{variable: options.get(name) for name, variable in _SECURED.items()},
    }
    return {key: str(value) for key, value in environment.items() if value}


def _tool(name: str, *words: str) -> None:
    """Run a tool of PostgreSQL on our database; the password is not on its command line."""
    told = tool_environment(connection.settings_dict)
    done = subprocess.run(  # noqa: S603 - a program of the system, words of ours
        [_found(name), *words],
        env=os.environ | told,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise StateError(f"{name} failed: {said}", hint="its version must be the server's or newer")


def _found(name: str) -> str:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=_major)
    found = str(installed[-1]) if installed else shutil.which(name)
    if found is None:
        raise StateError(f"{name} is not installed", hint="Debian: postgresql-client")
    return found


def _major(path: Path) -> float:
    number = path.parts[-3]
    return float(number) if number.replace(".", "").isdigit() else 0.0


def database_open(path: Path) -> None:
    """Let this process use another SQLite file as its register."""
    connection.close()
    settings: dict[str, Any] = connection.settings_dict
    settings["NAME"] = str(path)

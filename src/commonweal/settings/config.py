"""Configuration: one file and the environment, read once into a frozen object.

``commonweal.toml`` in the home folder (``COMMONWEAL_HOME``, ``./var`` by default), overridden by
``COMMONWEAL_*`` variables. Unknown keys are refused, so a typing error cannot pass in silence.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from contextlib import suppress
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from commonweal.errors import DefinitionError


class Config(BaseModel):
    """Where things lie and what runs them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path
    database: str = ""
    """``sqlite:///…`` or ``postgresql://…``; empty means SQLite in the home folder."""
    lake: Path | None = None
    """Folder of the Parquet segments; empty means ``lake`` in the home folder."""
    query_engine: str = "duckdb"
    """``duckdb``, or the address of a Spark Connect server (``sc://host:15002``)."""
    memory_limit_mb: int = 1536
    """What a lake query may hold in memory before it spills to disk."""
    debug: bool = False
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    open_licence: str = ""
    """SPDX id of the licence of what is published on the open data page, as ``CC-BY-4.0``."""
    secret_key: str = ""
    """Signs sessions; empty means one made on first use and kept in the home folder."""

    @property
    def database_url(self) -> str:
        """Address of the register."""
        return self.database or f"sqlite:///{self.home.resolve() / 'commonweal.sqlite3'}"

    @property
    def lake_root(self) -> Path:
        """Folder of the lake."""
        return (self.lake or self.home / "lake").resolve()


@cache
def config() -> Config:
    """Read the configuration once.

    Raises:
        DefinitionError: The file is not TOML, or a key is unknown or has a wrong value.
    """
    prefix = "COMMONWEAL_"
    given = {
        k.removeprefix(prefix).lower(): v for k, v in os.environ.items() if k.startswith(prefix)
    }
    home = Path(given.pop("home", "var"))
    path = home / "commonweal.toml"
    try:
        written = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
        if hosts := given.get("allowed_hosts"):
            written["allowed_hosts"] = hosts.split(",")
            given.pop("allowed_hosts")
        return Config.model_validate({**written, **given, "home": home})
    except (tomllib.TOMLDecodeError, ValidationError) as fault:
        raise DefinitionError(
            f"configuration is wrong: {fault}", hint=f"mend {path} or the {prefix}* variables"
        ) from fault


def secret_key() -> str:
    """Return the configured key, or one that is made once and kept with mode 0600."""
    if config().secret_key:
        return config().secret_key
    path = config().home / "secret_key"
    if not path.exists():
        config().home.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):  # another process was first: its key counts
            os.link(draft, path)  # whole or not at all, so that nobody reads half a key
        draft.unlink()
    return path.read_text("utf-8")

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
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError

from commonweal.errors import DefinitionError


class SingleSignOn(BaseModel):
    """An OpenID Connect provider whose word on who somebody is we take (``[sso]``)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: HttpUrl
    client_id: str
    secret: str = Field(default="", repr=False)
    name: str = "SSO"
    """What the button on the sign-in page says."""
    claim: str = "preferred_username"
    """The claim that is the name of an account here."""
    create: bool = False
    """Whether somebody without an account gets one, with no role."""


class Mail(BaseModel):
    """The server that takes our mail (``[mail]``)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str
    port: int = Field(default=587, gt=0, lt=65536)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = Field(default="", repr=False)
    sender: str
    """Address that messages come from, as ``Commonweal <energy@operator.example>``."""


class Config(BaseModel):
    """Where things lie and what runs them."""

    # what stands beside a wrong key may be a password: errors tell keys and rules, no values
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    home: Path
    database: str = Field(default="", repr=False)  # it may hold a password
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
    xbrl_base: str = Field(
        default="https://commonweal.example/taxonomy/1/", pattern=r"^https?://[^\s/]+/(\S*/)?$"
    )
    """Where the names of the operator's own taxonomy begin; set before the first filing, as another
    base is another taxonomy."""
    secret_key: str = Field(default="", repr=False)
    """Signs sessions; empty means one made on first use and kept in the home folder."""
    production: bool = False
    """Behind TLS: cookies and addresses are secure ones, and browsers are told to stay so."""
    proxies: int = Field(default=0, ge=0)
    """How many proxies of ours stand before the site; only they are believed on who asks."""
    mfa_required_for: tuple[str, ...] = ()
    """Roles that see nothing without a second factor, as ``["administrator", "verifier"]``."""
    sso: SingleSignOn | None = None
    """Single sign-on, if there is any."""
    mail: Mail | None = None
    """Where mail is handed to; without it messages are printed and go nowhere."""
    language: Literal["en", "zh-hant", "zh-hans"] = "en"
    """Language of messages, and of pages for readers who ask for none of the three."""
    upload_limit_mb: int = Field(default=512, gt=0)
    """The largest file that the site takes."""
    api_requests_per_minute: int = Field(default=1200, gt=0)
    """How often one token, or one person's session, may ask the API."""
    api_ingests_at_once: int = Field(default=4, gt=0)
    """How many requests may bring rows at once; one more is told to come again."""
    api_ingest_limit_mb: int = Field(default=2048, gt=0)
    """The most that one request may bring in rows, once unpacked."""
    metrics_token: str = Field(default="", repr=False)
    """Who bears it may read ``/metrics`` from elsewhere; empty means from this machine only."""
    webhook_allow: tuple[str, ...] = ()
    """Places inside that webhooks may tell, as ``["bus.operator.example:8443"]``."""
    reads_kept_days: int = Field(default=1095, gt=0)
    """How long it is remembered who read personal values."""

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
        for key in ("allowed_hosts", "mfa_required_for", "webhook_allow"):
            if several := given.pop(key, ""):
                written[key] = several.split(",")
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
        config().home.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):  # another process was first: its key counts
            os.link(draft, path)  # whole or not at all, so that nobody reads half a key
        draft.unlink()
    return path.read_text("utf-8")

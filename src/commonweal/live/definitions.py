"""Definitions of live readers: ``<home>/live/<name>.toml``, one file for each."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path  # noqa: TC003 - as above
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from commonweal.errors import InputError
from commonweal.settings.config import config


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Batches(_Strict):
    """When what arrived goes into the lake, and how much may wait."""

    n_rows: int = Field(default=50_000, ge=1, le=1_000_000)
    seconds: float = Field(default=60.0, gt=0, le=86_400)
    spool_mb: float = Field(default=1024.0, gt=0)
    """Beyond this the reader stops taking messages, and the broker keeps them."""


class Broker(_Strict):
    """An MQTT broker and what to subscribe to.

    ``password_env`` names an environment variable, so that no file holds the password.
    """

    host: str
    port: int = Field(default=1883, ge=1, le=65_535)
    topics: Annotated[tuple[str, ...], Field(min_length=1)]
    qos: Literal[1, 2] = 1
    client_id: str = ""
    """Of the session that the broker keeps while we are away; ``commonweal-<name>`` if empty."""
    session_expiry_s: int = Field(default=7 * 86_400, ge=0, le=0xFFFFFFFF)
    receive_maximum: int = Field(default=5_000, ge=1, le=65_535)
    keepalive_s: int = Field(default=30, ge=1, le=65_535)
    tls: bool = False
    ca_file: str = ""
    username: str = ""
    password_env: str = ""


class Register(_Strict):
    """Where a Modbus device keeps the register of a meter; the reading is its value × ``scale``."""

    meter_id: str
    address: int = Field(ge=0, le=65_535)
    table: Literal["holding", "input"] = "holding"
    form: Literal["uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"] = (
        "uint32"
    )
    word_order: Literal["big", "little"] = "big"
    scale: Decimal = Field(default=Decimal(1), gt=0)


class Device(_Strict):
    """A Modbus TCP device that is asked for its registers at even intervals."""

    host: str
    port: int = Field(default=502, ge=1, le=65_535)
    unit: int = Field(default=1, ge=0, le=255)
    every_s: float = Field(default=900.0, ge=0.05)
    timeout_s: float = Field(default=3.0, gt=0)
    registers: Annotated[tuple[Register, ...], Field(min_length=1)]


Place = Annotated[str, Field(pattern=r"^(topic\.\d+|arrived|(body|row)(\..+)?)$")]


class Reader(_Strict):
    """One live reader.

    Attributes:
        dataset: Where its rows go.
        fields: Column of the dataset → where it stands in a message: ``topic.2`` (a level, from
            1), ``body`` (all of it), ``body.meter.id``, ``row.kwh`` (of each row of ``each``), or
            ``arrived`` (the instant of arrival).
        each: Where the rows of a message stand, as ``body.readings``; empty: a message is a row.
        constants: Columns that are always the same.
        time_form: How instants are written.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")
    kind: Literal["mqtt", "modbus"]
    dataset: str = "meter_readings"
    broker: Broker | None = None
    devices: tuple[Device, ...] = ()
    fields: dict[
        str, Annotated[str, Field(pattern=r"^(topic\.\d+|arrived|(body|row)(\..+)?)$")]
    ] = {}
    each: Annotated[str, Field(pattern=r"^(body(\..+)?)?$")] = ""
    constants: dict[str, str] = {}
    time_form: Literal["iso", "unix_s", "unix_ms"] = "iso"
    batches: Batches = Batches()


def readers_root() -> Path:
    """Return the folder of the definitions."""
    return config().home / "live"


def reader_names() -> tuple[str, ...]:
    """Return every reader that is defined."""
    return tuple(sorted(path.stem for path in readers_root().glob("*.toml")))


def reader_get(name: str) -> Reader:
    """Read the definition of a reader.

    Raises:
        InputError: There is none, it is not TOML, or a key is unknown, missing or wrong.
    """
    path = readers_root() / f"{name}.toml"
    try:
        return _checked(
            Reader.model_validate({"name": name} | tomllib.loads(path.read_text("utf-8")))
        )
    except OSError as fault:
        known = ", ".join(reader_names()) or "none yet; see: commonweal live template --help"
        raise InputError(f"no live reader {name!r}", hint=f"defined are: {known}") from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise InputError(f"{path.name} is not TOML: {fault}") from fault
    except ValidationError as fault:
        first = fault.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"{path.name}, {place}: {first['msg']}", hint="commonweal live template mqtt shows one"
        ) from fault


def _checked(reader: Reader) -> Reader:
    if reader.kind == "mqtt" and (reader.broker is None or not reader.fields):
        raise InputError(
            f"{reader.name}.toml: a reader of MQTT needs [broker] and [fields]",
            hint="commonweal live template mqtt shows one",
        )
    if reader.kind == "modbus" and not reader.devices:
        raise InputError(
            f"{reader.name}.toml: a reader of Modbus needs [[devices]]",
            hint="commonweal live template modbus shows one",
        )
    if not reader.each and any(path.startswith("row") for path in reader.fields.values()):
        raise InputError(f"{reader.name}.toml: fields speak of rows, but `each` does not say which")
    return reader

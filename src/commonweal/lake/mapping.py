"""A mapping: how a file that is not our template becomes rows of a dataset; saved as TOML.

    header_row = 3
    timezone = "Asia/Shanghai"
    [columns]
    meter_id = "電表號"
    quantity_kwh = { column = "電量", unit = "萬千瓦時" }
    [constants]
    carrier = "diesel"

A wide file has one ``[[repeat]]`` for each group of its columns; every line gives as many rows:

    [[repeat]]
    columns = { quantity_kwh = "energy_2021" }
    constants = { start_date = 2021-01-01, end_date = 2022-01-01 }
"""

from __future__ import annotations

import datetime as dt
import tomllib
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from commonweal.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def _zone(name: str) -> str:
    try:
        if name:
            ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone; write Asia/Shanghai") from None
    return name


def _format(text: str) -> str:
    sample = dt.datetime(2024, 2, 29, 1, 2, 3, tzinfo=dt.UTC)
    try:
        dt.datetime.strptime(sample.strftime(text), text)  # noqa: DTZ007 - only tried
    except ValueError:
        raise ValueError(f"{text!r} is not a date format; write %d/%m/%Y") from None
    return text


def _constant_text(value: object) -> object:
    """Write a TOML constant as the cell that a person would have typed."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, int | float) else value


def _named_column(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


Zone = Annotated[str, AfterValidator(_zone)]
DateFormat = Annotated[str, AfterValidator(_format)]
Constant = Annotated[str, BeforeValidator(_constant_text)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ColumnMapping(_Strict):
    """Where one column of the dataset comes from, and how its cells are written."""

    column: str = Field(min_length=1)
    """Header in the file."""
    unit: str = ""
    """Unit in the file, as ``MWh`` or ``萬千瓦時``; converted once."""
    timezone: Zone = ""
    """Zone of instants that name none; overrides the mapping's."""
    date_formats: list[DateFormat] = []
    """As in ``%d/%m/%Y``; tried in turn, instead of the usual forms."""
    values: dict[str, Constant] = {}
    """Cell → what it stands for, as ``{"柴油": "diesel"}``."""


ColumnSource = Annotated[ColumnMapping, BeforeValidator(_named_column)]


class Repeat(_Strict):
    """One of several rows that a line gives: its own columns and constants."""

    columns: dict[str, ColumnSource] = {}
    constants: dict[str, Constant] = {}


class Mapping(_Strict):
    """The whole mapping; everything has a default, so that a template needs none."""

    dataset: str = ""
    """Refuses other datasets, if given."""
    sheet: str = ""
    header_row: int = Field(default=1, ge=1, le=1000)
    encoding: Annotated[str, Field(pattern=r"^(utf-8|gb18030)?$")] = ""
    delimiter: Annotated[str, Field(pattern=r"^[,;\t|]?$")] = ""
    timezone: Zone = ""
    decimal: Annotated[str, Field(pattern=r"^[.,]$")] = "."
    thousands: Annotated[str, Field(pattern=r"^[.,' _]?$")] = ""
    date_formats: list[DateFormat] = []
    blanks: list[str] = []
    """Cells that mean nothing was measured, as ``["-", "NULL"]``."""
    columns: dict[str, ColumnSource] = {}
    constants: dict[str, Constant] = {}
    repeat: list[Repeat] = []

    def document(self) -> dict[str, object]:
        """Return what was written, without defaults; part of a source's fingerprint."""
        return self.model_dump(exclude_defaults=True)


def mapping_read(path: Path) -> Mapping:
    """Read a saved mapping.

    Raises:
        InputError: The file is missing, not TOML, or has an unknown key or a wrong value.
    """
    try:
        return Mapping.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as fault:
        raise InputError(f"mapping {path} cannot be read: {fault.strerror}") from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise InputError(f"mapping {path.name} is not TOML: {fault}") from fault
    except ValidationError as fault:
        first = fault.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"mapping {path.name}, {place}: {first['msg']}",
            hint=f"the keys are: {', '.join(Mapping.model_fields)}",
        ) from fault

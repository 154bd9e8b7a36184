"""Strict reading of definition files: a fault names the file, the entry and the rule.

TOML numbers are read as exact decimals where ``exact`` is asked, because a factor is printed in
decimal digits and must be kept as printed.
"""

from __future__ import annotations

import csv
import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from commonweal.errors import DefinitionError
from commonweal.units import dimension

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PACKAGE: Final = Path(__file__).resolve().parents[1]
LANGUAGES: Final = ("zh-hant", "zh-hans", "en")

Language = Literal["zh-hant", "zh-hans", "en"]
Names = Annotated[dict[Language, Annotated[str, Field(min_length=1)]], Field(min_length=3)]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
_UNIT: Final = r"[A-Za-z][A-Za-z0-9_]*(\*\*[23])?"  # no free arithmetic: 9**9**9 would never end


unit_dimension: Final = cache(dimension)  # a catalogue has a thousand units, few of them different


def _known_unit(unit: str) -> str:
    unit_dimension(unit)  # an InputError is a ValueError, so the message comes through
    return unit


Unit = Annotated[str, Field(pattern=rf"^{_UNIT}([/*]{_UNIT})*$"), AfterValidator(_known_unit)]
Texts = Annotated[tuple[str, ...], Field(strict=False)]  # a TOML array is a list

Model = TypeVar("Model", bound=BaseModel)


class Strict(BaseModel):
    """A definition that admits no unknown key and no silent conversion."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def shown(path: Path) -> str:
    """Return a path as messages show it: short inside the package, whole outside."""
    return str(path.relative_to(PACKAGE)) if path.is_relative_to(PACKAGE) else str(path)


def toml_read(path: Path, *, exact: bool = False) -> dict[str, Any]:
    """Return a TOML file as a mapping.

    Raises:
        DefinitionError: The file is no UTF-8 or no TOML.
    """
    try:
        text = path.read_text("utf-8")
        return tomllib.loads(text, parse_float=Decimal if exact else float)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise DefinitionError(f"{shown(path)} is not TOML in UTF-8: {fault}") from fault


def csv_read(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield ``(place in the file, filled cells by column)`` for each row of a CSV file.

    Raises:
        DefinitionError: The file is no UTF-8 CSV, or a row has more cells than the header.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            for row in rows:
                where = f"{shown(path)} line {rows.line_num}"
                if None in row:
                    raise DefinitionError(f"{where}: more cells than the header has columns")
                yield where, {column: cell.strip() for column, cell in row.items() if cell}
    except (csv.Error, UnicodeDecodeError) as fault:
        raise DefinitionError(f"{shown(path)} is not CSV in UTF-8: {fault}") from fault


def checked(model: type[Model], content: Mapping[str, Any], where: str) -> Model:
    """Return ``content`` as a ``model``.

    Raises:
        DefinitionError: A key is missing, unknown or has a wrong value; the message names the
            file, the entry (its ``id`` where it has one), the key and the rule.
    """
    try:
        return model.model_validate(content)
    except ValidationError as fault:
        first = fault.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        entry = f" {content['id']!r}" if isinstance(content.get("id"), str) else ""
        more = f" (and {fault.error_count() - 1} more)" if fault.error_count() > 1 else ""
        raise DefinitionError(
            f"{where}{entry}: {key or 'entry'}: {first['msg']}, got {first['input']!r}{more}"
        ) from fault

"""Carriers (what is metered, bought or carried) and places (where a factor holds)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from commonweal.catalogue.reading import (
    Identifier,
    Names,
    Strict,
    Unit,
    checked,
    csv_read,
    shown,
    toml_read,
)
from commonweal.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Carrier(Strict):
    """An energy carrier, or another quantity that activities are counted in."""

    id: Identifier
    name: Names
    unit: Unit
    kind: Literal[
        "electricity",
        "heat",
        "fuel",
        "gas",
        "water",
        "waste",
        "traffic",
        "spend",
        "activity",
        "declared",
        "refrigerant",
        "product",
        "travel",
    ]


class Place(BaseModel):
    """A country, grid region, province or own area; ``parent`` is empty at the top."""

    model_config = ConfigDict(extra="forbid", frozen=True)  # lax: CSV cells are text

    code: str = Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]+)*$")
    parent: str = ""
    adcode: str = ""
    name: Names
    longitude_deg: float = Field(ge=-180, le=180)
    latitude_deg: float = Field(ge=-90, le=90)
    source: str


def carriers_read(path: Path) -> dict[str, Carrier]:
    """Return the carriers of a file by id.

    Raises:
        DefinitionError: The file is malformed or an id occurs twice.
    """
    found: dict[str, Carrier] = {}
    for number, content in enumerate(toml_read(path).get("carriers", []), start=1):
        carrier = checked(Carrier, content, f"{shown(path)} carrier {number}")
        if carrier.id in found:
            raise DefinitionError(f"{shown(path)}: carrier {carrier.id!r} is defined twice")
        found[carrier.id] = carrier
    return found


def places_read(path: Path, known: Mapping[str, Place]) -> dict[str, Place]:
    """Return ``known`` places and those of a file, by code; a parent stands before its children.

    Raises:
        DefinitionError: The file is malformed, a code occurs twice or a parent is unknown.
    """
    found = dict(known)
    for where, cells in csv_read(path):
        place = checked(Place, _nested(cells), where)
        if place.code in found:
            raise DefinitionError(f"{where}: place {place.code!r} is defined twice")
        if place.parent and place.parent not in found:
            raise DefinitionError(
                f"{where}: parent {place.parent!r} of {place.code!r} is not defined above it"
            )
        found[place.code] = place
    return found


def _nested(cells: Mapping[str, str]) -> dict[str, Any]:
    """Gather ``name_en`` and its like into one mapping of names."""
    names = {
        key.removeprefix("name_"): text for key, text in cells.items() if key.startswith("name_")
    }
    return {key: text for key, text in cells.items() if not key.startswith("name_")} | {
        "name": names
    }

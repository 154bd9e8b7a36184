"""Classes of waste: hazardous or not, under which code, and how sure that is."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - pydantic reads the annotation
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from commonweal.catalogue.reading import Identifier, Strict, checked, shown, toml_read

if TYPE_CHECKING:
    from collections.abc import Mapping


class WasteClass(Strict):
    """One class; ``code`` is that of the national catalogue, empty where it lists none."""

    id: Identifier
    hazardous: bool
    code: Annotated[str, Field(pattern=r"^(HW\d\d \d{3}-\d{3}-\d\d)?$")]
    valid_from: date
    source: str
    status: str


class _File(Strict):
    classes: Annotated[tuple[WasteClass, ...], Field(strict=False, min_length=1)]


@cache
def waste_classes() -> Mapping[str, WasteClass]:
    """Return the classes by id.

    Raises:
        DefinitionError: The file is malformed.
    """
    path = Path(__file__).with_name("classes.toml")
    return {each.id: each for each in checked(_File, toml_read(path), shown(path)).classes}

"""The words by which claims are found in reports: units, magnitudes, comparators, masks."""

from __future__ import annotations

import csv
import re
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from commonweal.catalogue.reading import Strict, checked, shown, toml_read
from commonweal.engines.claims.words import UnitWord, Words
from commonweal.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER: Final = Path(__file__).parent / "definitions" / "claims"


class Mask(Strict):
    """A pattern of what is no quantity, with a line of which it hides the first number."""

    name: str
    pattern: str
    hides: str


class Masks(Strict):
    """``masks.toml``."""

    masks: Annotated[tuple[Mask, ...], Field(min_length=1, strict=False)]


class Around(Strict):
    """``words.toml``."""

    magnitudes: dict[str, int]
    before: dict[str, str]
    after: dict[str, str]


@cache
def claim_words() -> Words:
    """Return the words that reports in Chinese and English use around numbers.

    Raises:
        DefinitionError: A file is wrong; it is named.
    """
    around = checked(Around, toml_read(FOLDER / "words.toml"), shown(FOLDER / "words.toml"))
    return Words(
        units=tuple(_units(FOLDER / "units.csv")),
        magnitudes={word: Fraction(value) for word, value in around.magnitudes.items()},
        before=around.before,
        after=around.after,
        masks={mask.name: _compiled(mask) for mask in masks()},
    )


def masks() -> tuple[Mask, ...]:
    """Return what is no quantity, in the order in which it is looked for."""
    path = FOLDER / "masks.toml"
    return checked(Masks, toml_read(path), shown(path)).masks


def _compiled(mask: Mask) -> re.Pattern[str]:
    try:
        return re.compile(mask.pattern)
    except re.error as fault:
        raise DefinitionError(f"masks.toml: {mask.name} is no pattern: {fault}") from fault


def _units(path: Path) -> Iterator[UnitWord]:
    with path.open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), 2):
            try:
                factor = Fraction(row["factor"])
            except (ValueError, ZeroDivisionError):
                raise DefinitionError(
                    f"{path.name}, line {line}: the factor {row['factor']!r} is no number",
                    hint="write it as 1000 or 1/100",
                ) from None
            yield UnitWord(row["word"], row["unit"], factor, row["kind"], row["unless"])

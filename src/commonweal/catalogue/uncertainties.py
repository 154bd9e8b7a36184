"""How sure quantities and factors are: dated rows, ours and an operator's."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - pydantic reads the annotations
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from commonweal.catalogue.reading import PACKAGE, Identifier, Strict, checked, shown, toml_read
from commonweal.periods import business_date
from commonweal.settings.config import config

if TYPE_CHECKING:
    from pathlib import Path

_OURS: Final = PACKAGE / "catalogue" / "definitions" / "uncertainty.toml"
ESTIMATED: Final = "estimated"
"""Kind of whatever rests on an estimate, of any carrier."""

_Share = Annotated[Decimal, Field(gt=0, le=5)]


class QuantityUncertainty(Strict):
    """Half width of the 95 % interval of quantities of one kind of carrier."""

    kind: Identifier
    method: str
    share: _Share
    known_from: date
    source: str = Field(min_length=3)
    status: str = Field(min_length=3)


class TableUncertainty(Strict):
    """The same for all rows of a factor table that say nothing of their own."""

    factor: Identifier
    share: _Share
    known_from: date
    source: str = Field(min_length=3)
    status: str = Field(min_length=3)


class Uncertainties(Strict):
    """All rows, in the order in which they became known."""

    quantities: Annotated[tuple[QuantityUncertainty, ...], Field(strict=False)] = ()
    factors: Annotated[tuple[TableUncertainty, ...], Field(strict=False)] = ()

    def of_quantity(self, kind: str, known_at: datetime) -> QuantityUncertainty | None:
        """Return what was known last of a kind by an instant."""
        known = business_date(known_at)
        rows = [r for r in self.quantities if r.kind == kind and r.known_from <= known]
        return max(rows, key=lambda row: row.known_from, default=None)

    def of_table(self, factor: str, known_at: datetime) -> TableUncertainty | None:
        """Return what was known last of a factor table by an instant."""
        known = business_date(known_at)
        rows = [r for r in self.factors if r.factor == factor and r.known_from <= known]
        return max(rows, key=lambda row: row.known_from, default=None)


@cache
def uncertainties() -> Uncertainties:
    """Return our rows and those of this installation's ``catalogue/uncertainty.toml``."""
    return uncertainties_read(config().home / "catalogue" / "uncertainty.toml")


def uncertainties_read(own: Path) -> Uncertainties:
    """Return our rows followed by those of an operator's file, if there is one.

    Raises:
        DefinitionError: A file is malformed.
    """
    files = [_OURS, *([own] if own.exists() else [])]
    found = [checked(Uncertainties, toml_read(path, exact=True), shown(path)) for path in files]
    return Uncertainties(
        quantities=tuple(row for each in found for row in each.quantities),
        factors=tuple(row for each in found for row in each.factors),
    )

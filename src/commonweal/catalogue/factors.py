"""Factors: dated, placed, sourced; looked up as they were known at an instant.

A factor table has two time axes: the year its data describe, and the day it was published. A
report of 2024 printed in spring 2025 could only use the grid factors of 2022, and must print the
same number when it is built again in 2030. Rows are appended, never edited.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime  # noqa: TC003 - pydantic reads the annotations
from decimal import Decimal  # noqa: TC003 - as above
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from commonweal.catalogue.reading import Names, Unit  # noqa: TC001 - as above
from commonweal.catalogue.steps import place_step, table_step, year_step
from commonweal.errors import DefinitionError
from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonweal.catalogue.carriers import Place

ANYWHERE: Final = "*"
"""Place of a row that holds everywhere, such as a calorific value; taking it is no fallback."""


class MissingFactorError(DefinitionError):
    """No row of a factor table answers; the hint names the file and the row to add."""


class FactorRow(BaseModel):
    """One value as published, with its data year, the day it holds from and the day it was known.

    ``lhv_gj`` to ``blend`` are what the value was made of: they serve the lint only.

    Attributes:
        uncertainty_share: Half width of the 95 % interval as a share of the value, where
            ``uncertainty_source`` states it.
        gwp_set: Assessment report whose warming potentials are in the value; empty for CO2 alone.
        stage: ``upstream`` for what was emitted before a carrier came here.
        licence: On what terms the value may be passed on; empty for facts of public notices.
        gas_kg_per_tj: Methane or nitrous oxide of burning a fuel; ``gwp`` is its potential.
        blend: Mass shares of a mixture by carrier: ``r32:0.5 r125:0.5``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)  # lax: CSV cells are text

    factor: str
    carrier: str
    place: str = ANYWHERE
    value: Decimal = Field(ge=0, max_digits=18, decimal_places=12)
    unit: Unit
    data_year: int = Field(ge=1990, le=2100)
    valid_from: date | None = None
    known_from: date
    source: str = Field(min_length=3)
    status: str = Field(min_length=3)
    lhv_gj: Decimal | None = Field(default=None, gt=0, max_digits=12)
    carbon_tc_per_gj: Decimal | None = Field(default=None, gt=0, max_digits=12)
    oxidation: Decimal | None = Field(default=None, gt=0, le=1, max_digits=12)
    kcal: Decimal | None = Field(default=None, gt=0, max_digits=12)
    gas_kg_per_tj: Decimal | None = Field(default=None, gt=0, max_digits=12)
    gwp: Decimal | None = Field(default=None, gt=0, max_digits=12)
    blend: str = Field(default="", pattern=r"^([a-z0-9_]+:0?\.\d+( |$))*$")
    uncertainty_share: Decimal | None = Field(default=None, gt=0, le=5, max_digits=12)
    uncertainty_source: str = ""
    gwp_set: Literal["", "AR4", "AR5", "AR6"] = ""
    licence: str = ""
    stage: Literal["", "upstream"] = ""

    @model_validator(mode="after")
    def _says_where_from(self) -> FactorRow:
        if (self.uncertainty_share is None) != (not self.uncertainty_source):
            raise ValueError("uncertainty_share and uncertainty_source go together")
        return self

    @property
    def reference(self) -> str:
        """What a fact's lineage keeps: enough to find this very row again."""
        return f"{self.factor}/{self.carrier}/{self.place}/{self.data_year}/{self.known_from}"


@dataclass(frozen=True, slots=True)
class FactorChoice:
    """The row that answers, and every step taken to reach it (empty: an exact answer)."""

    row: FactorRow
    steps: tuple[str, ...]


@dataclass(frozen=True)
class FactorTable:
    """All rows of one factor and its rules.

    ``dating``: with ``data_year`` a value describes one year and is *carried forward* when a later
    year is asked for, which is a named step; with ``edition`` it holds until the next edition.
    ``fallback``: what to try when a place has no row: ``parent`` climbs, a code jumps;
    the places in ``alone`` take none, because the values above them leave them out.
    ``otherwise``: the table to ask where this one has no answer at all, which is a named step.
    """

    id: str
    name: Names
    dating: Literal["data_year", "edition"]
    fallback: tuple[str, ...]
    alone: frozenset[str]
    file: str
    rows: tuple[FactorRow, ...]
    places: Mapping[str, Place]
    otherwise: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    beyond: FactorTable | None = None  # the table that ``otherwise`` names
    _index: dict[tuple[str, str], list[FactorRow]] = field(
        init=False, repr=False, compare=False, default_factory=lambda: defaultdict(list)
    )

    def __post_init__(self) -> None:
        """Index the rows by carrier and place, the latest data year and publication first."""
        for row in sorted(self.rows, key=lambda row: (row.data_year, row.known_from), reverse=True):
            self._index[row.carrier, row.place].append(row)

    @property
    def carriers(self) -> frozenset[str]:
        """Carriers that have a row, or may have one of an operator's."""
        return frozenset(row.carrier for row in self.rows) | frozenset(self.units)

    def unit(self, carrier: str) -> str:
        """Return the one unit of all rows of a carrier."""
        stated = (row.unit for row in self.rows if row.carrier == carrier)
        return self.units.get(carrier) or next(stated)

    def find(self, *, carrier: str, place: str, year: int, known_at: datetime) -> FactorChoice:
        """Return the row for a carrier, place and year as known at an instant.

        The nearest place of the fallback chain with any answer wins; there, the latest data year
        up to ``year``, and of that the latest publication.

        Raises:
            MissingFactorError: Nothing on the chain answers.
        """
        known_date = business_date(known_at)
        for candidate in self._chain(place):
            for row in self._index.get((carrier, candidate), ()):
                if row.data_year <= year and row.known_from <= known_date:
                    return FactorChoice(row, self._steps(row, place, year))
        if self.beyond:
            other = self.beyond.find(carrier=carrier, place=place, year=year, known_at=known_at)
            return FactorChoice(other.row, (table_step(self.otherwise, self.id), *other.steps))
        raise MissingFactorError(
            f"factor {self.id!r} has no value for {carrier} in {place} for {year} "
            f"known on {known_date}",
            hint=f"append a row to {self.file}, or to catalogue/factors/{self.id}.csv in the "
            f"home folder: carrier {carrier}, place {place}, data_year {year}, with its source",
        )

    def _chain(self, place: str) -> Iterator[str]:
        yield place
        for step in () if place in self.alone else self.fallback:
            if step != "parent":
                yield step
                continue
            above = self.places.get(place)
            while above is not None and above.parent:
                yield above.parent
                above = self.places.get(above.parent)
        yield ANYWHERE

    def _steps(self, row: FactorRow, place: str, year: int) -> tuple[str, ...]:
        steps = []
        if row.place not in (place, ANYWHERE):
            steps.append(place_step(row.place, place))
        if self.dating == "data_year" and row.data_year != year:
            steps.append(year_step(row.data_year))
        return tuple(steps)

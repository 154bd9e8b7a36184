"""Loads the whole catalogue: ours from the package, an operator's from its home folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from commonweal.catalogue.calendars import Calendar, calendars_read
from commonweal.catalogue.carriers import Carrier, Place, carriers_read, places_read
from commonweal.catalogue.compiler import Stated, indicators_compile, order_of
from commonweal.catalogue.factor_files import factors_read
from commonweal.catalogue.indicators import IndicatorEntry
from commonweal.catalogue.quality_rules import QualityRule, quality_rules_read
from commonweal.catalogue.reading import (
    PACKAGE,
    Identifier,
    Names,
    Strict,
    checked,
    shown,
    toml_read,
)
from commonweal.errors import DefinitionError
from commonweal.settings.config import config

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from commonweal.catalogue.factors import FactorTable
    from commonweal.catalogue.indicators import Indicator

_DEFINITIONS: Final = PACKAGE / "catalogue" / "definitions"
_OPERATOR: Final = "operator"


class Domain(Strict):
    """A field of work: its names, its owner, its place in the menu."""

    id: Identifier
    name: Names
    owner: str
    menu: int


class _IndicatorFile(Strict):
    defaults: dict[str, Any] = Field(default_factory=dict)
    indicators: Annotated[tuple[dict[str, Any], ...], Field(strict=False, min_length=1)]


@dataclass(frozen=True)
class Catalogue:
    """Every definition, compiled; ``order`` lists computed indicators, inputs first."""

    indicators: Mapping[str, Indicator]
    factors: Mapping[str, FactorTable]
    carriers: Mapping[str, Carrier]
    places: Mapping[str, Place]
    domains: Mapping[str, Domain]
    order: tuple[str, ...]
    quality_rules: Mapping[str, QualityRule]
    calendars: Mapping[str, Calendar]


@cache
def catalogue() -> Catalogue:
    """Return the catalogue of this installation, compiled once."""
    return load(config().home / "catalogue")


def load(overlay: Path | None = None) -> Catalogue:
    """Read and compile our definitions and those of an ``overlay`` folder, if it exists.

    Raises:
        DefinitionError: A definition is wrong; the message names file, entry and rule.
    """
    base = _ours()
    places, factors, stated = base.places, base.factors, base.stated
    calendars = base.calendars
    if overlay:
        if (overlay / "places.csv").exists():
            places = places_read(overlay / "places.csv", places)
            factors = {name: replace(table, places=places) for name, table in factors.items()}
        factors = factors_read(overlay / "factors", factors, carriers=base.carriers, places=places)
        stated = (*stated, *_stated(overlay, _OPERATOR))
        calendars = {**calendars, **calendars_read(overlay / "calendars")}
    indicators = indicators_compile(stated, carriers=base.carriers, factors=factors)
    order = order_of(indicators)
    return Catalogue(
        indicators,
        factors,
        base.carriers,
        places,
        base.domains,
        order,
        base.quality_rules,
        calendars,
    )


@dataclass(frozen=True)
class _Definitions:
    carriers: Mapping[str, Carrier]
    places: Mapping[str, Place]
    factors: Mapping[str, FactorTable]
    domains: Mapping[str, Domain]
    quality_rules: Mapping[str, QualityRule]
    calendars: Mapping[str, Calendar]
    stated: tuple[Stated, ...]


@cache
def _ours() -> _Definitions:
    """Read what ships with the package; it does not change while the process runs."""
    carriers = carriers_read(_DEFINITIONS / "carriers.toml")
    places = places_read(_DEFINITIONS / "places.csv", {})
    factors = factors_read(_DEFINITIONS / "factors", {}, carriers=carriers, places=places)
    domains = dict(_domains())
    rules = quality_rules_read(_DEFINITIONS / "quality_rules.toml")
    stated = tuple(item for name in domains for item in _stated(PACKAGE / "domains" / name, name))
    calendars = calendars_read(_DEFINITIONS / "calendars")
    return _Definitions(carriers, places, factors, domains, rules, calendars, stated)


def _domains() -> Iterator[tuple[str, Domain]]:
    for path in sorted((PACKAGE / "domains").glob("*/domain.toml")):
        domain = checked(Domain, toml_read(path), shown(path))
        if domain.id != path.parent.name:
            raise DefinitionError(f"{shown(path)}: id {domain.id!r} is not the name of its folder")
        yield domain.id, domain


def _stated(folder: Path, domain: str) -> Iterator[Stated]:
    own, programmes = folder.glob("indicators/*.toml"), folder.glob("*/indicators/*.toml")
    for path in (*sorted(own), *sorted(programmes)):
        content = checked(_IndicatorFile, toml_read(path), shown(path))
        for number, entry in enumerate(content.indicators, start=1):
            where = f"{shown(path)} entry {number}"
            yield Stated(
                checked(IndicatorEntry, content.defaults | entry, where), domain, shown(path)
            )

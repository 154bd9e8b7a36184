"""Which counter becomes which column: the standards' names, and an operator's own before them."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Literal

from django.conf import settings
from pydantic import Field

from commonweal.catalogue.reading import Strict, Texts, checked, shown, toml_read
from commonweal.domains.radio.schemas import CELL_COUNTERS, ELEMENT_POWER
from commonweal.errors import DefinitionError, InputError
from commonweal.lake.datasets import Column, ColumnKind
from commonweal.lake.mapping import Zone  # noqa: TC001 - pydantic reads it
from commonweal.units import conversion

OURS: Final = Path(__file__).with_name("counters.toml")

_UNITS: Final = {  # by the ending of a column's name
    "share": "dimensionless",
    "mbit": "Mbit",
    "kbit_s": "kbit/s",
    "kwh": "kWh",
    "w": "W",
    "degc": "degC",
    "v": "V",
    "a": "A",
    "s": "second",
}
_COUNTED: Final = tuple(each for each in CELL_COUNTERS.columns if each.kind is ColumnKind.NUMBER)
_DRAWN: Final = tuple(each for each in ELEMENT_POWER.columns if each.kind is ColumnKind.NUMBER)
COLUMNS: Final[tuple[Column, ...]] = (*_COUNTED, *_DRAWN)
"""Of both datasets; the first ``N_COUNTED`` are of cells."""
N_COUNTED: Final = len(_COUNTED)


class Settings(Strict):
    """What a file leaves open."""

    timezone: Zone = ""
    tolerance_s: Annotated[int, Field(ge=0, le=3600)] = 60
    energy: Literal["period", "cumulative"] = "period"
    element: Literal["local", "full"] = "local"
    netdata_energy_unit: str = "Wh"


class ObjectRule(Strict):
    """Objects that are told of another: a relation of its cell, a cabinet of its element."""

    pattern: str
    cell: str
    """What the pattern is replaced by; empty means the managed element."""
    adds: bool = False
    """Several of them add up; else the last value counts."""


class Counter(Strict):
    """One column's names in the files."""

    column: str
    names: Annotated[Texts, Field(min_length=1)]
    unit: str
    adds: bool = False
    source: str = ""


class CounterFile(Strict):
    """One file of counters."""

    settings: Settings = Settings()
    objects: Annotated[tuple[ObjectRule, ...], Field(strict=False)] = ()
    counters: Annotated[tuple[Counter, ...], Field(strict=False)] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """What a counter's value becomes: ``value × times / over`` in a column.

    Of several counters of one column the least ``rank`` counts; those that add up share a rank.
    """

    column: int
    times: float
    over: float
    rank: int
    adds: bool


@dataclass(frozen=True)
class CounterMapping:
    """Everything that decides what a file's counters become."""

    settings: Settings
    objects: tuple[ObjectRule, ...]
    counters: tuple[Counter, ...]
    _known: dict[str, Use | None] = field(default_factory=dict)

    def use(self, name: str) -> Use | None:
        """Return what a counter becomes; None if nothing does."""
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def _find(self, name: str) -> Use | None:
        rank = 0
        for counter in self.counters:
            for number, pattern in enumerate(counter.names):
                if fnmatchcase(name, pattern) if "*" in pattern else name == pattern:
                    ratio = _ratio(counter)
                    column = _COLUMN_NUMBERS[counter.column]
                    rank += 0 if counter.adds else number
                    return Use(column, float(ratio[0]), float(ratio[1]), rank, counter.adds)
            rank += len(counter.names)
        return None

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that is said here; the same files with other counters are other rows."""
        said = [self.settings, *self.objects, *self.counters]
        text = json.dumps([each.model_dump() for each in said], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


_COLUMN_NUMBERS: Final = {column.name: number for number, column in enumerate(COLUMNS)}


def counter_mapping(name: str = "", *, home: Path | None = None) -> CounterMapping:
    """Return our counters, with an operator's before them.

    Args:
        name: Of a file ``<home>/radio/<name>.toml``; without it ``counters.toml``, if it is there.
        home: Folder of the operator, ``settings.HOME`` by default.

    Raises:
        InputError: No file has that name.
        DefinitionError: A file is wrong: it is named, with the entry and the rule.
    """
    ours = _file(OURS)
    path = Path(home or settings.HOME) / "radio" / f"{name or 'counters'}.toml"
    if not path.is_file():
        if name:
            raise InputError(
                f"there is no mapping {name!r}: {path} does not exist",
                hint="write one, in the form of the how-to on performance files",
            )
        return CounterMapping(ours.settings, ours.objects, ours.counters)
    own = _file(path)
    return CounterMapping(
        ours.settings.model_copy(update=own.settings.model_dump(exclude_unset=True)),
        (*own.objects, *ours.objects),
        (*own.counters, *ours.counters),
    )


def _file(path: Path) -> CounterFile:
    found = checked(CounterFile, toml_read(path), shown(path))
    try:
        conversion(found.settings.netdata_energy_unit, "kWh")
    except InputError as fault:
        raise DefinitionError(f"{shown(path)}, netdata_energy_unit: {fault}") from fault
    for counter in found.counters:
        place = f"{shown(path)}, {counter.column} of {counter.names[0]}"
        if counter.column not in _COLUMN_NUMBERS:
            known = ", ".join(_COLUMN_NUMBERS)
            raise DefinitionError(f"{place}: there is no such column", hint=f"there are {known}")
        try:
            _ratio(counter)
        except InputError as fault:
            raise DefinitionError(f"{place}: {fault}", hint=fault.hint) from fault
    for rule in found.objects:
        try:
            re.compile(rule.pattern).sub(rule.cell, "")
        except (re.error, IndexError) as fault:
            raise DefinitionError(f"{shown(path)}, object {rule.pattern!r}: {fault}") from fault
    return found


def _ratio(counter: Counter) -> tuple[int, int]:
    endings = (end for end in _UNITS if counter.column.endswith(f"_{end}"))
    unit = _UNITS.get(max(endings, key=len, default=""), "dimensionless")
    ratio = conversion(counter.unit, unit)
    return ratio.numerator, ratio.denominator

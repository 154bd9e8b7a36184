"""Factor files: a TOML header with its rows inline, or in a CSV of the same name beside it.

An operator's file of the same name adds rows to ours; it cannot change our rules or our rows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from commonweal.catalogue.factor_lint import lint, lint_blends
from commonweal.catalogue.factors import ANYWHERE, FactorRow, FactorTable
from commonweal.catalogue.reading import (
    Identifier,
    Names,
    Strict,
    Texts,
    Unit,
    checked,
    csv_read,
    shown,
    toml_read,
)
from commonweal.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from commonweal.catalogue.carriers import Carrier, Place


class FactorHeader(Strict):
    """What a factor is; written once, by whoever defines the factor."""

    id: Identifier
    name: Names
    dating: Literal["data_year", "edition"] = "data_year"
    fallback: Texts = ()
    alone: Texts = ()
    otherwise: Identifier | Literal[""] = ""
    source: str = Field(min_length=3)
    units: dict[Identifier, Unit] = Field(default_factory=dict)
    """Units of carriers that may have no row of ours: an operator writes theirs."""
    rows: Annotated[tuple[dict[str, Any], ...], Field(strict=False)] = ()


class _RowsOnly(Strict):
    id: Identifier
    rows: Annotated[tuple[dict[str, Any], ...], Field(strict=False)] = ()


def factors_read(
    folder: Path,
    known: Mapping[str, FactorTable],
    *,
    carriers: Mapping[str, Carrier],
    places: Mapping[str, Place],
) -> dict[str, FactorTable]:
    """Return ``known`` tables and those of a folder, by id; rows of a known id are added to it.

    Raises:
        DefinitionError: A file is malformed, a row repeats another, names an unknown carrier or
            place, changes its carrier's unit, or fails the lint.
    """
    found = dict(known)
    for stem in sorted(
        {path.stem for path in folder.glob("*") if path.suffix in {".toml", ".csv"}}
    ):
        found[stem] = _table(folder / stem, found.get(stem), places=places)
        _check(found[stem], carriers=carriers)
    return {name: _linked(table, found) for name, table in found.items()}


def _linked(table: FactorTable, tables: Mapping[str, FactorTable]) -> FactorTable:
    """Give a table the one that its header names for what it cannot answer."""
    if not table.otherwise:
        return table
    other = tables.get(table.otherwise)
    if other is None or other.otherwise:
        raise DefinitionError(
            f"factor {table.id!r}: otherwise {table.otherwise!r} is no table without a further one"
        )
    for carrier in sorted(table.carriers & other.carriers):
        if table.unit(carrier) != other.unit(carrier):
            raise DefinitionError(
                f"factor {table.id!r} is followed by {other.id!r}, which has {carrier} in "
                f"{other.unit(carrier)!r} instead of {table.unit(carrier)!r}"
            )
    return replace(table, beyond=other)


def _table(base: Path, known: FactorTable | None, *, places: Mapping[str, Place]) -> FactorTable:
    toml = base.with_suffix(".toml")
    content = toml_read(toml, exact=True) if toml.exists() else {"id": base.name}
    if content.get("id") != base.name:
        raise DefinitionError(
            f"{shown(toml)}: id {content.get('id')!r} is not the name of the file"
        )
    if known:
        added = checked(_RowsOnly, content, f"{shown(toml)} (adds rows to a factor of ours)")
        return replace(known, rows=(*known.rows, *_rows(base, added.rows)))
    if not toml.exists():
        raise DefinitionError(
            f"{shown(base.with_suffix('.csv'))} adds rows to the unknown factor {base.name!r}",
            hint=f"name the file like a known factor, or write its header in {base.name}.toml",
        )
    header = checked(FactorHeader, content, shown(toml))
    return FactorTable(
        id=header.id,
        name=header.name,
        dating=header.dating,
        fallback=header.fallback,
        alone=frozenset(header.alone),
        otherwise=header.otherwise,
        units=header.units,
        file=shown(toml if header.rows else base.with_suffix(".csv")),
        rows=tuple(_rows(base, header.rows)),
        places=places,
    )


def _rows(base: Path, inline: tuple[dict[str, Any], ...]) -> Iterator[FactorRow]:
    for number, content in enumerate(inline, start=1):
        where = f"{shown(base.with_suffix('.toml'))} row {number}"
        yield lint(checked(FactorRow, {**content, "factor": base.name}, where), where)
    csv = base.with_suffix(".csv")
    for where, cells in csv_read(csv) if csv.exists() else ():
        yield lint(checked(FactorRow, {**cells, "factor": base.name}, where), where)


def _check(table: FactorTable, *, carriers: Mapping[str, Carrier]) -> None:
    seen: set[str] = set()
    units = dict(table.units)
    for row in table.rows:
        where = f"factor {table.id!r}, row {row.reference}"
        if row.carrier not in carriers:
            raise DefinitionError(f"{where}: carrier {row.carrier!r} is not in carriers.toml")
        if row.place != ANYWHERE and row.place not in table.places:
            raise DefinitionError(f"{where}: place {row.place!r} is not in places.csv")
        if row.reference in seen:
            raise DefinitionError(
                f"{where} occurs twice",
                hint="rows are appended, never edited: a correction has a later known_from",
            )
        if units.setdefault(row.carrier, row.unit) != row.unit:
            raise DefinitionError(
                f"{where}: unit {row.unit!r} differs from {units[row.carrier]!r} of the other rows"
            )
        seen.add(row.reference)
    lint_blends(table)
    if unknown := sorted(set(table.units) - set(carriers)):
        first = unknown[0]
        raise DefinitionError(f"factor {table.id!r}: carrier {first!r} is not in carriers.toml")
    for code in (*table.fallback, *table.alone):
        if code != "parent" and code not in table.places:
            raise DefinitionError(f"factor {table.id!r}: {code!r} in its header is no place")

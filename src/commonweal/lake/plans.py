"""The plan of a file: which cells give which column, decided once when the headers are known.

A header is recognised by the column's id or by its name in any language; a template writes all
names, separated by ``|``. What stands in brackets after it is the unit of a number, or the zone of
an instant: ``計費電量 [MWh]``, ``抄表時刻 [Asia/Shanghai]``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from commonweal.errors import InputError
from commonweal.lake.datasets import ColumnKind
from commonweal.lake.mapping import ColumnMapping, Repeat
from commonweal.units import conversion

if TYPE_CHECKING:
    from collections.abc import Mapping as Dictionary
    from collections.abc import Sequence
    from fractions import Fraction

    from commonweal.lake.datasets import Column, Dataset
    from commonweal.lake.mapping import Mapping

_BRACKETED: Final = re.compile(  # in half or full width
    r"^(?P<name>.*?)\s*[\[(（［](?P<inside>[^\[\]()（）［］]*)[\])）］]\s*$"  # noqa: RUF001
)
_SHOWN: Final = 30  # headers in a message


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column of the dataset and where its cells come from: a header, a constant, or nowhere."""

    column: Column
    header: str = ""
    constant: str | None = None
    ratio: Fraction | None = None
    """What a number is multiplied by."""
    timezone: str = ""
    date_formats: tuple[str, ...] = ()
    values: Dictionary[str, str] = field(default_factory=dict)
    decimal: str = "."
    thousands: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """``repeats``: the fields of every row that a line gives. ``ignored``: headers nobody uses."""

    repeats: tuple[tuple[Field, ...], ...]
    ignored: tuple[str, ...]


def plan_file(dataset: Dataset, mapping: Mapping, headers: Sequence[str]) -> Plan:
    """Decide where every column comes from.

    Raises:
        InputError: A required column is missing, the mapping names what is not there, a header is
            claimed twice, or a unit does not convert.
    """
    if mapping.dataset not in ("", dataset.id):
        raise InputError(f"the mapping is for {mapping.dataset}, not for {dataset.id}")
    repeats = []
    for number, group in enumerate(mapping.repeat or [Repeat()], start=1):
        place = f"repeat {number}: " if mapping.repeat else ""
        planner = _Planner(dataset, mapping, headers, place)
        columns = mapping.columns | group.columns
        repeats.append(planner.fields(columns, mapping.constants | group.constants))
    used = {each.header for fields in repeats for each in fields}
    return Plan(tuple(repeats), tuple(header for header in headers if header not in used))


@dataclass(frozen=True, slots=True)
class _Planner:
    dataset: Dataset
    mapping: Mapping
    headers: Sequence[str]
    place: str  # opens every message, where a mapping repeats

    def fields(
        self, columns: Dictionary[str, ColumnMapping], constants: Dictionary[str, str]
    ) -> tuple[Field, ...]:
        for name in (*columns, *constants):
            self.dataset.column(name)
        if both := sorted(columns.keys() & constants.keys()):
            raise InputError(f"{self.place}{both[0]} has a column and a constant in the mapping")
        fields, missing = [], []
        for column in self.dataset.columns:
            if column.name in constants:
                fields.append(
                    Field(
                        column=column,
                        constant=constants[column.name],
                        timezone=self.mapping.timezone,
                    )
                )
            elif source := columns.get(column.name) or _recognised(
                column, self.headers, self.place
            ):
                fields.append(self._field(column, source))
            elif column.required:
                missing.append(f"{column.name} ({column.names['en']})")
            else:
                fields.append(Field(column=column))
        if missing:
            raise InputError(
                f"{self.place}there is no column for {', '.join(missing)}",
                hint=f"its headers are: {_listed(self.headers)}; name the right one in a mapping",
            )
        return tuple(fields)

    def _field(self, column: Column, source: ColumnMapping) -> Field:
        if source.column not in self.headers:
            raise InputError(
                f"{self.place}the mapping takes {column.name} from {source.column!r},"
                " which is no header",
                hint=f"the headers are: {_listed(self.headers)}",
            )
        if f"{source.column} (2)" in self.headers:
            raise InputError(
                f"{self.place}the header {source.column!r} for {column.name} stands there twice",
                hint=f"rename one; the second is {source.column + ' (2)'!r} in a mapping",
            )
        return Field(
            column=column,
            header=source.column,
            ratio=_ratio(column, source, self.place),
            timezone=source.timezone or self.mapping.timezone,
            date_formats=tuple(source.date_formats or self.mapping.date_formats),
            values=source.values,
            decimal=self.mapping.decimal,
            thousands=self.mapping.thousands,
        )


def _listed(headers: Sequence[str]) -> str:
    shown = ", ".join(header[:40] for header in headers[:_SHOWN])
    return f"{shown} … ({len(headers)} in all)" if len(headers) > _SHOWN else shown


def _ratio(column: Column, source: ColumnMapping, place: str) -> Fraction | None:
    unit = source.unit.strip()
    if not unit:
        return None
    if column.kind is not ColumnKind.NUMBER or not column.unit:
        raise InputError(
            f"{place}{column.name} has no unit to convert {unit!r} into",
            hint="only numbers with a declared unit convert",
        )
    try:
        ratio = conversion(unit, column.unit)
    except InputError as fault:
        raise InputError(
            f"{place}{column.name} from {source.column!r}: {fault}",
            hint=f"name the unit of the file's numbers, one that converts to {column.unit}",
        ) from fault
    return None if ratio == 1 else ratio


def _recognised(column: Column, headers: Sequence[str], place: str) -> ColumnMapping | None:
    found = [match for header in headers if (match := _match(column, header))]
    if len(found) > 1:
        raise InputError(
            f"{place}both {found[0].column!r} and {found[1].column!r} could be {column.name}",
            hint="say in a mapping which one it is",
        )
    return found[0] if found else None


def _match(column: Column, header: str) -> ColumnMapping | None:
    """Return where the column comes from if this header means it."""
    known = {column.name.casefold(), *(name.casefold() for name in column.names.values())}
    bracketed = _BRACKETED.match(header)
    if bracketed is None or header.strip().casefold() in known:
        return ColumnMapping(column=header) if _plain(header) & known else None
    if not _plain(bracketed["name"]) & known:
        return None
    inside = bracketed["inside"].strip()
    if column.kind is ColumnKind.INSTANT:
        return ColumnMapping(column=header, timezone=inside) if _is_zone(inside) else None
    if column.kind is ColumnKind.NUMBER and column.unit and inside:
        return ColumnMapping(column=header, unit=inside)
    return None


def _plain(header: str) -> set[str]:
    return {part.strip().casefold() for part in header.split("|")}


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True

"""Indicators that count records, checked against what they count and put into SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final, NoReturn

from commonweal.catalogue import Records, catalogue
from commonweal.errors import DefinitionError, InputError
from commonweal.kernel.programmes.columns import ColumnKind, column_of
from commonweal.kernel.programmes.counting import Count
from commonweal.kernel.programmes.definitions import MERGED
from commonweal.kernel.programmes.registry import ENVELOPE, RecordType, record_types
from commonweal.lake.datasets import ColumnKind as LakeKind
from commonweal.lake.datasets import Dataset, datasets
from commonweal.units import conversion

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from fractions import Fraction

    from commonweal.catalogue import Indicator

_DAY: Final = re.compile(r"(?P<field>[a-z][a-z0-9_]*?)(?:(?P<sign>[+-])(?P<days>[0-9]{1,4}))?")
_COMPARISON: Final = re.compile(r"(?P<sign>[<>]=?|=)\s*(?P<number>\S+)")
_FINEST: Final = 6  # decimals of a summand
_LAKE_KINDS: Final = {
    LakeKind.REFERENCE: ColumnKind.REFERENCE,
    LakeKind.INSTANT: ColumnKind.INSTANT,
    LakeKind.DAY: ColumnKind.DAY,
    LakeKind.NUMBER: ColumnKind.NUMBER,
    LakeKind.INTEGER: ColumnKind.NUMBER,
}


@dataclass(frozen=True, slots=True)
class Figure:
    """An indicator that counts records or rows, ready to be asked."""

    indicator: Indicator
    counted: RecordType | Dataset
    count: Count
    columns: frozenset[str]
    """Fields that the count looks at."""
    clock: str = ""
    is_by_month: bool = False
    """Whether the months that a dataset's rows are filed under decide in which they count."""

    @property
    def plain_day(self) -> tuple[str, bool] | None:
        """Field of the day from which rows count, and whether it holds instants.

        None for a dataset, or where days are added to it.
        """
        if not isinstance(self.counted, RecordType) or not self.count.first_day.isidentifier():
            return None
        name = self.count.first_day
        return name, column_of(self.counted, name).kind is ColumnKind.INSTANT


def figures(asked: Collection[str] = ()) -> Mapping[str, Figure]:
    """Return the computed indicators that count records or rows, by id; all if none is asked for.

    Raises:
        DefinitionError: One does not fit what it counts; the message names file, entry and key.
    """
    return {
        each.id: figure_compile(each)
        for each in catalogue().indicators.values()
        if each.source.kind == "records"
        and each.status == "computed"
        and (not asked or each.id in asked)
    }


def figure_compile(indicator: Indicator) -> Figure:
    """Check one indicator against the type of record or the dataset it counts.

    Raises:
        DefinitionError: It counts what is not there, or a key does not fit.
    """
    source = indicator.source
    if not isinstance(source, Records):
        raise InputError(f"indicator {indicator.id!r} counts no records")
    counted = record_types().get(source.of) or datasets().get(source.of)
    if counted is None:
        known = ", ".join((*record_types(), *datasets()))
        raise DefinitionError(
            f"{indicator.file}, indicator {indicator.id!r}, key 'of': {source.of!r} is neither a"
            " type of record nor a dataset",
            hint=f"there are: {known}",
        )
    return _Compiler(indicator, source, counted).figure()


@dataclass(slots=True)
class _Compiler:
    indicator: Indicator
    source: Records
    counted: RecordType | Dataset
    used: set[str] = field(default_factory=set)

    def figure(self) -> Figure:
        source = self.source
        self._clock_check()
        dates = [self._day(name) for name in self.dates]
        span = "stock" if source.during else "flow"
        if not source.during and self.indicator.rollup.over_time == "last":
            span = "cumulative"
        count = Count(
            node=self._node(),
            first_day=dates[0],
            last_day=dates[1] if len(dates) > 1 else "",
            value=self._value(),
            exists=f"state <> '{MERGED}'" if isinstance(self.counted, RecordType) else "TRUE",
            fits=" AND ".join(self._conditions()) or "TRUE",
            span=span,
            is_distinct=source.aggregate == "distinct",
            scale=self._scale(),
        )
        by_month = (
            isinstance(self.counted, Dataset)
            and span == "flow"
            and self.dates == (self.counted.month_of,)
        )
        return Figure(
            self.indicator, self.counted, count, frozenset(self.used), source.clock, by_month
        )

    @property
    def dates(self) -> tuple[str, ...]:
        """Fields of the day from which, and of that until which, a row counts."""
        if self.source.during:
            return tuple(name for name in self.source.during if name)
        if isinstance(self.counted, Dataset):
            return (self.source.date or self.counted.month_of,)
        return (self.source.date or "start_date",)

    def _node(self) -> str:
        if isinstance(self.counted, RecordType):
            return "node_id"
        found = [each.name for each in self.counted.columns if each.references == "node"]
        if not found:
            self._refuse("of", f"dataset {self.counted.id} has no column of organisation nodes")
        return found[0]

    def _day(self, written: str) -> str:
        key = "during" if self.source.during else "date"
        parts = _DAY.fullmatch(written)
        if parts is None:
            self._refuse(key, f"{written!r} is no field, nor one with days added as 'due_date+1'")
        kind = self._kind(key, parts["field"])
        if kind not in {ColumnKind.DAY, ColumnKind.INSTANT}:
            self._refuse(key, f"{parts['field']!r} is no date")
        day = parts["field"]
        if kind is ColumnKind.INSTANT and isinstance(self.counted, Dataset):
            day = f"CAST({day} + INTERVAL '8' HOUR AS DATE)"  # of records it is a day already
        if parts["sign"]:
            day = f"CAST({day} {parts['sign']} INTERVAL '{parts['days']}' DAY AS DATE)"
        return day

    def _value(self) -> str:
        source = self.source
        if source.aggregate == "count":
            if source.field:
                self._refuse("field", "a count of rows has no field; it is sum or distinct")
            return ""
        if not source.field:
            self._refuse("field", f"{source.aggregate} of which field?")
        kind = self._kind("field", source.field)
        if source.aggregate == "sum":
            if kind is not ColumnKind.NUMBER:
                self._refuse("field", f"{source.field!r} is no number")
            if self._decimals() > _FINEST:
                self._refuse("field", f"{source.field!r} has more than {_FINEST} decimals")
        return source.field

    def _decimals(self) -> int:
        if isinstance(self.counted, Dataset):
            return 0
        return getattr(column_of(self.counted, self.source.field).column, "decimal_places", 0)

    def _scale(self) -> Fraction:
        source = self.source
        own = self._unit() if source.aggregate == "sum" else ""
        try:
            if own and source.unit and conversion(source.unit, own) != 1:
                self._refuse("unit", f"{source.field!r} is in {own}, not in {source.unit}")
            return conversion(source.unit or own or self.indicator.unit, self.indicator.unit)
        except InputError as fault:
            self._refuse("unit", str(fault))

    def _unit(self) -> str:
        name = self.source.field
        if isinstance(self.counted, Dataset):
            return self.counted.column(name).unit
        return self.counted.spec.fields[name].unit if name in self.counted.spec.fields else ""

    def _conditions(self) -> Iterator[str]:
        source = self.source
        if source.states:
            if isinstance(self.counted, Dataset):
                self._refuse("states", "rows of a dataset have no states")
            known = [each.id for each in self.counted.spec.states]
            if unknown := set(source.states) - set(known):
                self._refuse("states", f"there is no state {min(unknown)!r}", known)
            yield f"state IN ({', '.join(_text(each) for each in source.states)})"
        for name, accepted in source.where.items():
            yield self._condition(name, accepted)
        if source.clock:
            wanted = {None: "IS NOT NULL", True: "= 'within'", False: "= 'late'"}
            yield f"clock_{source.clock} {wanted[source.within_budget]}"

    def _condition(self, name: str, accepted: bool | str | list[str]) -> str:  # noqa: FBT001 - a value
        kind = self._kind("where", name)
        if isinstance(accepted, bool):
            if kind is ColumnKind.FLAG:
                return f"{name} = {str(accepted).upper()}"
            text = kind is ColumnKind.TEXT or (
                kind is ColumnKind.REFERENCE and isinstance(self.counted, RecordType)
            )
            filled = f"({name} IS NOT NULL AND {name} <> '')" if text else f"({name} IS NOT NULL)"
            return filled if accepted else f"NOT {filled}"
        values = [accepted] if isinstance(accepted, str) else accepted
        if kind is ColumnKind.TEXT:
            if wrong := sorted(set(values) - set(self._choices(name) or values)):
                self._refuse("where", f"{wrong[0]!r} is no value of {name!r}", self._choices(name))
            return f"{name} IN ({', '.join(_text(each) for each in values)})"
        if kind not in {ColumnKind.NUMBER, ColumnKind.DAY} or not isinstance(accepted, str):
            self._refuse("where", f"{name!r} is either filled in (true) or not (false)")
        return self._comparison(name, kind, accepted)

    def _comparison(self, name: str, kind: ColumnKind, written: str) -> str:  # noqa: RET503 - it refuses
        if parts := _COMPARISON.fullmatch(written):
            try:
                if kind is ColumnKind.NUMBER:
                    return f"{name} {parts['sign']} {Decimal(parts['number']):f}"
                return f"{name} {parts['sign']} DATE '{date.fromisoformat(parts['number'])}'"
            except (InvalidOperation, ValueError):
                pass
        self._refuse("where", f"{written!r} is no comparison of {name!r}, such as '>= 3'")

    def _choices(self, name: str) -> tuple[str, ...]:
        if isinstance(self.counted, Dataset):
            return self.counted.column(name).choices
        spec = self.counted.spec.fields.get(name)
        return tuple(spec.choices) if spec else ()

    def _kind(self, key: str, name: str) -> ColumnKind:
        """Return what a field holds, noting that it is looked at."""
        self.used.add(name)
        if isinstance(self.counted, Dataset):
            found = {each.name: each for each in self.counted.columns}
            if name not in found:
                self._refuse(key, f"there is no field {name!r}", found)
            return _LAKE_KINDS.get(found[name].kind, ColumnKind.TEXT)
        spec = self.counted.spec
        if name not in spec.fields and name not in ENVELOPE:
            self._refuse(key, f"there is no field {name!r}", spec.fields)
        if name in spec.fields and spec.fields[name].is_personal:
            self._refuse(key, f"{name!r} is personal, and nothing is counted by it")
        return column_of(self.counted, name).kind

    def _clock_check(self) -> None:
        source = self.source
        if source.within_budget is not None and not source.clock:
            self._refuse("within_budget", "within the budget of which clock?")
        if not source.clock:
            return
        known = self.counted.spec.clocks if isinstance(self.counted, RecordType) else {}
        if source.clock not in known:
            self._refuse("clock", f"there is no clock {source.clock!r}", known)

    def _refuse(self, key: str, why: str, known: Iterable[str] = ()) -> NoReturn:
        hint = ", ".join(known)
        raise DefinitionError(
            f"{self.indicator.file}, indicator {self.indicator.id!r}, key {key!r}: {why}",
            hint=f"there are: {hint}" if hint else "",
        )


def _text(value: str) -> str:
    quoted = value.replace("'", "''")
    return f"'{quoted}'"

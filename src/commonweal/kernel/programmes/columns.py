"""Columns of records as figures see them: days, exact numbers, flags, texts and references."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import models

from commonweal.periods import BUSINESS_ZONE, business_date

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from commonweal.kernel.programmes.registry import RecordType

_DIGITS: Final = 38


class ColumnKind(StrEnum):
    """What a column holds, whatever the table is that it stands in."""

    DAY = "day"
    INSTANT = "instant"
    NUMBER = "number"
    FLAG = "flag"
    TEXT = "text"
    REFERENCE = "reference"


_KINDS: Final[tuple[tuple[tuple[type[models.Field[Any, Any]], ...], ColumnKind], ...]] = (
    ((models.DateTimeField,), ColumnKind.INSTANT),  # before DateField, of which it is one
    ((models.DateField,), ColumnKind.DAY),
    ((models.BooleanField,), ColumnKind.FLAG),
    ((models.DecimalField, models.IntegerField, models.FloatField), ColumnKind.NUMBER),
    ((models.ForeignKey, models.UUIDField), ColumnKind.REFERENCE),
)
_TYPES: Final = {
    ColumnKind.DAY: pa.date32(),
    ColumnKind.INSTANT: pa.date32(),  # its business day
    ColumnKind.FLAG: pa.bool_(),
    ColumnKind.NUMBER: pa.float64(),
}


class Code(str):
    """The code by which the event log tells what a record refers to."""

    __slots__ = ()


@dataclass(frozen=True)
class Column:
    """One column of a type of record."""

    column: models.Field[Any, Any]

    @property
    def name(self) -> str:
        """The field's name."""
        return self.column.name

    @property
    def attname(self) -> str:
        """The name of what the table holds: ``node_id`` of ``node``."""
        return self.column.attname

    @cached_property
    def kind(self) -> ColumnKind:
        """What it holds."""
        return next((k for kinds, k in _KINDS if isinstance(self.column, kinds)), ColumnKind.TEXT)

    @property
    def is_text(self) -> bool:
        """Whether the database is asked for its text, which reads ten times as fast."""
        return self.kind is not ColumnKind.FLAG and not isinstance(self.column, models.IntegerField)

    @cached_property
    def field(self) -> pa.Field:
        """Name and type in Arrow; an instant is its business day."""
        return pa.field("node_id" if self.name == "node" else self.name, self._type)

    @property
    def _type(self) -> pa.DataType:
        if self.name == "node" or isinstance(self.column, models.IntegerField):
            return pa.int64()
        if isinstance(self.column, models.DecimalField):
            return pa.decimal128(_DIGITS, self.column.decimal_places)
        return _TYPES.get(self.kind, pa.string())

    def read(self, values: Sequence[Any]) -> pa.Array:
        """Return values as the database gave them, in the column's type."""
        if not self.is_text:
            return pa.array(values, self._type)
        texts = pa.array(values, pa.string())
        if self.kind is ColumnKind.INSTANT:
            at = pc.assume_timezone(_instants(texts), "UTC")
            local = pc.local_timestamp(at.cast(pa.timestamp("us", str(BUSINESS_ZONE))))
            return local.cast(pa.date32(), safe=False)
        if isinstance(self.column, models.UUIDField):
            return pc.replace_substring(texts, "-", "")
        return texts.cast(self._type)

    def told(self, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        """Return a value as the event log tells it, in the column's type; a reference as a code."""
        if value is None:
            return None
        if isinstance(self.column, models.DecimalField):
            return Decimal(value)
        match self.kind:
            case ColumnKind.DAY:
                return date.fromisoformat(value)
            case ColumnKind.INSTANT:
                return business_date(datetime.fromisoformat(value))
            case ColumnKind.REFERENCE:
                is_code = isinstance(self.column, models.ForeignKey)
                return Code(value) if is_code else value.replace("-", "")
        return value

    def by_code(self, codes: Collection[Code]) -> Mapping[str, Any]:
        """Return what references are stored as, by the codes they were told as."""
        target = self.column.related_model
        key = "code" if hasattr(target, "code") else "username"
        rows = target._default_manager.filter(**{f"{key}__in": sorted(codes)})  # type: ignore[union-attr]  # noqa: SLF001 - public _meta
        return {
            code: pk if self.name == "node" else str(pk).replace("-", "")
            for code, pk in rows.values_list(key, "pk")
        }


def instants(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return instants that the database wrote as text, in microseconds since 1970."""
    found = _instants(pa.array(texts, pa.string())).cast(pa.int64())
    return np.array(found, dtype=np.int64)


def _instants(texts: pa.Array) -> pa.Array:
    bare = pc.replace_substring_regex(texts, r"[+]00(:00)?$", "")
    return bare.cast(pa.timestamp("us"))


def column_of(kind: RecordType, name: str) -> Column:
    """Return a column of a type of record, its own or the envelope's."""
    return Column(kind.model._meta.get_field(name))  # type: ignore[arg-type]  # noqa: SLF001 - public _meta

"""Instants and days from cells. A naive instant is read only in a zone that somebody named.

Usual forms: ISO 8601, and year first with ``/``, ``.`` or 年月日, digits with or without leading
zeros, as spreadsheets write them. Anything else needs ``date_formats`` in the mapping.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from commonweal.lake.casts import lenient
from commonweal.periods import BUSINESS_ZONE

if TYPE_CHECKING:
    from collections.abc import Sequence

_UTC: Final = pa.timestamp("us", "UTC")
_NAIVE: Final = pa.timestamp("us")
_EARLIEST: Final = dt.date(1900, 1, 1)
_AFTER_LAST: Final = dt.date(2200, 1, 1)
_ISO_ZONED: Final = r"^\d{4}-\d\d-\d\d[T ]\d\d(:\d\d(:\d\d(\.\d{1,6})?)?)?(Z|[+-]\d\d(:?\d\d)?)$"
_ISO_NAIVE: Final = r"^\d{4}-\d\d-\d\d([T ]\d\d(:\d\d(:\d\d(\.\d{1,6})?)?)?)?$"
_ISO_DAY: Final = r"^\d{4}-\d\d-\d\d$"
_TIDY: Final = (  # applied in turn to cells that are not ISO already
    (r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", r"\1-\2-\3"),
    (r"^(\d{4})-(\d)-", r"\1-0\2-"),
    (r"^(\d{4}-\d\d)-(\d)($|[T \s])", r"\1-0\2\3"),
    (r"^(\d{4}-\d\d-\d\d)(?:T|\s+)(\d{1,2}:)", r"\1T\2"),
    (r"^(\d{4}-\d\d-\d\dT)(\d:)", r"\10\2"),
)


def instant_values(cells: pa.Array, timezone: str, date_formats: Sequence[str] = ()) -> pa.Array:
    """Return instants in UTC, stored without a zone; null where there is no instant to be had."""
    zoned, naive = _instants(cells, date_formats)
    if naive.null_count == len(naive):
        return _in_range(zoned)
    return _in_range(pc.coalesce(zoned, _localised(naive, timezone)))


def _instants(cells: pa.Array, date_formats: Sequence[str]) -> tuple[pa.Array, pa.Array]:
    """Read what can be read: instants in UTC where a zone is named, naive ones apart."""
    nothing = pa.nulls(len(cells), _NAIVE)
    if pa.types.is_timestamp(cells.type) and cells.type.tz is not None:
        return cells.cast(_UTC, safe=False).cast(_NAIVE), nothing
    if pa.types.is_timestamp(cells.type) or pa.types.is_date(cells.type):
        return nothing, cells.cast(_NAIVE, safe=False)
    if not pa.types.is_string(cells.type):
        return nothing, nothing
    if date_formats:
        return _formatted(cells, date_formats)
    try:
        return cells.cast(_UTC).cast(_NAIVE), nothing
    except pa.ArrowInvalid:
        tidy = _tidy(cells)
        return lenient(tidy, _ISO_ZONED, _UTC).cast(_NAIVE), lenient(tidy, _ISO_NAIVE, _NAIVE)


def day_values(cells: pa.Array, date_formats: Sequence[str] = ()) -> pa.Array:
    """Return business days; an instant counts as a day only where it is that day's midnight."""
    if pa.types.is_date(cells.type):
        return _in_range(cells.cast(pa.date32()))
    if pa.types.is_timestamp(cells.type):
        local = cells
        if cells.type.tz is not None:
            local = pc.local_timestamp(
                cells.cast(pa.timestamp("us", str(BUSINESS_ZONE)), safe=False)
            )
        local = local.cast(_NAIVE, safe=False)
        day = local.cast(pa.date32(), safe=False)
        midnight = pc.equal(day.cast(_NAIVE), local)
        return _in_range(pc.if_else(midnight, day, pa.scalar(None, pa.date32())))
    if not pa.types.is_string(cells.type):
        return pa.nulls(len(cells), pa.date32())
    if date_formats:
        _, naive = _formatted(cells, date_formats)
        return _in_range(naive.cast(pa.date32(), safe=False))
    try:
        return _in_range(cells.cast(pa.date32()))
    except pa.ArrowInvalid:
        bare = pc.replace_substring_regex(_tidy(cells), r"T0?0:00(:00(\.0+)?)?$", "")
        return _in_range(lenient(bare, _ISO_DAY, pa.date32()))


def _in_range(values: pa.Array) -> pa.Array:
    """Null what lies outside 1900 to 2199: a typing error, and more than calendars can hold."""
    first, after = (pa.scalar(day).cast(values.type) for day in (_EARLIEST, _AFTER_LAST))
    inside = pc.and_(pc.greater_equal(values, first), pc.less(values, after))
    return pc.if_else(inside, values, pa.scalar(None, values.type))


def _localised(naive: pa.Array, timezone: str) -> pa.Array:
    """Read naive instants in a zone; null for those that the zone's clock skips or shows twice."""
    if not timezone:
        return pa.nulls(len(naive), _NAIVE)
    naive = _in_range(naive)
    early, late = (
        pc.assume_timezone(naive, timezone, ambiguous=side, nonexistent=side)
        for side in ("earliest", "latest")
    )
    return (
        pc.if_else(pc.equal(early, late), early, pa.scalar(None, early.type))
        .cast(_UTC)
        .cast(_NAIVE)
    )


def _tidy(cells: pa.Array) -> pa.Array:
    for pattern, replacement in _TIDY:
        cells = pc.replace_substring_regex(cells, pattern, replacement)
    return cells


def _formatted(cells: pa.Array, date_formats: Sequence[str]) -> tuple[pa.Array, pa.Array]:
    """Read every distinct cell with the first format that fits; zoned ones in UTC, naive ones."""
    distinct = cells.dictionary_encode()
    read = [_first_fitting(cell, date_formats) for cell in distinct.dictionary.to_pylist()]
    zoned = [
        at.astimezone(dt.UTC).replace(tzinfo=None) if at and at.tzinfo else None for at in read
    ]
    naive = [at if at and not at.tzinfo else None for at in read]
    return (
        pa.array(zoned, _NAIVE).take(distinct.indices),
        pa.array(naive, _NAIVE).take(distinct.indices),
    )


def _first_fitting(cell: str, date_formats: Sequence[str]) -> dt.datetime | None:
    for date_format in date_formats:
        try:
            read = dt.datetime.strptime(cell, date_format)  # noqa: DTZ007 - naive on purpose
        except ValueError:
            continue
        if _EARLIEST <= read.date() < _AFTER_LAST:
            return read
    return None

"""Cells become values: a column of days or instants at once, any other text once for all its rows.

The rules are those of forms (``values_clean``); a text that came before is not checked again, and
what a column refers to is fetched for many rows in one query.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, Final, cast

import pyarrow as pa
import pyarrow.compute as pc
from django.core.exceptions import FieldDoesNotExist
from django.db.models import (
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    ForeignKey,
    TextField,
)
from django.utils.translation import gettext as _

from commonweal.kernel.programmes.imports.result import RowRefusedError
from commonweal.kernel.programmes.safe_cells import ESCAPED
from commonweal.kernel.programmes.values import ValuesError, values_clean
from commonweal.lake.readers.text import REPLACEMENT
from commonweal.lake.times import day_values, instant_values
from commonweal.periods import BUSINESS_ZONE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from django.db.models import Field

    from commonweal.kernel.programmes.imports.headers import Columns
    from commonweal.kernel.programmes.registry import RecordType

_CACHED: Final = 50_000  # texts of one field that are remembered
_CHUNK: Final = 1000  # codes in one query
_SHOWN: Final = 60
_BOOLEANS: Final = {
    **dict.fromkeys(("true", "yes", "y", "1", "是"), True),
    **dict.fromkeys(("false", "no", "n", "0", "否"), False),
}

Cell = Any
"""A value, or the ``RowRefusedError`` that says why there is none."""


def texts(columns: Columns, name: str, cells: pa.Table) -> pa.Array:
    """Return a column with its texts trimmed, blank ones as null, and our own escape taken off."""
    cells = cells[columns.headers[name]].combine_chunks()
    if not pa.types.is_string(cells.type):
        return cells
    cells = pc.utf8_trim_whitespace(cells)
    cells = pc.if_else(pc.equal(cells, ""), pa.scalar(None, pa.string()), cells)
    if not columns.is_escaped:
        return cells
    escaped = pc.match_substring_regex(cells, ESCAPED.pattern)
    return pc.if_else(escaped, pc.utf8_slice_codeunits(cells, 1), cells)


class Cleaner:
    """Reads the cells of one file; remembers what it has read."""

    def __init__(self, kind: RecordType, columns: Columns) -> None:
        """Choose for each field how it is read."""
        self._kind, self._columns = kind, columns
        self._read: dict[str, dict[Any, Cell]] = {name: {} for name in columns.fields}
        self._empty = {name: values_clean(kind, {name: ""})[name] for name in columns.fields}

    def values(self, cells: pa.Table) -> Mapping[str, Sequence[Cell]]:
        """Return field → value or refusal of each row."""
        return {name: self._column(name, cells) for name in self._columns.fields}

    def _column(self, name: str, cells: pa.Table) -> list[Cell]:
        column = self._kind.columns[name]
        found = texts(self._columns, name, cells)
        if isinstance(column, DateTimeField):
            return self._instants(name, found)
        if isinstance(column, DateField):
            return self._dates(name, found, day_values(found), _("is not a day"), "2024-03-01")
        shown = found.to_pylist()
        known = self._read[name]
        if len(known) > _CACHED:
            known.clear()
        if missing := {each for each in shown if each not in known}:
            self._clean(name, column, missing)
        return [known[each] for each in shown]

    def _instants(self, name: str, cells: pa.Array) -> list[Cell]:
        read = instant_values(cells, str(BUSINESS_ZONE))
        found = self._dates(name, cells, read, _("is not an instant"), "2024-03-01 08:00")
        return [each if _is_none(each) else each.replace(tzinfo=UTC) for each in found]

    def _dates(
        self, name: str, cells: pa.Array, read: pa.Array, words: str, example: str
    ) -> list[Cell]:
        found: list[Cell] = read.to_pylist()
        if read.null_count > cells.null_count:
            for row, text in enumerate(cells.to_pylist()):
                if found[row] is None and text is not None:
                    hint = _("write %(example)s") % {"example": example}
                    found[row] = self._refused(name, text, f"{_short(text)} {words}", hint)
        if cells.null_count and self._empty[name] is not None:
            found = [self._empty[name] if each is None else each for each in found]
        return found

    def _clean(self, name: str, column: Field[Any, Any], cells: Collection[Any]) -> None:
        """Read texts that have not been seen before."""
        known = self._read[name]
        prepare: Callable[[Any], Any] = lambda cell: cell  # noqa: E731 - one of three
        if isinstance(column, ForeignKey) and _has_code(column):
            prepare = _referred(column, cells)
        elif isinstance(column, BooleanField):
            prepare = lambda cell: _BOOLEANS.get(str(cell).lower(), cell)  # noqa: E731
        elif isinstance(column, CharField | TextField):
            prepare = str
        for cell in cells:
            if cell is None:
                known[cell] = self._empty[name]
            elif isinstance(cell, str) and REPLACEMENT in cell:
                known[cell] = self._lost(name, cell)
            else:
                known[cell] = self._cleaned(name, cell, prepare(cell))

    def _cleaned(self, name: str, cell: object, value: object) -> Cell:
        if value is None:
            sentence = _("there is no %(value)r") % {"value": str(cell)}
            return self._refused(name, cell, sentence, "", rule="reference")
        try:
            return values_clean(self._kind, {name: value})[name]
        except ValuesError as fault:
            rule = "choice" if self._kind.spec.fields[name].choices else "value"
            return self._refused(name, cell, fault.fields[name], fault.hint, rule=rule)

    def _lost(self, name: str, cell: str) -> RowRefusedError:
        sentence = _("%(value)s holds a byte that is no text in the file's encoding")
        hint = _("save the file as CSV UTF-8")
        return self._refused(name, cell, sentence % {"value": _short(cell)}, hint, rule="encoding")

    def _refused(
        self, name: str, cell: object, sentence: str, hint: str, *, rule: str = "value"
    ) -> RowRefusedError:
        header = self._columns.headers[name]
        if not hint and (example := self._kind.spec.fields[name].example):
            hint = _("write it as %(example)s") % {"example": example}
        return RowRefusedError(rule, sentence, column=header, value=cell, hint=hint)


def _is_none(cell: Cell) -> bool:
    return cell is None or isinstance(cell, RowRefusedError)


def _has_code(column: Field[Any, Any]) -> bool:
    try:
        column.related_model._meta.get_field("code")  # type: ignore[union-attr] # noqa: SLF001 - public _meta
    except FieldDoesNotExist:
        return False
    return True


def _referred(column: Field[Any, Any], codes: Collection[Any]) -> Callable[[Any], Any]:
    """Fetch what these codes name; the result returns None for a code that names nothing."""
    wanted = [str(code) for code in codes if code is not None]
    rows = cast("Any", column.related_model)._default_manager.all()  # noqa: SLF001 - has codes
    found: dict[str, Any] = {}
    for start in range(0, len(wanted), _CHUNK):
        found |= {each.code: each for each in rows.filter(code__in=wanted[start : start + _CHUNK])}
    return lambda cell: found.get(str(cell))


def _short(text: object) -> str:
    shown = str(text)
    return repr(shown if len(shown) <= _SHOWN else shown[: _SHOWN - 3] + "…")

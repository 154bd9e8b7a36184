"""Every row of a batch is accepted or rejected with its reasons; none is lost.

For a file of ``n`` rows and a mapping with ``k`` repeats, accepted plus rejected is ``n × k``.
Within one file the first row with a key counts; a later one with the same key is rejected, be it
equal or not, because one file that says two things about one key has to be looked at.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.lake.cells import EXAMPLE_MARK, as_one, as_text, cells_of, values_of
from commonweal.lake.datasets import ColumnKind
from commonweal.lake.faults import Fault, missing, out_of_range, unreadable
from commonweal.lake.keys import SeenKeys
from commonweal.lake.readers import RawBatch
from commonweal.lake.references import register_codes
from commonweal.lake.rejects import REJECT_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from commonweal.lake.datasets import Dataset, RowRule
    from commonweal.lake.plans import Field, Plan

_SHAPE_HINT: Final = 'quote cells that hold the delimiter; a " inside a quoted cell stands twice'
_Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class Checked:
    """Accepted rows in the dataset's columns and ``source_row``; rejects in REJECT_SCHEMA."""

    accepted: pa.Table
    rejects: pa.Table


class RowChecker:
    """Checks the batches of one file in order; remembers the keys it has seen."""

    def __init__(self, dataset: Dataset, plan: Plan, *, blanks: list[str]) -> None:
        """Take the registers' codes once, as they stand now."""
        self.dataset, self.plan, self.blanks = dataset, plan, blanks
        self.codes = {
            column.references: register_codes(column.references)
            for column in dataset.columns
            if column.kind is ColumnKind.REFERENCE
        }
        self._seen = SeenKeys()

    def check(self, batch: RawBatch) -> Iterator[Checked]:
        """Yield one result for every repeat of the mapping."""
        batch = _without_example(batch)
        for number, fields in enumerate(self.plan.repeats, start=1):
            yield self._check(batch, fields, number)

    def _check(self, batch: RawBatch, fields: tuple[Field, ...], repeat: int) -> Checked:
        reasons = _Reasons(len(batch.rows))
        if (shapes := batch.faults) is not None:
            reasons.add(shapes.is_valid(), lambda row: _misshapen(shapes[row].as_py()))
        arrays = {}
        for field in fields:
            cells = cells_of(field, batch.cells, self.blanks)
            values = values_of(field, cells, self.codes)
            arrays[field.column.name] = values
            _check_column(field, cells, values, reasons)
        rows = pa.table(arrays)
        for rule in self.dataset.rules:
            refused = pc.invert(pc.fill_null(as_one(rule.accepts(rows)), True))  # noqa: FBT003
            reasons.add(refused, partial(_broken, rule, rows))
        self._check_keys(rows, batch.rows, reasons)
        rows = rows.append_column("source_row", batch.rows)
        if not reasons.masks:
            return Checked(rows, REJECT_SCHEMA.empty_table())
        return Checked(rows.filter(pa.array(~reasons.bad)), _rejects(batch, reasons, repeat))

    def _check_keys(self, rows: pa.Table, numbers: pa.Array, reasons: _Reasons) -> None:
        """Find keys that an earlier good row had; a rejected row takes no key."""
        good = np.flatnonzero(~reasons.bad)
        columns = [as_one(rows[name]) for name in self.dataset.key]
        if len(good) < len(rows):
            columns = [column.take(pa.array(good)) for column in columns]
        first = np.full(len(rows), -1)
        first[good] = self._seen.add(columns, numbers.to_numpy()[good])
        key = ", ".join(self.dataset.key)
        reasons.add(
            pa.array(first >= 0),
            lambda row: Fault(
                key,
                None,
                "duplicate_key",
                f"row {first[row]} has the same key ({key}) and came first",
                "leave one of the two; a correction goes into a file of its own",
            ),
        )


class _Reasons:
    """Masks of bad rows, each with the function that says why."""

    def __init__(self, n_rows: int) -> None:
        self.bad: _Mask = np.zeros(n_rows, bool)
        self.masks: list[tuple[_Mask, Callable[[int], Fault]]] = []

    def add(self, refused: pa.Array, why: Callable[[int], Fault]) -> None:
        if refused.true_count:
            mask = refused.to_numpy(zero_copy_only=False)
            self.masks.append((mask, why))
            self.bad |= mask


def _without_example(batch: RawBatch) -> RawBatch:
    """Leave out the example row that a template brings along."""
    first = as_one(batch.cells.column(0))
    if not pa.types.is_string(first.type):
        return batch
    example = pc.fill_null(pc.starts_with(first, EXAMPLE_MARK, ignore_case=True), False)  # noqa: FBT003
    if not example.true_count:
        return batch
    keep = pc.invert(example)
    faults = None if batch.faults is None else batch.faults.filter(keep)
    return RawBatch(batch.cells.filter(keep), batch.rows.filter(keep), faults, batch.share_done)


def _broken(rule: RowRule, rows: pa.Table, row: int) -> Fault:
    shown = " and ".join(f"{name} {_text_at(as_one(rows[name]), row)}" for name in rule.columns)
    where = f"with {shown} " if shown else ""
    return Fault("", None, rule.name, f"{where}it does not hold that {rule.sentence}", rule.hint)


def _misshapen(sentence: str) -> Fault:
    return Fault("", None, "shape", sentence, _SHAPE_HINT)


def _check_column(field: Field, cells: pa.Array, values: pa.Array, reasons: _Reasons) -> None:
    if values.null_count > cells.null_count:
        unread = pc.and_(cells.is_valid(), values.is_null())
        reasons.add(unread, lambda row: unreadable(field, _text_at(cells, row)))
    if field.column.required and cells.null_count:
        reasons.add(cells.is_null(), lambda _row: missing(field))
    for limit, beyond in (
        (field.column.minimum, pc.less),
        (field.column.maximum, pc.greater),
    ):
        if limit is not None:
            crossed = pc.fill_null(beyond(values, limit), False)  # noqa: FBT003 - Arrow
            reasons.add(
                crossed,
                lambda row: out_of_range(field, _text_at(cells, row), values[row].as_py()),
            )


def _text_at(cells: pa.Array, row: int) -> str:
    text = as_text(cells.slice(row, 1))[0].as_py()
    return text if isinstance(text, str) else str(text)


def _rejects(batch: RawBatch, reasons: _Reasons, repeat: int) -> pa.Table:
    bad = np.flatnonzero(reasons.bad)
    raws = _as_json(batch.cells.take(pa.array(bad, pa.int64())))
    numbers = batch.rows.to_numpy()[bad].tolist()
    rejects = []
    for index, number, raw in zip(bad.tolist(), numbers, raws, strict=True):
        first, *others = [why(index) for mask, why in reasons.masks if mask[index]]
        rejects.append(
            {
                "source_row": number,
                "repeat": repeat,
                "column": first.column,
                "value": first.value,
                "rule": first.rule,
                "sentence": _placed(first, number),
                "hint": first.hint,
                "also": "; ".join(_placed(other, number) for other in others),
                "raw": raw,
            }
        )
    return pa.Table.from_pylist(rejects, REJECT_SCHEMA)


def _as_json(cells: pa.Table) -> list[str]:
    """Write each row as JSON, blank cells left out; what JSON has no form for is text."""
    columns = {}
    for name, column in zip(cells.column_names, cells.columns, strict=True):
        plain = as_one(column)
        if pa.types.is_floating(plain.type):  # JSON knows neither NaN nor infinity
            plain = plain if pc.all(pc.is_finite(plain)).as_py() else as_text(plain)
        elif not (pa.types.is_integer(plain.type) or pa.types.is_boolean(plain.type)):
            plain = as_text(plain)
        columns[name] = plain.to_pylist()
    return [
        json.dumps(
            {name: cell for name, cell in zip(columns, row, strict=True) if cell is not None},
            ensure_ascii=False,
        )
        for row in zip(*columns.values(), strict=True)
    ]


def _placed(fault: Fault, number: int) -> str:
    return f"row {number}{', ' if fault.column else ''}{fault.column}: {fault.sentence}"

"""Blocks into rows of ``cell_counters`` and ``element_power``, and what was wrong with them."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.domains.radio.network.pm.block import MISCOUNTED, NO_DATA, NUMBER, SUSPECT, Array
from commonweal.domains.radio.network.pm.counters import COLUMNS, N_COUNTED
from commonweal.domains.radio.network.pm.periods import Period, instant_us, period_of
from commonweal.domains.radio.network.pm.placing import place
from commonweal.lake.rejects import REJECT_SCHEMA

if TYPE_CHECKING:
    from commonweal.domains.radio.network.pm.block import Block
    from commonweal.domains.radio.network.pm.counters import CounterMapping
    from commonweal.lake.datasets import Column

_ENERGY, _POWER = (
    next(number for number, column in enumerate(COLUMNS) if column.name == name)
    for name in ("energy_kwh", "mean_power_w")
)
_MS_PER_KWH: Final = 3_600_000.0  # watt-seconds
_REGISTER_TIMES: Final = 3.0  # energy of a period is power × time; this far above, it is a register
_S_US: Final = 1_000_000
_LATE_US: Final = 3600 * _S_US


@dataclass(slots=True)
class FileRows:
    """What one file gave."""

    name: str
    counters: list[pa.Table] = field(default_factory=list)
    power: list[pa.Table] = field(default_factory=list)
    rejects: list[dict[str, object]] = field(default_factory=list)
    n_values: int = 0
    n_rows: int = 0
    """``measValue`` of the file."""
    n_snapped: int = 0
    """Infos whose end was put on the grid."""
    unknown: Counter[str] = field(default_factory=Counter)
    """Values of counters that no column is for, by name."""
    shifted: dict[str, float] = field(default_factory=dict)
    """Hours by which an element's periods lie outside of what the file says it covers."""
    begins: str = ""
    dn_prefix: str = ""
    sender_dn: str = ""
    refused: str = ""
    """Why nothing of the file was taken."""

    def reject(
        self,
        row: int,
        rule: str,
        sentence: str,
        hint: str,
        *,
        column: str = "",
        value: str | None = None,
        **told: object,
    ) -> None:
        """Note a value, a row or an info that is not taken."""
        where = ", ".join(str(each) for each in (self.name, *told.values()) if each)
        self.rejects.append(
            {
                "source_row": row,
                "repeat": 1,
                "column": column,
                "value": value,
                "rule": rule,
                "sentence": f"{where}: {sentence}",
                "hint": hint,
                "also": "",
                "raw": json.dumps({"file": self.name, **told, "value": value}, ensure_ascii=False),
            }
        )

    def rejects_table(self, first_row: int) -> pa.Table:
        """Return what was refused, rows counted from the first of the source."""
        table = pa.Table.from_pylist(self.rejects, REJECT_SCHEMA)
        numbers = pc.add(table["source_row"], first_row)
        return table.set_column(0, REJECT_SCHEMA.field(0), numbers)


def rows_add(found: FileRows, block: Block, mapping: CounterMapping) -> None:
    """Add what a block says to what its file gave.

    Rows of one object and period may come in several infos; they are put together where the
    source is written.
    """
    _Adding(found, block, mapping).add()


class _Adding:
    def __init__(self, found: FileRows, block: Block, mapping: CounterMapping) -> None:
        self.found, self.block, self.mapping = found, block, mapping
        header = block.header
        found.begins = found.begins or header.begins
        found.dn_prefix = found.dn_prefix or header.dn_prefix
        found.sender_dn = found.sender_dn or header.sender_dn
        self.uses = [mapping.use(name) for name in block.strings]
        self.first_row = found.n_rows

    def add(self) -> None:
        found, block = self.found, self.block
        found.n_values += block.n_values
        found.n_rows += len(block.row_info)
        if not block.n_values:
            return
        self.periods = self._periods()
        self.elements = self._elements()
        table = self._table()
        self._bounds(table)
        self._write(table)

    def _text(self, number: int) -> str | None:
        return self.block.strings[number] if number >= 0 else None

    def _periods(self) -> list[Period]:
        """Return the period of each info."""
        known: dict[tuple[int, int], Period] = {}
        periods = []
        pairs = zip(self.block.info_duration.tolist(), self.block.info_end.tolist(), strict=True)
        for pair in pairs:
            if pair not in known:
                duration, ends = (self._text(number) for number in pair)
                known[pair] = period_of(duration, ends, self.mapping.settings)
            periods.append(known[pair])
        self.found.n_snapped += sum(each.moved_s != 0 for each in periods)
        return periods

    def _elements(self) -> list[str]:
        """Return the managed element of each info."""
        prefix = self.found.dn_prefix if self.mapping.settings.element == "full" else ""
        start = f"{prefix}," if prefix else ""
        named = [start + name for name in self.block.strings]
        sender = start + self.found.sender_dn if self.found.sender_dn else ""
        return [
            named[number] if number >= 0 else sender for number in self.block.info_element.tolist()
        ]

    def _table(self) -> Array:
        """Return the values of each row in all columns."""
        block = self.block
        names = np.where(block.value_type >= 0, 0, -1)
        known = block.value_type >= 0
        names[known] = block.type_name[block.value_type[known]]
        uses = np.full((len(self.uses), 3), -1, np.int32)
        ratios = np.ones((len(self.uses), 2))
        for number, use in enumerate(self.uses):
            if use is not None:
                uses[number] = use.column, use.rank, use.adds
                ratios[number] = use.times, use.over
        column = np.where(known, uses[names, 0], -1)
        self._tell_unknown(names, column)
        kinds, values = self._others_read(names)
        wrong = block.row_flags[block.value_row] & MISCOUNTED > 0
        if wrong.any():
            kinds = np.where(wrong, NO_DATA, kinds)
        self.is_counted = np.zeros(len(block.row_info), bool)
        self.is_drawn = np.zeros(len(block.row_info), bool)
        self.is_counted[block.value_row[(column >= 0) & (column < N_COUNTED)]] = True
        self.is_drawn[block.value_row[column >= N_COUNTED]] = True
        self._refuse_rows()
        return place(
            rows=block.value_row,
            names=names,
            kinds=kinds,
            values=values,
            uses=uses,
            ratios=ratios,
            n_rows=len(block.row_info),
            n_columns=len(COLUMNS),
        )

    def _tell_unknown(self, names: Array, column: Array) -> None:
        counts = np.bincount(names[(names >= 0) & (column < 0)], minlength=len(self.uses))
        for number in np.flatnonzero(counts).tolist():
            self.found.unknown[self.block.strings[number]] += int(counts[number])
        for value in np.flatnonzero(names < 0).tolist():
            row = int(self.block.value_row[value])
            self._refuse(row, "no_type", "a value's p is that of no type", value=None)

    def _others_read(self, names: Array) -> tuple[Array, Array]:
        """Read the texts that the quick reader leaves: long numbers, and what is none."""
        block = self.block
        if not block.others:
            return block.value_kind, block.values
        kinds, values = block.value_kind.copy(), block.values.copy()
        for value, text in block.others.items():
            name = int(names[value])
            if name < 0 or self.uses[name] is None:
                continue
            number = _number(text)
            if number is not None:
                kinds[value], values[value] = NUMBER, number
                continue
            use = self.uses[name]
            self._refuse(
                int(block.value_row[value]),
                "number",
                f"{text[:60]!r} is not a finite number",
                value=text[:200],
                counter=block.strings[name],
                column=COLUMNS[use.column].name if use else "",
            )
        return kinds, values

    def _refuse_rows(self) -> None:
        """Refuse rows without a period, an element or a sure order; once for each info."""
        block = self.block
        used = self.is_counted | self.is_drawn
        good = np.array([not each.rule for each in self.periods])
        for info in np.flatnonzero(~good).tolist():
            rows = np.flatnonzero(used & (block.row_info == info))
            if len(rows):
                period = self.periods[info]
                self.found.reject(
                    self.first_row + int(rows[0]) + 1,
                    period.rule,
                    period.sentence,
                    period.hint,
                    value=self._text(int(block.info_end[info])),
                    element=self.elements[info],
                    n_rows=len(rows),
                )
        named = np.array([bool(each) for each in self.elements])
        for row in np.flatnonzero(used & good[block.row_info] & ~named[block.row_info]).tolist():
            self._refuse(row, "no_element", "no managed element is named", value=None)
        for row in np.flatnonzero(used & (block.row_flags & MISCOUNTED > 0)).tolist():
            self._refuse(
                row, "results_count", "measResults has not one word for each type", value=None
            )
        keep = good[block.row_info] & named[block.row_info] & (block.row_flags & MISCOUNTED == 0)
        self.is_counted &= keep
        self.is_drawn &= keep

    def _refuse(
        self,
        row: int,
        rule: str,
        sentence: str,
        *,
        value: str | None,
        counter: str = "",
        column: str = "",
    ) -> None:
        block = self.block
        self.found.reject(
            self.first_row + row + 1,
            rule,
            sentence,
            _HINTS[rule],
            column=column,
            value=value,
            element=self.elements[int(block.row_info[row])],
            object=self._text(int(block.row_object[row])),
            counter=counter,
        )

    def _bounds(self, table: Array) -> None:
        """Take values out that lie beyond their column's limits; the rest of the row stands."""
        used = self.is_counted | self.is_drawn
        for number, column in enumerate(COLUMNS):
            values = table[:, number]
            low = -np.inf if column.minimum is None else column.minimum
            high = np.inf if column.maximum is None else column.maximum
            with np.errstate(invalid="ignore"):
                wrong = (values < low) | (values > high)
            for row in np.flatnonzero(wrong & used).tolist():
                rule = "minimum" if values[row] < low else "maximum"
                limit = low if rule == "minimum" else high
                word = "below" if rule == "minimum" else "above"
                self._refuse(
                    row,
                    rule,
                    f"{values[row]:g} is {word} {limit:g}",
                    value=f"{values[row]:g}",
                    column=column.name,
                )
            values[wrong] = np.nan

    def _write(self, table: Array) -> None:
        block = self.block
        starts = np.array([each.start_us for each in self.periods])[block.row_info]
        lengths = np.array([each.duration_s for each in self.periods])[block.row_info]
        self._tell_shifted(starts + lengths * _S_US)
        elements = pa.array(self.elements, pa.string()).dictionary_encode()
        suspect = np.where(block.row_flags & SUSPECT > 0, 1, 0)

        def rows(chosen: Array) -> dict[str, pa.Array]:
            return {
                "element_dn": elements.take(pa.array(block.row_info[chosen])).cast(pa.string()),
                "start_at": pa.array(starts[chosen], pa.timestamp("us")),
                "duration_s": pa.array(lengths[chosen], pa.int64()),
                "suspect": pa.array(["no", "yes"]).take(pa.array(suspect[chosen])),
                "source_row": pa.array(np.flatnonzero(chosen) + self.first_row + 1, pa.int64()),
            }

        if self.is_counted.any():
            chosen = self.is_counted
            cells, adds = self._objects(chosen)
            columns = _arrays(table[chosen, :N_COUNTED], COLUMNS[:N_COUNTED])
            found = pa.table({**rows(chosen), "cell_dn": cells, **columns})
            self.found.counters.append(_added_up(found, adds))
        drawn = self._drawn(table, lengths)
        if drawn.any():
            columns = _arrays(table[drawn, N_COUNTED:], COLUMNS[N_COUNTED:])
            self.found.power.append(pa.table({**rows(drawn), **columns}))

    def _objects(self, chosen: Array) -> tuple[pa.Array, Array]:
        """Return the cell of each chosen row, and whether rows of it add up."""
        numbers = self.block.row_object[chosen]
        unique, where = np.unique(numbers, return_inverse=True)
        pairs = [self._cell_of(self._text(number) or "") for number in unique.tolist()]
        cells = pa.array([cell for cell, _ in pairs], pa.string())
        adds = np.array([adds for _, adds in pairs])
        return cells.take(pa.array(where)), adds[where]

    def _cell_of(self, dn: str) -> tuple[str, bool]:
        if "," not in dn and dn.startswith("ManagedElement="):
            return dn, False
        for rule in self.mapping.objects:
            if found := re.fullmatch(rule.pattern, dn):
                return found.expand(rule.cell), rule.adds
        return dn, False

    def _drawn(self, table: Array, lengths: Array) -> Array:
        """Return which rows say what a managed element drew; its energy is put right."""
        settings = self.mapping.settings
        energy, power = table[:, _ENERGY], table[:, _POWER]
        by_power = power * lengths / _MS_PER_KWH
        if settings.energy == "cumulative":
            energy[:] = by_power
        else:
            with np.errstate(invalid="ignore"):
                register = self.is_drawn & (energy > _REGISTER_TIMES * by_power) & (energy > 1)
            for row in np.flatnonzero(register & (by_power > 0)).tolist():
                self._refuse(
                    row,
                    "register",
                    f"{energy[row]:g} kWh in {lengths[row]} s at {power[row]:g} W is no energy of"
                    " a period but a running register",
                    value=f"{energy[row]:g}",
                    counter="PEE.Energy",
                    column="energy_kwh",
                )
            energy[register & (by_power > 0)] = np.nan
            energy[np.isnan(energy)] = by_power[np.isnan(energy)]
        strange = self.is_drawn & ~self._is_whole()
        for row in np.flatnonzero(strange).tolist():
            self._refuse(
                row, "pee_scope", "energy is of a managed element, and this is none", value=None
            )
        silent = self.is_drawn & ~strange & np.isnan(energy)
        for row in np.flatnonzero(silent).tolist():
            self._refuse(row, "no_energy", "neither energy nor power is said", value=None)
        drawn: Array = self.is_drawn & ~strange & ~silent
        return drawn

    def _is_whole(self) -> Array:
        """Return which rows are of their managed element, and not of a part of it."""
        block = self.block
        pairs = np.stack([block.row_object, block.info_element[block.row_info]])[:, self.is_drawn]
        known: dict[tuple[int, int], bool] = {}
        found = np.zeros(len(block.row_info), bool)
        whole = []
        for number, element in pairs.T.tolist():
            if (number, element) not in known:
                dn = self._cell_of(self._text(number) or "")[0]
                known[number, element] = _is_element(dn, self._text(element) or "")
            whole.append(known[number, element])
        found[self.is_drawn] = whole
        return found

    def _tell_shifted(self, ends_us: Array) -> None:
        """Note elements whose periods end before the file's first begins, or hours after."""
        begins_us = instant_us(self.found.begins, self.mapping.settings)
        if begins_us is None:
            return
        lasts = np.array([each.duration_s for each in self.periods])[self.block.row_info] * _S_US
        off_us = ends_us - lasts - begins_us
        used = (self.is_counted | self.is_drawn) & (np.abs(off_us) >= _LATE_US)
        infos, first = np.unique(self.block.row_info[used], return_index=True)
        for info, row in zip(infos.tolist(), np.flatnonzero(used)[first].tolist(), strict=True):
            self.found.shifted[self.elements[info]] = off_us[row] / _LATE_US


_HINTS: Final = {
    "no_type": "ask its sender for files of TS 32.435",
    "number": "map another counter to this column, or ask its sender",
    "minimum": "check the counter's unit in counters.toml",
    "maximum": "check the counter's unit in counters.toml",
    "no_element": "a managedElement or fileSender needs a localDn",
    "results_count": "no value of this object is sure of its counter; ask its sender",
    "register": 'set energy = "cumulative" in [settings] of counters.toml',
    "pee_scope": "say in [[objects]] of counters.toml which objects stand for their element",
    "no_energy": "PEE.Energy or PEE.AvgPower is needed",
}


def _is_element(dn: str, element: str) -> bool:
    return not dn or element.endswith(dn) or (dn.startswith("ManagedElement=") and "," not in dn)


def _number(text: str) -> float | None:
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", text, re.ASCII):
        return None
    number = float(text)
    return number if np.isfinite(number) else None


def _arrays(values: Array, columns: tuple[Column, ...]) -> dict[str, pa.Array]:
    return {
        str(column.name): pa.array(np.ascontiguousarray(values[:, number]), from_pandas=True)
        for number, column in enumerate(columns)
    }


def _added_up(rows: pa.Table, adds: Array) -> pa.Table:
    """Add rows of relations up to their cell's."""
    if not adds.any():
        return rows
    parts = rows.filter(pa.array(adds))
    key = ["element_dn", "cell_dn", "start_at", "duration_s"]
    numbers = [column.name for column in COLUMNS[:N_COUNTED]]
    sums = parts.group_by(key, use_threads=False).aggregate(
        [*((name, "sum") for name in numbers), ("suspect", "max"), ("source_row", "min")]
    )
    names = {f"{name}_sum": name for name in numbers}
    names |= {"suspect_max": "suspect", "source_row_min": "source_row"}
    renamed = sums.rename_columns([names.get(name, name) for name in sums.column_names])
    return pa.concat_tables([rows.filter(pa.array(~adds)), renamed.select(rows.column_names)])

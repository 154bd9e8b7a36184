"""Blocks into rows of ``cell_counters`` and ``element_power``, and what was wrong with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from commonweal.domains.radio.network.pm.block import MISCOUNTED, NO_DATA, NUMBER, SUSPECT, Array
from commonweal.domains.radio.network.pm.counters import COLUMNS, N_COUNTED
from commonweal.domains.radio.network.pm.periods import Period, instant_us, period_of
from commonweal.domains.radio.network.pm.placing import place
from commonweal.domains.radio.network.pm.shaping import added_up, arrays_of, is_element, number_of

if TYPE_CHECKING:
    from datetime import datetime

    from commonweal.domains.radio.network.pm.block import Block
    from commonweal.domains.radio.network.pm.counters import CounterMapping
    from commonweal.domains.radio.network.pm.file_rows import FileRows

_ENERGY, _POWER = (
    next(number for number, column in enumerate(COLUMNS) if column.name == name)
    for name in ("energy_kwh", "mean_power_w")
)
_LOWEST: Final = np.array([-np.inf if each.minimum is None else each.minimum for each in COLUMNS])
_HIGHEST: Final = np.array([np.inf if each.maximum is None else each.maximum for each in COLUMNS])
_MS_PER_KWH: Final = 3_600_000.0  # watt-seconds
_REGISTER_TIMES: Final = 3.0  # energy of a period is power × time; this far above, it is a register
_S_US: Final = 1_000_000
_LATE_US: Final = 3600 * _S_US


def rows_add(found: FileRows, block: Block, mapping: CounterMapping, now: datetime) -> None:
    """Add what a block says to what its file gave.

    Rows of one object and period may come in several infos; they are put together where the
    source is written. What ends more than a day after ``now`` is refused.
    """
    _Adding(found, block, mapping, now).add()


class _Adding:
    def __init__(
        self, found: FileRows, block: Block, mapping: CounterMapping, now: datetime
    ) -> None:
        self.found, self.block, self.mapping, self.now = found, block, mapping, now
        header = block.header
        found.begins = found.begins or header.begins
        found.dn_prefix = found.dn_prefix or header.dn_prefix
        found.sender_dn = found.sender_dn or header.sender_dn
        counters = np.unique(block.type_name).tolist()
        self.uses = {number: mapping.use(block.strings[number]) for number in counters}
        self.first_row = found.n_rows

    def add(self) -> None:
        found, block = self.found, self.block
        found.n_values += block.n_values
        found.n_rows += len(block.row_info)
        if not block.n_values:
            return
        self.periods, self.period = self._periods()
        self.elements = self._elements()
        table = self._table()
        self._bounds(table)
        self._write(table)

    def _text(self, number: int) -> str | None:
        return self.block.strings[number] if number >= 0 else None

    def _periods(self) -> tuple[list[Period], Array]:
        """Return the periods there are, and which is that of each info."""
        block = self.block
        pairs = np.stack([block.info_duration, block.info_end])
        unique, which = np.unique(pairs, axis=1, return_inverse=True)
        periods = [
            period_of(self._text(duration), self._text(ends), self.mapping.settings, self.now)
            for duration, ends in unique.T.tolist()
        ]
        moved = np.array([each.moved_s != 0 for each in periods], bool)
        self.found.n_snapped += int(moved[which].sum())
        return periods, which

    def _elements(self) -> list[str]:
        """Return managed elements by the number of their text; the last is that of none."""
        prefix = self.found.dn_prefix if self.mapping.settings.element == "full" else ""
        start = f"{prefix}," if prefix else ""
        sender = start + self.found.sender_dn if self.found.sender_dn else ""
        return [*(start + name if start else name for name in self.block.strings), sender]

    def _element(self, info: int) -> str:
        """Return the managed element of an info."""
        return self.elements[int(self.block.info_element[info])]

    def _table(self) -> Array:
        """Return the values of each row in all columns."""
        block = self.block
        names = np.where(block.value_type >= 0, 0, -1)
        known = block.value_type >= 0
        names[known] = block.type_name[block.value_type[known]]
        uses = np.full((len(block.strings), 3), -1, np.int32)
        ratios = np.ones((len(block.strings), 2))
        for number, use in self.uses.items():
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
        counts = np.bincount(names[(names >= 0) & (column < 0)], minlength=len(self.block.strings))
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
            number = number_of(text)
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
        good = np.array([not each.rule for each in self.periods])[self.period]
        for info in np.flatnonzero(~good).tolist():
            rows = np.flatnonzero(used & (block.row_info == info))
            if len(rows):
                period = self.periods[self.period[info]]
                self.found.reject(
                    self.first_row + int(rows[0]) + 1,
                    period.rule,
                    period.sentence,
                    period.hint,
                    value=self._text(int(block.info_end[info])),
                    element=self._element(info),
                    n_rows=len(rows),
                )
        named = np.array([bool(each) for each in self.elements])[block.info_element]
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
            element=self._element(block.row_info[row]),
            object=self._text(int(block.row_object[row])),
            counter=counter,
        )

    def _bounds(self, table: Array) -> None:
        """Take values out that lie beyond their column's limits; the rest of the row stands."""
        used = self.is_counted | self.is_drawn
        with np.errstate(invalid="ignore"):
            wrong = (table < _LOWEST) | (table > _HIGHEST)
        for number in np.flatnonzero(wrong.any(axis=0)).tolist():
            values, low = table[:, number], _LOWEST[number]
            for row in np.flatnonzero(wrong[:, number] & used).tolist():
                rule = "minimum" if values[row] < low else "maximum"
                limit = low if rule == "minimum" else _HIGHEST[number]
                word = "below" if rule == "minimum" else "above"
                self._refuse(
                    row,
                    rule,
                    f"{values[row]:g} is {word} {limit:g}",
                    value=f"{values[row]:g}",
                    column=COLUMNS[number].name,
                )
        table[wrong] = np.nan

    def _write(self, table: Array) -> None:
        block = self.block
        period = self.period[block.row_info]
        starts = np.array([each.start_us for each in self.periods])[period]
        lengths = np.array([each.duration_s for each in self.periods])[period]
        self._tell_shifted(starts)
        elements = pa.array(self.elements, pa.string())
        element = block.info_element[block.row_info] % len(self.elements)  # none is the last
        suspect = np.where(block.row_flags & SUSPECT > 0, 1, 0)

        def rows(chosen: Array) -> dict[str, pa.Array]:
            return {
                "element_dn": elements.take(pa.array(element[chosen])),
                "start_at": pa.array(starts[chosen], pa.timestamp("us")),
                "duration_s": pa.array(lengths[chosen], pa.int64()),
                "suspect": pa.array(["no", "yes"]).take(pa.array(suspect[chosen])),
                "source_row": pa.array(np.flatnonzero(chosen) + self.first_row + 1, pa.int64()),
            }

        if self.is_counted.any():
            chosen = self.is_counted
            cells, adds = self._objects(chosen)
            columns = arrays_of(table[chosen, :N_COUNTED], COLUMNS[:N_COUNTED])
            found = pa.table({**rows(chosen), "cell_dn": cells, **columns})
            self.found.counters.append(added_up(found, adds))
        drawn = self._drawn(table, lengths)
        if drawn.any():
            columns = arrays_of(table[drawn, N_COUNTED:], COLUMNS[N_COUNTED:])
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
        if _is_plain(dn):
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
        plain = np.array([*(_is_plain(each) for each in block.strings), False])  # none is the last
        found: Array = plain[block.row_object]
        for row in np.flatnonzero(self.is_drawn & ~found).tolist():
            dn = self._cell_of(self._text(int(block.row_object[row])) or "")[0]
            element = self._text(int(block.info_element[block.row_info[row]]))
            found[row] = is_element(dn, element or "")
        return found

    def _tell_shifted(self, starts_us: Array) -> None:
        """Note elements whose periods end before the file's first begins, or hours after."""
        begins_us = instant_us(self.found.begins, self.mapping.settings)
        if begins_us is None:
            return
        off_us = starts_us - begins_us
        used = (self.is_counted | self.is_drawn) & (np.abs(off_us) >= _LATE_US)
        infos, first = np.unique(self.block.row_info[used], return_index=True)
        for info, row in zip(infos.tolist(), np.flatnonzero(used)[first].tolist(), strict=True):
            self.found.shifted[self._element(info)] = off_us[row] / _LATE_US


def _is_plain(dn: str) -> bool:
    return "," not in dn and dn.startswith("ManagedElement=")


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

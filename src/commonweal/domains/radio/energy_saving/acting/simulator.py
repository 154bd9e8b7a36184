"""A network that answers edits and reports, with faults to switch on; nothing of it is real.

Demand is the generated network's truth. What cells carry follows from their modes; where demand
exceeds what is awake, PRBs fill up, throughput falls and connections fail, as they would.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from commonweal.domains.radio.energy_saving.acting.adapter import Answer
from commonweal.domains.radio.energy_saving.acting.counted import Names, kpis_of
from commonweal.domains.radio.network import synthetic
from commonweal.engines.radio.carrying import carry
from commonweal.engines.radio.guard import Kpis
from commonweal.engines.radio.neighbours import leaned
from commonweal.engines.radio.sectors import Demand, Mode, Rules
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from commonweal.domains.radio.energy_saving.acting.adapter import Edit
    from commonweal.domains.radio.energy_saving.acting.schedule import Schedule
    from commonweal.engines.radio.sectors import Layers, Modes

_LATE_STEPS: Final = 1
_COLLAPSED: Final = 0.6
_LEAST_KBIT_S: Final = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong; each names cells, or managed elements.

    Attributes:
        never_wakes: Cells that accept edits, and stay asleep once they are.
        refuses: Cells that refuse every edit.
        late: Cells that answer nothing, and do what they were told a period later.
        unreachable: Elements that neither answer nor report.
        silent: Cells that report nothing.
        collapses: Cells whose connections fail from an instant on, while others sleep.
        collapse_at: That instant.
    """

    never_wakes: frozenset[str] = frozenset()
    refuses: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()
    unreachable: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    collapses: frozenset[str] = frozenset()
    collapse_at: datetime | None = None


@dataclass
class Simulator:
    """The generated network under a schedule's cells.

    Attributes:
        schedule: Whose cells are asked for.
        table: All cells of the generated network, rows of ``radio_cells``.
        demand: What users ask in each slot from the schedule's start. Sector × slot, in the order
            of ``synthetic.sectors(table)``.
        seed: Of the generated network.
        faults: What goes wrong.
        rules: How long a layer takes to wake.
    """

    schedule: Schedule
    table: pa.Table
    demand: Demand
    seed: int
    faults: Faults = field(default_factory=Faults)
    rules: Rules = field(default_factory=Rules)
    name: str = "simulator"

    def __post_init__(self) -> None:
        """Lay the generated network out, everything on.

        Raises:
            InputError: It lacks a cell of the schedule, or demand has another number of sectors.
        """
        self._grid = synthetic.sectors(self.table)
        self._layers: Layers = synthetic.true_layers(self.table, seed=self.seed)
        if len(self.demand.lte_mbit_s) != self._layers.n_sectors:
            raise InputError(
                f"demand of {len(self.demand.lte_mbit_s)} sectors for {self._layers.n_sectors}"
            )
        where = {str(name): at for at, name in np.ndenumerate(self._grid.cell_id) if name}
        try:
            found = [where[cell.cell_id] for cell in self.schedule.cells]
        except KeyError as fault:
            raise InputError(
                f"cell {fault} is not in the generated network",
                hint="the simulator knows generated cells alone",
            ) from fault
        self._at = tuple(np.array(each, np.int64) for each in zip(*found, strict=True))
        self._helper = self._helpers()
        self._names = Names(self.schedule.cells)
        shape = (*self._layers.present.shape, self.rules.lead_slots + 1)
        self._mode = np.zeros(shape, np.int8)  # of this slot and those before, the newest last
        self._wake_by = np.full(len(self.schedule.cells), np.inf)  # seconds since 1970
        self._later: list[tuple[int, Edit]] = []
        self._counters: list[pa.Table] = []
        self._power: list[pa.Table] = []
        self._seen = -1

    def _helpers(self) -> NDArray[np.int64]:
        """Return to which sector users go that their own leaves alone, -1 where to none."""
        found = np.full(self._layers.n_sectors, -1, np.int64)
        to, of = (self._at[0][each] for each in (self.schedule.witness, self.schedule.sleeper))
        found[of[to != of]] = to[to != of]
        return found

    def apply(self, edits: Sequence[Edit], *, at: datetime) -> list[Answer]:
        """Carry edits out, but for the faults."""
        return [self._apply(edit, at) for edit in edits]

    def _apply(self, edit: Edit, at: datetime) -> Answer:
        cell = edit.cell
        if cell.element_dn in self.faults.unreachable:
            return Answer.NO_ANSWER
        if cell.cell_id in self.faults.refuses:
            return Answer.REFUSED
        if cell.cell_id in self.faults.late:
            self._later.append((self.schedule.slot(at) + _LATE_STEPS, edit))
            return Answer.NO_ANSWER
        if cell.cell_id in self.faults.never_wakes and edit.mode < self._now(edit.place):
            return Answer.NO_ANSWER
        self._set(edit)
        return Answer.DONE

    def _now(self, place: int) -> int:
        return int(self._mode[self._at[0][place], self._at[1][place], -1])

    def _set(self, edit: Edit) -> None:
        self._mode[self._at[0][edit.place], self._at[1][edit.place], -1] = edit.mode
        self._wake_by[edit.place] = edit.wake_by.timestamp() if edit.wake_by else np.inf

    def _wake(self, since: datetime) -> None:
        """Wake by themselves whoever should be awake by now: nobody may be left to tell them."""
        due = np.flatnonzero(self._wake_by <= since.timestamp())
        for place in due.tolist():
            if self.schedule.cells[place].cell_id not in self.faults.never_wakes:
                self._mode[self._at[0][place], self._at[1][place], -1] = Mode.ON
        self._wake_by[due] = np.inf

    def state(self) -> Modes:
        """Return what each cell does; -1 where its element does not answer."""
        found = self._mode[..., -1][self._at].copy()
        for place, cell in enumerate(self.schedule.cells):
            if cell.element_dn in self.faults.unreachable:
                found[place] = -1
        return found

    def kpis(self, since: datetime, until: datetime) -> Kpis:
        """Let a slot pass, if it has not yet, and return what cells reported of it."""
        slot = self.schedule.slot(since)
        if not (0 <= slot < self.demand.lte_mbit_s.shape[1]) or until <= since:
            return Kpis.nothing(len(self.schedule.cells))
        if slot > self._seen:
            self._pass(slot, since)
        return kpis_of(self._counters[-1], self._names)

    def _pass(self, slot: int, since: datetime) -> None:
        due = [edit for when, edit in self._later if when <= slot]
        self._later = [(when, edit) for when, edit in self._later if when > slot]
        for edit in due:
            self._set(edit)
        self._wake(since)
        self._seen = slot
        asked = Demand(
            np.repeat(self.demand.lte_mbit_s[:, slot : slot + 1], self._mode.shape[2], 1),
            np.repeat(self.demand.nr_mbit_s[:, slot : slot + 1], self._mode.shape[2], 1),
        )
        asked = leaned(self._layers, asked, self._mode, self.rules, self._helper)
        start_at = since - (self._mode.shape[2] - 1) * (self.schedule.at(1) - self.schedule.at(0))
        counters, power = synthetic.reports(
            self._grid,
            self._layers,
            asked,
            self._mode,
            self.rules,
            start_at=start_at,
            seed=self.seed + slot,
        )
        self._counters.append(self._hurt(_last(counters, self._mode.shape[2]), asked, since))
        self._power.append(_last(power, self._mode.shape[2]))
        self._mode = np.concatenate((self._mode[..., 1:], self._mode[..., -1:]), axis=2)

    def _hurt(self, rows: pa.Table, asked: Demand, since: datetime) -> pa.Table:
        """Make users suffer where demand exceeds what is awake, and where a fault says so."""
        present = self._layers.present
        carried = carry(self._layers, asked, self._mode, self.rules)
        unserved = carried.lte_unserved_mbit_s[:, -1] + carried.nr_unserved_mbit_s[:, -1]
        served = carried.carried_mbit_s[..., -1].sum(1)
        with np.errstate(divide="ignore", invalid="ignore"):
            over = np.where(unserved > 0, 1 + unserved / np.maximum(served, 1e-9), 1.0)
        over = np.repeat(over[:, None], present.shape[1], 1)[present]
        ids, elements = self._grid.cell_id[present], self._grid.element_dn[present]
        columns = {name: rows[name].to_numpy(zero_copy_only=False) for name in rows.column_names}
        load = columns["prb_dl_share"]
        full = np.minimum(1.0, load * over)
        factor = (1 - full) / np.maximum(1 - load, 1e-9)
        columns["prb_dl_share"] = np.round(full, 4)
        columns["ue_throughput_dl_kbit_s"] = np.maximum(
            columns["ue_throughput_dl_kbit_s"] * factor, _LEAST_KBIT_S
        )
        crowd = np.minimum(1.0, 1.0 / np.maximum(load * over, 1e-9))
        if self.faults.collapse_at is not None and since >= self.faults.collapse_at:
            others = (self._mode[..., -1] != Mode.ON).any(1)
            struck = np.isin(ids, list(self.faults.collapses))
            crowd = np.where(
                struck & np.repeat(others[:, None], present.shape[1], 1)[present],
                _COLLAPSED,
                crowd,
            )
        columns["rrc_successes"] = np.floor(columns["rrc_successes"] * np.minimum(crowd, 1.0))
        heard = ~np.isin(ids, list(self.faults.silent))
        heard &= ~np.isin(elements, list(self.faults.unreachable))
        return _only(columns, heard, rows.schema)

    @property
    def counters(self) -> pa.Table:
        """What all slots so far reported, rows of ``cell_counters``."""
        return pa.concat_tables(self._counters)

    @property
    def power(self) -> pa.Table:
        """What elements drew in all slots so far, rows of ``element_power``."""
        return pa.concat_tables(self._power)


def _last(rows: pa.Table, n_slots: int) -> pa.Table:
    """Return the rows of the last slot; each object has one for every slot."""
    return rows.take(np.arange(n_slots - 1, rows.num_rows, n_slots))


def _only(columns: dict[str, Any], keep: NDArray[np.bool_], schema: pa.Schema) -> pa.Table:
    return pa.table({name: values[keep] for name, values in columns.items()}).cast(schema)

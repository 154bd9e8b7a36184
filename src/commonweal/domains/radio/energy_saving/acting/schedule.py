"""What every cell of a plan does in every slot, and who serves for whom meanwhile.

Axes are cell × slot. A link says that ``witness`` carries for ``sleeper``: cells of one sector do,
and neighbours as far as the inventory says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from commonweal.engines.radio.sectors import Mode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from commonweal.domains.radio.energy_saving.acting.adapter import Cell
    from commonweal.engines.radio.sectors import Bools, Modes

    Places = NDArray[np.int64]


@dataclass(frozen=True)
class Schedule:
    """A plan, ready to be acted on.

    Attributes:
        plan: Code of the plan's record.
        start_at: The first slot begins, UTC.
        slot_s: Length of a slot.
        cells: The cells, sector by sector.
        sector: Number of each cell's sector. Shape (cell,).
        node_id: Who runs each cell's site. Shape (cell,).
        mode: What each cell does. Shape (cell, slot).
        witness: Places of cells that carry for others. Shape (link,).
        sleeper: Places of those they carry for. Shape (link,).
    """

    plan: str
    start_at: datetime
    slot_s: int
    cells: tuple[Cell, ...]
    sector: Places
    node_id: Places
    mode: Modes
    witness: Places
    sleeper: Places

    @property
    def n_slots(self) -> int:
        """How many slots the plan has."""
        return int(self.mode.shape[1])

    @property
    def end_at(self) -> datetime:
        """The instant at which its last slot is over."""
        return self.at(self.n_slots)

    def at(self, slot: int) -> datetime:
        """Return the instant at which a slot begins."""
        return self.start_at + timedelta(seconds=slot * self.slot_s)

    def slot(self, at: datetime) -> int:
        """Return the slot that an instant lies in; negative or too large beside the plan."""
        return (at - self.start_at) // timedelta(seconds=self.slot_s)

    def wanted(self, slot: int) -> Modes:
        """Return what each cell is to do in a slot; beside the plan everything is on."""
        if 0 <= slot < self.n_slots:
            return self.mode[:, slot].copy()
        return np.full(len(self.cells), Mode.ON, np.int8)

    def wakes_at(self, place: int, slot: int) -> datetime:
        """Return when a cell's sleep in a slot ends, at the plan's end at the latest."""
        shallower = self.mode[place, max(slot, 0) :] < self.mode[place, max(slot, 0)]
        n_slots = int(shallower.argmax()) if shallower.any() else len(shallower)
        return self.at(max(slot, 0) + n_slots)

    @cached_property
    def is_acted(self) -> Bools:
        """Whether the plan ever does anything with a cell: no other one is touched."""
        return np.asarray((self.mode != Mode.ON).any(1))

    @cached_property
    def place(self) -> dict[str, int]:
        """Places of cells by their ids."""
        return {cell.cell_id: place for place, cell in enumerate(self.cells)}


def links_of(sector: Places) -> tuple[Places, Places]:
    """Return the links among cells of one sector, each cell's with itself among them.

    Args:
        sector: Number of each cell's sector, ascending.
    """
    first = np.flatnonzero(np.r_[True, sector[1:] != sector[:-1]]) if len(sector) else sector
    sizes = np.diff(np.r_[first, len(sector)])
    of_cell = np.repeat(sizes, sizes)
    sleeper = np.repeat(np.arange(len(sector)), of_cell)
    starts = np.repeat(np.repeat(first, sizes), of_cell)
    within = np.arange(len(sleeper)) - np.repeat(np.cumsum(of_cell) - of_cell, of_cell)
    return starts + within, sleeper


def schedule_of(
    *,
    plan: str,
    start_at: datetime,
    slot_s: int,
    cells: Sequence[Cell],
    sector: Places,
    mode: Modes,
    node_id: Places | None = None,
    more_links: Sequence[tuple[str, str]] = (),
) -> Schedule:
    """Return a schedule from its parts.

    Args:
        plan: Code of the plan's record.
        start_at: The first slot begins.
        slot_s: Length of a slot.
        cells: The cells, those of a sector together.
        sector: Number of each cell's sector, ascending.
        mode: Cell × slot.
        node_id: Who runs each cell's site; 0 if not said.
        more_links: Ids of neighbours: who carries, for whom.
    """
    witness, sleeper = links_of(sector)
    known = {cell.cell_id: at for at, cell in enumerate(cells)}
    pairs = [(known[one], known[two]) for one, two in more_links if one in known and two in known]
    if pairs:
        far = np.array(pairs, np.int64)
        witness, sleeper = np.r_[witness, far[:, 0]], np.r_[sleeper, far[:, 1]]
    nodes: Any = np.zeros(len(cells), np.int64) if node_id is None else node_id
    return Schedule(plan, start_at, slot_s, tuple(cells), sector, nodes, mode, witness, sleeper)

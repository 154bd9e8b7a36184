"""What acting remembers of cells from slot to slot, and finds again in the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from commonweal.domains.radio.energy_saving.acting.journal import lines_read
from commonweal.engines.radio.guard import Watch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from numpy.typing import NDArray

    from commonweal.engines.radio.sectors import Bools, Modes

UNKNOWN: Final = -1


@dataclass
class Memory:
    """Of each cell, shape (cell,).

    Attributes:
        mode: What it does as far as we know; ``UNKNOWN`` if we never told it anything.
        tries: Edits in a row that did not succeed.
        awake_until: Until when it stays on since load woke it, seconds since 1970.
        stuck: It was told that the cell does not wake.
        watch: What guards count.
    """

    mode: Modes
    tries: NDArray[np.int16]
    awake_until: NDArray[np.float64]
    stuck: Bools
    watch: Watch

    @classmethod
    def fresh(cls, n_cells: int) -> Memory:
        """Return the memory of who never acted."""
        return cls(
            np.full(n_cells, UNKNOWN, np.int8),
            np.zeros(n_cells, np.int16),
            np.zeros(n_cells),
            np.zeros(n_cells, np.bool_),
            Watch.fresh(n_cells),
        )

    def told(self, ids: Sequence[str], at: datetime) -> dict[str, Any]:
        """Return what the journal has to keep beside edits and answers."""
        awake = np.flatnonzero(self.awake_until > at.timestamp()).tolist()
        tried, stuck = np.flatnonzero(self.tries).tolist(), np.flatnonzero(self.stuck).tolist()
        counts = np.column_stack((self.watch.loaded, self.watch.silent, self.watch.worse))
        watched = np.flatnonzero(counts.any(1)).tolist()
        return {
            "awake_until": {ids[place]: float(self.awake_until[place]) for place in awake},
            "tries": {ids[place]: int(self.tries[place]) for place in tried},
            "stuck": [ids[place] for place in stuck],
            "watch": {ids[place]: counts[place].tolist() for place in watched},
        }


def memory_read(path: Path, place: Mapping[str, int]) -> Memory:
    """Return what a journal tells of cells at these places.

    What was asked without an answer may have been done: the deeper of both modes is believed, so
    that nobody counts on a cell that may sleep.
    """
    found, last = Memory.fresh(len(place)), {}
    for line in lines_read(path):
        if line["kind"] == "step":
            last = line["memory"]
        for cell_id, mode in line.get("edits", ()):
            found.mode[place[cell_id]] = max(int(found.mode[place[cell_id]]), mode)
        for cell_id, mode, _answer in line.get("answers", ()):
            found.mode[place[cell_id]] = mode
    for cell_id, seconds in last.get("awake_until", {}).items():
        found.awake_until[place[cell_id]] = seconds
    for cell_id, n_tries in last.get("tries", {}).items():
        found.tries[place[cell_id]] = n_tries
    for cell_id in last.get("stuck", ()):
        found.stuck[place[cell_id]] = True
    for cell_id, counts in last.get("watch", {}).items():
        at = place[cell_id]
        found.watch.loaded[at], found.watch.silent[at] = counts[:2]
        found.watch.worse[at] = counts[2:]
    return found

"""A generated network with a night of sleep, and who is asked of it without a register."""

from datetime import UTC, date, datetime

import numpy as np

from commonweal.domains.radio.energy_saving.acting.adapter import Cell
from commonweal.domains.radio.energy_saving.acting.journal import Journal
from commonweal.domains.radio.energy_saving.acting.loop import Loop
from commonweal.domains.radio.energy_saving.acting.schedule import schedule_of
from commonweal.domains.radio.energy_saving.acting.simulator import Faults, Simulator
from commonweal.domains.radio.energy_saving.acting.steps import Manner
from commonweal.domains.radio.network import synthetic
from commonweal.engines.radio.guard import Limits
from commonweal.engines.radio.sectors import Demand, Mode

SEED = 5
START = datetime(2024, 12, 9, 16, 0, tzinfo=UTC)  # midnight in Shanghai
SLOT_S = 3600
N_SLOTS = 24
NIGHT = slice(1, 6)
MANNER = Manner(limits=Limits(period_s=SLOT_S))


def table(n_sites=2):
    """Cells of generated sites, none of them protected or vetoed."""
    codes = [f"S-GD-{number:06d}" for number in range(1, n_sites + 1)]
    return synthetic.cells(codes, seed=SEED, from_date=date(2024, 1, 1))


def cells_of(rows):
    return [
        Cell(row["cell_id"], row["element_dn"], row["cell_dn"], row["rat"] == "nr")
        for row in rows.to_pylist()
    ]


def night(rows, *, mode=Mode.DEEP_SLEEP, slots=NIGHT, plan="EP-2024-00001"):
    """A schedule in which every booster sleeps at night."""
    keys = list(zip(rows["site_id"].to_pylist(), rows["sector"].to_pylist(), strict=True))
    number = {key: at for at, key in enumerate(dict.fromkeys(keys))}
    modes = np.zeros((rows.num_rows, N_SLOTS), np.int8)
    boosters = np.array([role == "booster" for role in rows["role"].to_pylist()])
    modes[np.ix_(boosters, range(N_SLOTS)[slots])] = mode
    return schedule_of(
        plan=plan,
        start_at=START,
        slot_s=SLOT_S,
        cells=cells_of(rows),
        sector=np.array([number[key] for key in keys], np.int64),
        mode=modes,
    )


def quiet(n_sectors, *, mbit_s=2.0, n_slots=N_SLOTS):
    """Demand that one layer of every sector carries easily."""
    lte = np.full((n_sectors, n_slots), mbit_s / 4, np.float32)
    return Demand(lte, np.full((n_sectors, n_slots), mbit_s, np.float32))


class Alone:
    """Who is asked by a loop without a register; it remembers what it was told."""

    def __init__(self, n_cells):
        self.stopped_at = None
        self.holds = np.zeros(n_cells, np.bool_)
        self.troubles = []

    def is_stopped(self, at):
        return self.stopped_at is not None and at >= self.stopped_at

    def held(self, _at):
        return self.holds.copy()

    def troubled(self, troubles, at):
        self.troubles += [(each, at) for each in troubles]
        for each in troubles:
            self.holds[each.place] = True
        return [f"EH-{number}" for number, _ in enumerate(troubles)]


class World:
    """A loop over the simulator, in a folder."""

    def __init__(self, folder, *, n_sites=2, faults=None, demand=None, manner=MANNER, **night_of):
        self.rows = table(n_sites)
        self.schedule = night(self.rows, **night_of)
        n_sectors = int(self.schedule.sector.max()) + 1
        self.simulator = Simulator(
            self.schedule, self.rows, demand or quiet(n_sectors), SEED, faults or Faults()
        )
        self.path, self.journal = folder / "journal.jsonl", None
        self.alone = Alone(len(self.schedule.cells))
        self.manner = manner
        self.loop = self.begin()

    def begin(self):
        """Begin, or go on after whatever happened."""
        self.close()
        self.journal = Journal(self.path)
        return Loop(self.schedule, self.simulator, self.journal, self.alone, manner=self.manner)

    def close(self):
        """Let the journal go."""
        if self.journal is not None:
            self.journal.close()

    def run(self, first=0, last=N_SLOTS):
        """Act in some slots."""
        return [self.loop.step(self.schedule.at(slot)) for slot in range(first, last + 1)]

    def modes(self):
        return self.simulator.state()

    def boosters(self):
        return self.schedule.is_acted

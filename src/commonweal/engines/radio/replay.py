"""What a plan comes to when the day turns out as it did.

The same modes are carried through with true demand, and with every layer on: the difference is the
saving, and what is unserved beyond what every layer together could not carry is the plan's doing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.engines.radio.carrying import carry
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonweal.engines.radio.sectors import Demand, Layers, Modes, Rules

_NOTHING_MBIT_S: Final = 1e-3  # less than that is rounding


@dataclass(frozen=True, slots=True)
class Replay:
    """Totals over sectors and slots; replays of parts add up by ``total``.

    Attributes:
        n_sector_slots: Sectors times slots.
        energy_wh: What was drawn.
        all_on_wh: What would have been drawn with every layer on.
        asked_mbit: What users asked.
        unserved_mbit: What found no capacity below the highest load allowed.
        unserved_anyway_mbit: What would not have found any with every layer on.
        n_over: Sector-slots with anything unserved.
        n_over_anyway: The same with every layer on.
        n_changes: Changes of configuration.
        slot_h: Length of a slot, hours.
    """

    n_sector_slots: int
    energy_wh: float
    all_on_wh: float
    asked_mbit: float
    unserved_mbit: float
    unserved_anyway_mbit: float
    n_over: int
    n_over_anyway: int
    n_changes: int
    slot_h: float

    @property
    def saving_share(self) -> float | None:
        """Saving as a share of what every layer on would draw; None where nothing draws."""
        return 1.0 - self.energy_wh / self.all_on_wh if self.all_on_wh else None

    @property
    def unserved_share(self) -> float | None:
        """Demand the plan left unserved, as a share of all; None where nothing was asked."""
        extra_mbit = self.unserved_mbit - self.unserved_anyway_mbit
        return extra_mbit / self.asked_mbit if self.asked_mbit else None

    @property
    def over_limit_share(self) -> float | None:
        """Sector-hours beyond the limit because of the plan, as a share of all."""
        extra = self.n_over - self.n_over_anyway
        return extra / self.n_sector_slots if self.n_sector_slots else None

    @property
    def changes_a_day(self) -> float | None:
        """Changes of configuration a sector and day."""
        days = self.n_sector_slots * self.slot_h / 24.0
        return self.n_changes / days if days else None


def replay(layers: Layers, truth: Demand, mode: Modes, rules: Rules) -> Replay:
    """Return what modes come to under true demand.

    Args:
        layers: The sectors.
        truth: What users truly asked, Mbit/s.
        mode: What each layer does, sector × layer × slot.
        rules: Length of a slot, and how long a layer takes to wake.

    Raises:
        InputError: Shapes do not fit.
    """
    slots = truth.lte_mbit_s.shape
    if mode.shape != (*layers.present.shape, slots[1]) or slots[0] != layers.n_sectors:
        raise InputError(
            f"modes of shape {mode.shape} do not fit {layers.present.shape} and {slots}",
            hint="give sector × layer × slot",
        )
    done = carry(layers, truth, mode, rules)
    anyway = carry(layers, truth, np.zeros_like(mode), rules)
    slot_s = rules.slot_h * 3600.0
    unserved, unserved_anyway = (
        each.lte_unserved_mbit_s.astype(np.float64) + each.nr_unserved_mbit_s
        for each in (done, anyway)
    )
    asked = truth.lte_mbit_s.sum(dtype=np.float64) + truth.nr_mbit_s.sum(dtype=np.float64)
    return Replay(
        n_sector_slots=slots[0] * slots[1],
        energy_wh=float(done.energy_wh.sum(dtype=np.float64)),
        all_on_wh=float(anyway.energy_wh.sum(dtype=np.float64)),
        asked_mbit=float(asked) * slot_s,
        unserved_mbit=float(unserved.sum()) * slot_s,
        unserved_anyway_mbit=float(unserved_anyway.sum()) * slot_s,
        n_over=int((unserved > _NOTHING_MBIT_S).sum()),
        n_over_anyway=int((unserved_anyway > _NOTHING_MBIT_S).sum()),
        n_changes=int((mode[..., 1:] != mode[..., :-1]).any(axis=1).sum()),
        slot_h=rules.slot_h,
    )


def total(replays: Iterable[Replay]) -> Replay:
    """Add replays of parts, of equal slots.

    Raises:
        InputError: There is none, or slots differ in length.
    """
    found = list(replays)
    lengths = {each.slot_h for each in found}
    if len(lengths) != 1:
        raise InputError(f"replays with slots of {sorted(lengths)} hours do not add up")
    names = [name for name in Replay.__slots__ if name != "slot_h"]
    sums = {name: sum(getattr(each, name) for each in found) for name in names}
    return Replay(**sums, slot_h=lengths.pop())

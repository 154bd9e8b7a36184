"""What a sleep plan is about: layers that may sleep, demand that they share, rules, the plan.

A sector is an azimuth group of layers (cells, carriers) that cover the same ground, so that users
of one can be served by another. Axes are sector × layer × mode and sector × slot; layers that a
sector does not have are padded and not ``present``. Rates are Mbit/s, powers are watts at the
supply's input, slots follow one another without a gap.

Two nested classes of demand: what only LTE can carry, and what NR or LTE can carry.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Doubles = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Modes = NDArray[np.int8]


class Mode(IntEnum):
    """What a layer does in a slot; a deeper mode draws no more and carries no more."""

    ON = 0
    RF_OFF = 1  # part of the RF channels off (64T to 32T): it still carries
    CARRIER_OFF = 2  # nothing is sent; the radio unit sleeps lightly
    DEEP_SLEEP = 3  # the radio unit sleeps deeply and wakes in seconds


N_MODES: Final = len(Mode)


@dataclass(frozen=True, slots=True)
class Layers:
    """What every layer may do, carry and draw.

    Attributes:
        present: The sector has this layer. Shape (sector, layer).
        is_nr: It is NR; else LTE. Shape (sector, layer).
        allowed: It may be in this mode at all; ``ON`` is always allowed. A coverage layer, a
            protected cell, one that a partner will not let sleep: ``ON`` alone. Shape
            (sector, layer, mode).
        capacity_mbit_s: What it carries at the highest load that is allowed, 0 asleep. Shape
            (sector, layer, mode).
        base_w: What it draws without traffic. Shape (sector, layer, mode).
        slope_w_per_mbit_s: What each Mbit/s adds while it carries. Shape (sector, layer).
        switch_wh: What entering and what leaving a mode costs each, in watt-hours: energy of the
            transition, signalling of handovers, wear; 0 for ``ON``. Shape (sector, layer, mode).
    """

    present: Bools
    is_nr: Bools
    allowed: Bools
    capacity_mbit_s: Floats
    base_w: Floats
    slope_w_per_mbit_s: Floats
    switch_wh: Floats

    def __post_init__(self) -> None:
        """Refuse arrays that do not fit each other, or values without a meaning.

        Raises:
            InputError: A shape differs, a value is negative or not finite, a layer may not be on,
                or a sleeping mode carries.
        """
        two, three = self.present.shape, (*self.present.shape, N_MODES)
        shapes = {"is_nr": two, "slope_w_per_mbit_s": two}
        shapes |= dict.fromkeys(("allowed", "capacity_mbit_s", "base_w", "switch_wh"), three)
        for name, shape in shapes.items():
            if (found := getattr(self, name).shape) != shape:
                raise InputError(f"{name} has shape {found} where present asks for {shape}")
        for name in ("capacity_mbit_s", "base_w", "slope_w_per_mbit_s", "switch_wh"):
            values = getattr(self, name)
            if not (np.isfinite(values) & (values >= 0)).all():
                raise InputError(
                    f"{name} holds {values.min()}", hint="give finite values from 0 on"
                )
        if not self.allowed[self.present][:, Mode.ON].all():
            raise InputError("a layer is not allowed to be on")
        if self.capacity_mbit_s[..., Mode.CARRIER_OFF :].any():
            raise InputError("a sleeping mode has a capacity")

    @property
    def n_sectors(self) -> int:
        """How many sectors there are."""
        return int(self.present.shape[0])

    def __getitem__(self, sectors: slice | NDArray[np.int64] | NDArray[np.bool_]) -> Layers:
        """Return some of the sectors."""
        return Layers(*(getattr(self, name)[sectors] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Demand:
    """What each sector is asked to carry; Mbit/s, shape (sector, slot).

    Attributes:
        lte_mbit_s: Only LTE can carry it.
        nr_mbit_s: NR or LTE can carry it.
    """

    lte_mbit_s: Floats
    nr_mbit_s: Floats

    def __post_init__(self) -> None:
        """Refuse demand that is negative or missing: no data must be told apart before.

        Raises:
            InputError: The shapes differ, or a value is negative or not finite.
        """
        if self.lte_mbit_s.shape != self.nr_mbit_s.shape:
            raise InputError(
                f"lte_mbit_s has shape {self.lte_mbit_s.shape}, nr_mbit_s {self.nr_mbit_s.shape}"
            )
        for values in (self.lte_mbit_s, self.nr_mbit_s):
            if not (np.isfinite(values) & (values >= 0)).all():
                raise InputError(
                    f"demand holds {values.min()}", hint="keep sectors without a forecast awake"
                )

    def __getitem__(self, sectors: slice | NDArray[np.int64] | NDArray[np.bool_]) -> Demand:
        """Return some of the sectors."""
        return Demand(self.lte_mbit_s[sectors], self.nr_mbit_s[sectors])


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What every plan keeps to.

    Attributes:
        slot_h: Length of a slot, hours.
        dwell_slots: A mode that a layer was changed to lasts at least this long.
        lead_slots: A layer is awake this many slots before demand that it serves.
        most_changes: Changes of configuration in the plan's span, None for no limit.
        unserved_w_per_mbit_s: Price of demand that nothing carries, as power.
    """

    slot_h: float = 0.25
    dwell_slots: int = 4
    lead_slots: int = 1
    most_changes: int | None = None
    unserved_w_per_mbit_s: float = 1e4

    def __post_init__(self) -> None:
        """Refuse rules that nothing can keep.

        Raises:
            InputError: One is out of range.
        """
        if self.slot_h <= 0 or self.dwell_slots < 1 or self.lead_slots < 0:
            raise InputError(
                f"slot_h={self.slot_h}, dwell_slots={self.dwell_slots},"
                f" lead_slots={self.lead_slots}: need > 0, >= 1, >= 0"
            )
        if self.most_changes is not None and self.most_changes < 0:
            raise InputError(f"most_changes={self.most_changes} is negative")


@dataclass(frozen=True, slots=True)
class SleepPlan:
    """A plan for every sector, with proof of how good it is.

    Attributes:
        mode: Shape (sector, layer, slot); ``ON`` where a layer is not present.
        cost_wh: The plan's objective: weighted energy, switching, price of what is unserved.
            Shape (sector,).
        bound_wh: No plan that keeps the rules has a lower objective. Shape (sector,).
        energy_wh: What the sector draws under the plan, unweighted, demand as planned for. Shape
            (sector,).
        all_on_wh: The same with every layer on. Shape (sector,).
        unserved_mbit: Demand that the plan leaves uncarried. Shape (sector,).
        changes: Changes of configuration. Shape (sector,).
    """

    mode: Modes
    cost_wh: Doubles
    bound_wh: Doubles
    energy_wh: Doubles
    all_on_wh: Doubles
    unserved_mbit: Doubles
    changes: NDArray[np.int32]

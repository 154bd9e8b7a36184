"""What happens in a sector if its layers do this and its users ask that.

Cheapest layers fill first; what only LTE can carry never goes to NR. As much as can be carried is
carried, and at the least power. Plans, replays, simulator and counterfactual all use this.

Axes: sector × layer × slot, sector × slot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonweal.engines.radio.sectors import N_MODES, Rules
from commonweal.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.engines.radio.sectors import Bools, Demand, Doubles, Floats, Layers, Modes


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of demand.

    Attributes:
        energy_wh: What the sector drew in the slot. Shape (sector, slot).
        carried_mbit_s: What each layer carried. Shape (sector, layer, slot).
        lte_unserved_mbit_s: LTE-only demand that nothing carried. Where LTE is short, LTE-only
            demand is served before what NR could carry as well. Shape (sector, slot).
        nr_unserved_mbit_s: NR-capable demand that nothing carried. Shape (sector, slot).
    """

    energy_wh: Doubles
    carried_mbit_s: Floats
    lte_unserved_mbit_s: Floats
    nr_unserved_mbit_s: Floats


def merit_order(layers: Layers) -> NDArray[np.int64]:
    """Return each sector's layers, cheapest slope first, NR first among equals.

    Args:
        layers: What layers draw.

    Returns:
        Layers' numbers, shape (sector, layer).
    """
    return np.lexsort((~layers.is_nr, layers.slope_w_per_mbit_s), axis=-1)


def columns(layers: Layers) -> tuple[Bools, Floats, Floats, Floats, Floats]:
    """Return what compiled code reads of layers; those that are not present carry and draw nothing.

    Args:
        layers: What layers may do, carry and draw.

    Returns:
        ``is_nr``, capacity, base, slope, switching.
    """
    present, each = layers.present, layers.present[..., None]
    return (
        np.ascontiguousarray(layers.is_nr),
        np.ascontiguousarray(layers.capacity_mbit_s * each, dtype=np.float32),
        np.ascontiguousarray(layers.base_w * each, dtype=np.float32),
        np.ascontiguousarray(layers.slope_w_per_mbit_s * present, dtype=np.float32),
        np.ascontiguousarray(layers.switch_wh * each, dtype=np.float32),
    )


def asked(layers: Layers, demand: Demand) -> tuple[Floats, Floats]:
    """Return demand as compiled code reads it.

    Args:
        layers: The sectors.
        demand: What their users ask.

    Raises:
        InputError: Demand is of another number of sectors.
    """
    if demand.lte_mbit_s.shape[0] != layers.n_sectors:
        raise InputError(
            f"demand of {demand.lte_mbit_s.shape[0]} sectors, layers of {layers.n_sectors}"
        )
    return (
        np.ascontiguousarray(demand.lte_mbit_s, dtype=np.float32),
        np.ascontiguousarray(demand.nr_mbit_s, dtype=np.float32),
    )


def modes_checked(layers: Layers, n_slots: int, mode: Modes, first_mode: Modes | None) -> Modes:
    """Return the modes before the first slot: those given, or those of the first slot.

    Args:
        layers: The sectors that modes are of.
        n_slots: How many slots there are.
        mode: Shape (sector, layer, slot).
        first_mode: Shape (sector, layer), or None.

    Returns:
        Shape (sector, layer).

    Raises:
        InputError: A shape does not fit, or a value is no mode.
    """
    if mode.shape != (*layers.present.shape, n_slots):
        raise InputError(
            f"mode has shape {mode.shape}, layers and demand ask for"
            f" {(*layers.present.shape, n_slots)}"
        )
    first = mode[:, :, 0] if first_mode is None else first_mode
    if first.shape != layers.present.shape:
        raise InputError(f"first_mode has shape {first.shape}, layers {layers.present.shape}")
    for values in (mode, first):
        if values.size and not 0 <= values.min() <= values.max() < N_MODES:
            raise InputError(f"mode holds {values.min()} to {values.max()}, modes are 0 to 3")
    return np.ascontiguousarray(first, dtype=np.int8)


def carry(
    layers: Layers,
    demand: Demand,
    mode: Modes,
    rules: Rules | None = None,
    *,
    first_mode: Modes | None = None,
) -> Carried:
    """Return what layers in these modes carry and draw.

    A layer carries the least of what its modes in this slot and the ``lead_slots`` before allow:
    one that wakes draws power at once and serves when it is ready.

    Args:
        layers: What layers may do, carry and draw; ``allowed`` is not looked at.
        demand: What users ask for.
        mode: What layers do. Shape (sector, layer, slot).
        rules: Length of a slot and lead; the defaults if None.
        first_mode: Modes before the first slot; as in the first slot if None. Shape (sector,
            layer).

    Returns:
        What became of demand: carried plus unserved is what was asked.

    Raises:
        InputError: Shapes do not fit, or a value of ``mode`` is no mode.

    Source:
        Greedy on a polymatroid: Edmonds (1970), Submodular functions, matroids, and certain
        polyhedra.
    """
    from commonweal.engines.radio.filling import carry_slots  # noqa: PLC0415 - the compiler

    rules = rules or Rules()
    n_slots = demand.lte_mbit_s.shape[1]
    first = modes_checked(layers, n_slots, mode, first_mode)
    shape = (layers.n_sectors, n_slots)
    carried = Carried(
        np.zeros(shape),
        np.zeros(mode.shape, dtype=np.float32),
        np.zeros(shape, dtype=np.float32),
        np.zeros(shape, dtype=np.float32),
    )
    carry_slots(
        merit_order(layers), *columns(layers)[:4], *asked(layers, demand),
        np.ascontiguousarray(mode, dtype=np.int8), first, rules.lead_slots, rules.slot_h,
        carried.energy_wh, carried.carried_mbit_s,
        carried.lte_unserved_mbit_s, carried.nr_unserved_mbit_s,
    )  # fmt: skip
    return carried

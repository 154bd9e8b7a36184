"""What a network would report while its layers do this and its users ask that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import numpy as np
import pyarrow as pa

from commonweal.domains.radio.network.synthetic.cells import RHO_MAX
from commonweal.engines.radio.carrying import carry
from commonweal.engines.radio.sectors import Mode

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from commonweal.engines.radio.sectors import Demand, Layers, Modes, Rules


_UPLINK_SHARE: Final = 0.12
_MBIT_S_A_USER: Final = 1.5
_SETUPS_A_USER_HOUR: Final = 20.0
_BASEBAND_W: Final = {"enb": 120.0, "gnb": 190.0}
BOARD_W: Final = 55.0
"""What a baseband board draws while any of its layers is awake."""
_METER_SPREAD: Final = 0.01
_INSTANT: Final = pa.timestamp("us", "UTC")


class _Slots(NamedTuple):
    """When consecutive slots begin, and how long one is."""

    starts: NDArray[np.datetime64]
    slot_s: int


class Named(Protocol):
    """Sectors with the names by which they report; all of shape sector × layer."""

    @property
    def element_dn(self) -> NDArray[np.str_]:
        """Managed element of each layer, empty where there is none."""

    @property
    def cell_dn(self) -> NDArray[np.str_]:
        """Measured object of each layer."""

    @property
    def board(self) -> NDArray[np.str_]:
        """Baseband board of each layer, within its element."""


def reports(
    names: Named,
    layers: Layers,
    demand: Demand,
    mode: Modes,
    rules: Rules,
    *,
    start_at: datetime,
    seed: int,
) -> tuple[pa.Table, pa.Table]:
    """Return rows of ``cell_counters`` and of ``element_power`` for consecutive slots.

    Args:
        names: What reports.
        layers: What it truly carries and draws.
        demand: What users truly ask.
        mode: What each layer does, sector × layer × slot.
        rules: Length of a slot, and how long a layer takes to wake.
        start_at: The first slot begins.
        seed: Of the meters' noise.
    """
    carried = carry(layers, demand, mode, rules).carried_mbit_s
    idle_w = np.take_along_axis(layers.base_w, mode.astype(np.int64), axis=2)
    layer_w = idle_w + layers.slope_w_per_mbit_s[..., None] * carried.astype(np.float64)
    slot_s = round(rules.slot_h * 3600)
    starts = np.datetime64(start_at.replace(tzinfo=None) - start_at.utcoffset(), "us") + (  # type: ignore[operator]
        np.arange(mode.shape[2]) * np.timedelta64(slot_s, "s")
    )
    slots = _Slots(starts, slot_s)
    full_mbit_s = layers.capacity_mbit_s[..., Mode.ON] / RHO_MAX
    counters = _counters(names, layers.present, mode, carried, full_mbit_s, slots)
    power = _power(names, layers.present, mode, layer_w, slots, np.random.default_rng([seed, 5]))
    return counters, power


def _counters(  # noqa: PLR0917 - a table from its columns
    names: Named,
    present: NDArray[np.bool_],
    mode: Modes,
    carried: NDArray[np.float32],
    full_mbit_s: NDArray[np.float32],
    slots: _Slots,
) -> pa.Table:
    """Return what each cell counted; a sleeping one counts nothing, and how long it slept."""
    starts, slot_s = slots
    n_slots = len(starts)
    asked = carried[present].astype(np.float64).ravel()
    full = np.repeat(full_mbit_s[present].astype(np.float64), n_slots)
    doing = mode[present].ravel()
    n = len(asked)
    users = asked / _MBIT_S_A_USER
    setups = np.round(users * _SETUPS_A_USER_HOUR * slot_s / 3600)
    load = np.round(asked / full, 4)
    shared = {
        "element_dn": np.repeat(names.element_dn[present], n_slots),
        "cell_dn": np.repeat(names.cell_dn[present], n_slots),
        "start_at": pa.array(np.tile(starts, n // n_slots), _INSTANT),
        "duration_s": np.full(n, slot_s),
        "suspect": np.full(n, "no"),
    }
    seconds = {
        f"{name}_s": np.where(doing == which, float(slot_s), 0.0)
        for name, which in (
            ("rf_off", Mode.RF_OFF),
            ("carrier_off", Mode.CARRIER_OFF),
            ("deep_sleep", Mode.DEEP_SLEEP),
        )
    }
    return pa.table(
        shared
        | {
            "prb_dl_share": load,
            "prb_ul_share": np.round(load * 0.5, 4),
            "volume_dl_mbit": np.round(asked * slot_s, 3),
            "volume_ul_mbit": np.round(asked * slot_s * _UPLINK_SHARE, 3),
            "users_mean": np.round(users, 3),
            "ue_throughput_dl_kbit_s": np.round(full * (1.0 - load) * 250.0, 1),
            "rrc_attempts": setups,
            "rrc_successes": np.round(setups * 0.996),
            "abnormal_releases": np.round(setups * 0.002),
            "handover_attempts": np.round(setups * 0.3),
            "handover_successes": np.round(setups * 0.3 * 0.99),
            "unavailable_s": np.zeros(n),
        }
        | seconds
    )


def _power(  # noqa: PLR0917 - a table from its columns
    names: Named,
    present: NDArray[np.bool_],
    mode: Modes,
    layer_w: NDArray[np.floating],
    slots: _Slots,
    rng: np.random.Generator,
) -> pa.Table:
    """Return what elements drew: their layers, boards with a layer awake, baseband, noise."""
    starts, slot_s = slots
    element, index = np.unique(names.element_dn[present], return_inverse=True)
    total_w = np.zeros((len(element), len(starts)))
    np.add.at(total_w, index, layer_w[present])
    boards = np.array(
        [f"{e}/{b}" for e, b in zip(names.element_dn[present], names.board[present], strict=True)]
    )
    board, of_layer = np.unique(boards, return_inverse=True)
    awake = np.zeros((len(board), len(starts)), bool)
    np.logical_or.at(awake, of_layer, mode[present] < Mode.CARRIER_OFF)
    owner = np.zeros(len(board), np.int64)
    owner[of_layer] = index
    np.add.at(total_w, owner, awake * BOARD_W)
    total_w += np.array([_BASEBAND_W[name.rsplit("-", 1)[-1]] for name in element])[:, None]
    metered_w = total_w * (1.0 + rng.normal(0.0, _METER_SPREAD, total_w.shape))
    flat = metered_w.ravel()
    return pa.table(
        {
            "element_dn": np.repeat(element, len(starts)),
            "start_at": pa.array(np.tile(starts, len(element)), _INSTANT),
            "duration_s": np.full(flat.size, slot_s),
            "suspect": np.full(flat.size, "no"),
            "energy_kwh": np.round(flat * slot_s / 3.6e6, 6),
            "mean_power_w": np.round(flat, 2),
        }
    )

r"""What a radio unit draws in each mode, and what changing modes costs.

Two published models, for units whose own figures nobody has measured:

    EARTH       P = n_trx · (p0_w + slope · output_w · load), asleep n_trx · sleep_w
    TR 38.864   relative powers of deep, light and micro sleep and of active downlink, scaled so
                that an idle unit draws what it does;
                P_DL = P3 + s_a (P4 - P3) [A + s_f s_p (1 - A)]

``carrier_off`` is light sleep, ``deep_sleep`` is deep sleep. TR 38.864 gives no saving of idle
power for fewer RF channels, so ``rf_off`` saves nothing under it. Energies of transition are for
the way there and back; half is charged each way.

Source: G. Auer et al., "How much energy is needed to run a wireless network?", IEEE Wireless
Communications 18(5), 2011, doi:10.1109/MWC.2011.6056691; 3GPP TR 38.864 V18.1.0, clause 5.1,
tables 5.1-3 to 5.1-5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.engines.radio.sectors import N_MODES, Mode
from commonweal.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]

FIXED_SHARE: Final = 0.4
"""A of TR 38.864: part of the active power that bandwidth and power do not scale."""
_REL_MS_PER_WH: Final = 3.6e6


@dataclass(frozen=True, slots=True)
class UnitPower:
    """One radio unit.

    Attributes:
        base_w: Without traffic in each mode. Shape (mode,).
        full_w: On, at full load.
        switch_wh: Entering or leaving each mode. Shape (mode,).
    """

    base_w: Doubles
    full_w: float
    switch_wh: Doubles


@dataclass(frozen=True, slots=True)
class RelativePower:
    """A row of TR 38.864's tables: relative powers and what transitions cost.

    Attributes:
        deep: P1. light: P2. micro: P3, an idle unit. active: P4, downlink at full load.
        deep_switch: Added energy of deep sleep, there and back, relative power times ms.
        light_switch: The same of light sleep.
    """

    deep: float
    light: float
    micro: float
    active: float
    deep_switch: float
    light_switch: float

    def scaled(self, idle_w: float) -> UnitPower:
        """Return a unit whose idle power is known.

        >>> fast = RelativePower(1, 25, 55, 280, 1000, 90)
        >>> unit = fast.scaled(550.0)
        >>> unit.base_w.tolist(), unit.full_w
        ([550.0, 550.0, 250.0, 10.0], 2800.0)
        """
        if idle_w <= 0:
            raise InputError(f"idle_w={idle_w} is not above 0")
        scale_w = idle_w / self.micro
        base = np.array([self.micro, self.micro, self.light, self.deep]) * scale_w
        switch = np.zeros(N_MODES)
        switch[Mode.CARRIER_OFF] = self.light_switch * scale_w / _REL_MS_PER_WH / 2
        switch[Mode.DEEP_SLEEP] = self.deep_switch * scale_w / _REL_MS_PER_WH / 2
        return UnitPower(base, self.active * scale_w, switch)


def earth(*, n_trx: int, p0_w: float, slope: float, output_w: float, sleep_w: float) -> UnitPower:
    """Return a unit of the EARTH model; it has one kind of sleep, no deeper one.

    >>> macro = earth(n_trx=6, p0_w=130.0, slope=4.7, output_w=20.0, sleep_w=75.0)
    >>> macro.base_w.tolist(), round(macro.full_w)
    ([780.0, 780.0, 450.0, 450.0], 1344)
    """
    if not 0 <= sleep_w <= p0_w or n_trx < 1:
        raise InputError(f"sleep_w={sleep_w}, p0_w={p0_w}, n_trx={n_trx}: sleep draws no more")
    base = n_trx * np.array([p0_w, p0_w, sleep_w, sleep_w])
    return UnitPower(base, n_trx * (p0_w + slope * output_w), np.zeros(N_MODES))


def active_share(bandwidth_share: Doubles, power_share: float = 1.0) -> Doubles:
    """Return the dynamic power of a carrier that uses part of a unit's bandwidth and power.

    >>> active_share(np.array([1.0, 0.5])).tolist()
    [1.0, 0.7]
    """
    used = np.clip(bandwidth_share, 0.0, 1.0) * power_share
    return np.asarray(FIXED_SHARE + (1 - FIXED_SHARE) * used)

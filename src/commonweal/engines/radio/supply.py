r"""What the grid gives for what the equipment draws: rectifiers, battery, cooling.

    input = (equipment + float) / efficiency(load of the modules that run) · (1 + cooling share)

Rectifier modules are least efficient when hardly loaded, so a supply that puts modules to sleep
runs the rest near their best. Cooling removes the heat of equipment and losses at a coefficient
of performance that falls with the outdoor temperature; below a temperature air alone is enough.

Axes: any shape of powers; ``temperature_degc`` of the same shape or one number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonweal.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """A site's supply.

    Attributes:
        module_w: Rated output of a rectifier module.
        n_modules: Modules in the rack.
        loads: Where the efficiency of a module is given, rising shares of its rating.
        efficiencies: At those loads, 0 to 1.
        spare_modules: Modules that run beyond those needed; None is a supply without sleep.
        float_w: What keeps the battery charged.
        cooled_share: Part of the heat that is cooled by machine, 0 outdoors.
        cop: Coefficient of performance at 35 °C.
        cop_per_degc: What it loses with each degree.
        free_below_degc: Below this, fans alone cool.
    """

    module_w: float
    n_modules: int
    loads: tuple[float, ...]
    efficiencies: tuple[float, ...]
    spare_modules: int | None = None
    float_w: float = 0.0
    cooled_share: float = 0.0
    cop: float = 3.0
    cop_per_degc: float = 0.06
    free_below_degc: float = 20.0

    def __post_init__(self) -> None:
        """Refuse a supply that is none.

        Raises:
            InputError: A value is out of range.
        """
        if self.module_w <= 0 or self.n_modules < 1 or not 0 <= self.cooled_share <= 1:
            raise InputError(
                f"module_w={self.module_w}, n_modules={self.n_modules},"
                f" cooled_share={self.cooled_share}: need > 0, >= 1, 0 to 1"
            )
        if len(self.loads) != len(self.efficiencies) or not all(
            0 < each <= 1 for each in self.efficiencies
        ):
            raise InputError("an efficiency from 0 to 1 belongs to each load")
        if any(later <= before for before, later in zip(self.loads, self.loads[1:], strict=False)):
            raise InputError(f"loads {self.loads} do not rise")


def input_power_w(
    equipment_w: Doubles, supply: Supply, temperature_degc: Doubles | float = 25.0
) -> Doubles:
    """Return what the site draws from the grid. Same shape as ``equipment_w``.

    Raises:
        InputError: More is asked than the modules give.
    """
    output_w = equipment_w + supply.float_w
    if float(np.max(output_w, initial=0.0)) > supply.module_w * supply.n_modules:
        raise InputError(
            f"{np.max(output_w):.0f} W is more than {supply.n_modules} modules of"
            f" {supply.module_w:.0f} W give"
        )
    needed = np.ceil(output_w / supply.module_w)
    running = np.full_like(output_w, supply.n_modules)
    if supply.spare_modules is not None:
        running = np.clip(needed + supply.spare_modules, 1, supply.n_modules)
    load = output_w / (running * supply.module_w)
    drawn_w = output_w / np.interp(load, supply.loads, supply.efficiencies)
    warmth = np.asarray(temperature_degc, np.float64) - 35.0
    cop = np.maximum(supply.cop - supply.cop_per_degc * warmth, 1.0)
    is_cooled = np.asarray(temperature_degc) >= supply.free_below_degc
    return np.asarray(drawn_w * (1.0 + np.where(is_cooled, supply.cooled_share / cop, 0.0)))


def marginal_factor(
    equipment_w: Doubles, supply: Supply, temperature_degc: Doubles | float = 25.0
) -> Doubles:
    """Return how much less the grid gives for each watt less of equipment, over 100 W."""
    less_w = np.minimum(equipment_w, 100.0)
    before = input_power_w(equipment_w, supply, temperature_degc)
    after = input_power_w(equipment_w - less_w, supply, temperature_degc)
    return np.asarray((before - after) / np.where(less_w > 0, less_w, 1.0))

"""The true totals, counted in whole hundredths: what a perfect account of the demo would say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonweal.demo.fuels import USES, fuel_amounts
from commonweal.demo.organisation import provinces
from commonweal.demo.streams import MONTHS
from commonweal.demo.traffic import traffic_gb

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.demo.world import World


def truth(world: World) -> dict[str, object]:
    """Return totals by month, integers: electricity by province, fuels by carrier, traffic."""
    fuel_totals: dict[str, NDArray[np.int64]] = {}
    for use in USES:
        _, amounts = fuel_amounts(world, use)
        total = amounts.sum(axis=0)
        fuel_totals[use.carrier] = fuel_totals.get(use.carrier, np.zeros_like(total)) + total
    return {
        "months": [f"{first:%Y-%m}" for first in MONTHS],
        "electricity_kwh_hundredths": electricity_ckwh(world),
        "fuel_hundredths": {carrier: total.tolist() for carrier, total in fuel_totals.items()},
        "traffic_gb": traffic_gb(world).sum(axis=0).tolist(),
    }


def electricity_ckwh(world: World) -> dict[str, list[int]]:
    """Return true electricity use by province and month, in hundredths of a kilowatt-hour."""
    use = world.registers.use_ckwh
    owner = world.operator.site_province[world.operator.meter_site]
    return {
        province.place: use[owner == index].sum(axis=0).tolist()
        for index, province in enumerate(provinces())
    }

"""Information traffic by unit and month, calibrated against the energy.

Electricity for each terabyte falls in a straight line from 21.3 kWh before the first month to
15.2 kWh after the last. At 0.1229 kgce/kWh, with fuels and heat on top, energy for each unit of
traffic falls from about 2.8 to about 2.0 kgce/TB, 2024 being some 15 % below 2023: on the way to
the demo's target of -20 % by 2025 against 2023. The season of the load stays visible, because
traffic has next to none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from commonweal.demo.organisation import KIND
from commonweal.demo.streams import MONTHS, N_MONTHS, bell, shares, stream
from commonweal.periods import month_add

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.demo.world import World

KWH_PER_TB: Final = (21.3, 15.2)
"""Electricity for each terabyte at the two years' ends."""


def traffic_gb(world: World) -> NDArray[np.int64]:
    """Return traffic in GB; unit × month."""
    use_ckwh = world.registers.use_ckwh
    yearly = [int(use_ckwh[:, :12].sum()), int(use_ckwh[:, 12:].sum())]  # exact: integers
    passed = (np.arange(N_MONTHS) + 0.5) / N_MONTHS
    per_tb = KWH_PER_TB[0] + (KWH_PER_TB[1] - KWH_PER_TB[0]) * passed
    middle = (yearly[0] + (yearly[1] - yearly[0]) * (passed * 2.0 - 0.5)) / 12.0 / 100.0
    total_gb = (middle / per_tb * 1000.0).astype(np.int64)
    weights = _weights(world)
    return np.stack(
        [shares(weights[:, month], int(total_gb[month])) for month in range(N_MONTHS)], axis=1
    )


def _weights(world: World) -> NDArray[np.int64]:
    """Weigh a unit by its radio sites, with a size of its own and a little noise."""
    operator = world.operator
    radio = np.isin(operator.site_kind, [KIND["macro"], KIND["indoor"]])
    n_units = operator.unit_area.size
    sites = np.bincount(operator.site_unit[radio], minlength=n_units)
    rng = stream(world.options.seed, "traffic")
    size = 0.6 + 0.8 * rng.random((n_units, 1))
    noise = 1.0 + 0.05 * bell(rng, (n_units, N_MONTHS))
    return (1.0 + sites[:, None] * 1000.0 * size * noise).astype(np.int64)


def traffic(world: World, first: int) -> pa.Table:
    """Return a quarter's traffic of every unit from month ``first``."""
    in_gb = traffic_gb(world)
    n_units = in_gb.shape[0]
    parts = [
        pa.table(
            {
                "node_id": list(world.unit_codes),
                "start_date": [MONTHS[month].isoformat()] * n_units,
                "end_date": [month_add(MONTHS[month], 1).isoformat()] * n_units,
                "traffic_tb": in_gb[:, month] / 1000.0,
            }
        )
        for month in range(first, first + 3)
    ]
    return pa.concat_tables(parts)

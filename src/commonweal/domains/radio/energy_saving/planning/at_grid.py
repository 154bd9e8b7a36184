"""What a saving at the meters of elements comes to at the grid, beyond rectifiers and cooling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from commonweal.domains.radio.network.power.supplies import supply_get
from commonweal.engines.radio.supply import input_power_w

if TYPE_CHECKING:
    import pyarrow as pa

    from commonweal.domains.radio.energy_saving.planning.policy import Policy


def saved_at_grid_wh(rows: pa.Table, policy: Policy) -> float:
    """Return how much less the grid gives, if sites save what is expected at their elements.

    A site's day counts at its mean power; every site has the supply that the policy names. Beyond
    what its modules give a supply is taken for one at its limit.

    Args:
        rows: Of the store, whole sites.
        policy: Names the supply, and the temperature outdoors.
    """
    sites = rows.group_by(["site_code", "day"], use_threads=False).aggregate(
        [("all_on_wh", "sum"), ("expected_wh", "sum")]
    )
    all_on_wh, saved_wh = (
        np.nan_to_num(sites[f"{name}_sum"].to_numpy().astype(np.float64))
        for name in ("all_on_wh", "expected_wh")
    )
    supply = supply_get(policy.supply)
    most_w = supply.module_w * supply.n_modules - supply.float_w
    before, after = (
        input_power_w(np.clip(wh / 24.0, 0.0, most_w), supply, policy.outdoor_degc)
        for wh in (all_on_wh, all_on_wh - saved_wh)
    )
    return float((before - after).sum() * 24.0)


def saving_of(rows: pa.Table, policy: Policy) -> dict[str, float | None]:
    """Return what is expected of some sites: at the elements' meters, and at the grid.

    Args:
        rows: Of the store, whole sites.
        policy: Of their plan.

    Returns:
        Of kWh, by the names that the totals of a plan have; None where nothing was forecast.
    """
    if rows["expected_wh"].null_count == rows.num_rows:
        return dict.fromkeys(("expected_kwh", "all_on_kwh", "expected_at_grid_kwh"))
    expected_wh, all_on_wh = (pc.sum(rows[name]).as_py() for name in ("expected_wh", "all_on_wh"))
    return {
        "expected_kwh": expected_wh / 1000,
        "all_on_kwh": all_on_wh / 1000,
        "expected_at_grid_kwh": saved_at_grid_wh(rows, policy) / 1000,
    }

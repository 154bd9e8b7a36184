"""What safety costs: saving at several quantiles on a sample, and what each leaves uncarried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from commonweal.domains.radio.energy_saving.planning.awake import awake_of
from commonweal.domains.radio.energy_saving.planning.block import Next, day_plan, demand_of, without
from commonweal.engines.radio.carrying import carry
from commonweal.engines.radio.forecast_calibration import QUANTILES

if TYPE_CHECKING:
    from commonweal.domains.radio.energy_saving.planning.expecting import Learned
    from commonweal.domains.radio.energy_saving.planning.setting import Setting
    from commonweal.domains.radio.network.inventory import Network
    from commonweal.engines.radio.sectors import Doubles

_SAMPLE: Final = 64
"""Sectors of each province; two thousand of a nation."""


def safety_of(
    grid: Network, setting: Setting, weight: Doubles | None, learned: Learned
) -> dict[str, Any]:
    """Plan a sample of sectors for the first day at several quantiles.

    Returns:
        ``n`` sectors in the sample; for each quantile, lists of sums over it: ``expected_wh`` at
        the mean of the forecast, ``all_on_wh``, and ``unserved_mbit`` of ``demand_mbit`` if the
        99 % quantile comes everywhere.
    """
    places = np.unique(np.linspace(0, grid.n_sectors - 1, min(_SAMPLE, grid.n_sectors)).astype(int))
    sample, policy = grid.take(places), setting.policy
    layers = setting.forecasts.layers(sample, setting.power)
    day = setting.days[0]
    asked = next(iter(setting.forecasts.asked(sample, (day,), QUANTILES, learned)))
    awake = awake_of(sample, day, policy, holds=setting.holds, above=setting.above)
    known = without(asked[0].reason)
    before = np.zeros(sample.present.shape, np.int8)
    worst = demand_of(asked[-1].planned, known)
    seconds, n_after = policy.slot_h * 3600, policy.rules.lead_slots
    found: dict[str, Any] = {"n": int(known.sum()), "quantiles": list(QUANTILES)}
    found["demand_mbit"] = float((worst.lte_mbit_s + worst.nr_mbit_s).sum(dtype=float) * seconds)
    for name in ("expected_wh", "all_on_wh", "unserved_mbit"):
        found[name] = []
    for each in asked:
        plan = day_plan(
            layers,
            each,
            policy.rules,
            weight=weight,
            awake=awake.mask,
            after=Next(each.planned[:, :, :n_after], awake.mask[:, :, :n_after]),
            first_mode=before,
        )
        carried = carry(
            layers[known], worst, plan.mode[known], policy.rules, first_mode=before[known]
        )
        unserved = carried.lte_unserved_mbit_s.sum(dtype=float)
        unserved += carried.nr_unserved_mbit_s.sum(dtype=float)
        found["expected_wh"].append(float(np.nansum(plan.expected_wh)))
        found["all_on_wh"].append(float(np.nansum(plan.all_on_wh)))
        found["unserved_mbit"].append(float(unserved * seconds))
    return found

"""How much of what units claimed was generated in the hours in which they used it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonweal.domains.carbon.green_power.models import KWH_PER_MWH
from commonweal.domains.carbon.green_power.profiles import (
    generation,
    month_starts,
    n_hours,
    use_shape,
)
from commonweal.domains.carbon.green_power.use import BOUNDARY
from commonweal.engines.matching import match
from commonweal.kernel.facts.selectors import facts_as_of
from commonweal.periods import month

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from commonweal.domains.carbon.green_power.models import Claim
    from commonweal.periods import Period

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class UnitMatch:
    """One unit's claims against its use; arrays of shape (hour,)."""

    node: str
    used_kwh: Floats
    claimed_kwh: Floats
    unknown_kwh: float
    """Claimed of plants that do not tell their hours."""

    @property
    def hourly_share(self) -> float:
        """Of the use, 0 to 1."""
        return float(match(self.used_kwh, self.claimed_kwh).share)

    @property
    def annual_share(self) -> float:
        """Of the use, as two sums of the period are compared."""
        return float(match(self.used_kwh, self.claimed_kwh, np.array([0])).share)


@dataclass(frozen=True, slots=True)
class HourlyMatch:
    """All units of a period, and the sample that their use takes its shape from."""

    units: tuple[UnitMatch, ...]
    n_meters: int
    not_computed: tuple[str, ...]
    """Units that claimed, but whose electricity no fact tells."""


def hourly_match(claims: Iterable[Claim], period: Period) -> HourlyMatch:
    """Match claims of a period with the use of their units.

    Args:
        claims: With their batch, its contract and their node.
        period: Whole months.
    """
    told = list(claims)
    by_contract = generation(period, sorted({each.batch.contract.code for each in told}))
    shape, n_meters = use_shape(period)
    nodes = sorted({each.node.code for each in told})
    used = _used_kwh(nodes, period, shape)
    units = [
        _unit(
            code, [each for each in told if each.node.code == code], by_contract, used[code], period
        )
        for code in nodes
        if code in used
    ]
    return HourlyMatch(tuple(units), n_meters, tuple(code for code in nodes if code not in used))


def _used_kwh(nodes: list[str], period: Period, shape: Floats) -> Mapping[str, Floats]:
    """Return use by hour: the shape of the sample, scaled to each month's electricity."""
    if not shape.any():
        return {}
    months = [month(first.year, first.month) for first in period.months]
    facts = facts_as_of(
        boundary=BOUNDARY, indicators=["electricity_use"], nodes=nodes, periods=months
    )
    by_node: dict[str, dict[int, float]] = defaultdict(dict)
    for fact in facts:
        by_node[fact.node][fact.start_date.month] = float(fact.value)
    starts = month_starts(period.months)
    sums = np.add.reduceat(shape, starts)
    lengths = np.diff([*starts, len(shape)])
    found = {}
    for node, kwh in by_node.items():
        if len(kwh) == len(months) and sums.all():
            scale = np.array([kwh[each.start_date.month] for each in months]) / sums
            found[node] = shape * np.repeat(scale, lengths)
    return found


def _unit(
    code: str,
    claims: list[Claim],
    by_contract: Mapping[str, Floats],
    used_kwh: Floats,
    period: Period,
) -> UnitMatch:
    """Spread each claim over the hours in which its plant generated in the batch's month."""
    claimed, unknown_kwh = np.zeros(n_hours(period)), 0.0
    bounds = [*month_starts(period.months), n_hours(period)]
    for claim in claims:
        made, first = by_contract.get(claim.batch.contract.code), claim.batch.generated_month
        kwh = float(claim.energy_mwh) * KWH_PER_MWH
        if made is None or first not in period.months:
            unknown_kwh += kwh
            continue
        place = period.months.index(first)
        hours = slice(bounds[place], bounds[place + 1])
        total = made[hours].sum()
        if total:
            claimed[hours] += made[hours] / total * kwh
        else:
            unknown_kwh += kwh
    return UnitMatch(code, used_kwh, claimed, unknown_kwh)

"""Emissions to the end of the year, from the monthly facts that are there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import ceil, floor
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.domains.carbon.carbon_market.markets import word
from commonweal.kernel.facts.selectors import fact_series
from commonweal.periods import month_add

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from commonweal.domains.carbon.carbon_market.models import Obligation

INDICATOR: Final = "ghg_total_location"
VERIFICATION_SD_SHARE: Final = 0.02
"""What a verifier may change of a year that is complete: an assumption of the house."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Emissions of a year: expectation and standard deviation, t, and where they come from.

    ``source`` is ``verified``, ``reported`` or ``forecast``; ``n_months`` were measured.
    """

    mean_t: float
    sd_t: float
    source: str
    n_months: int = 12


def year_end(now: Mapping[int, float], before: Mapping[int, float]) -> tuple[float, float] | None:
    """Return expectation and standard deviation of a year from its months so far.

    The months to come are those of the year before, times the growth of the months that both years
    have. The growth's own scatter from month to month says how sure that is.

    Args:
        now: Emissions by month (1 to 12), t.
        before: The same of the year before.

    Returns:
        None where a month to come has no counterpart, or nothing can be compared.

    >>> year_end({1: 11.0, 2: 11.0}, dict.fromkeys(range(1, 13), 10.0))
    (132.0, 0.0)
    """
    to_come = [each for each in range(1, 13) if each not in now]
    measured_t = sum(now.values())
    if not to_come:
        return measured_t, 0.0
    both = [each for each in now if before.get(each)]
    if not both or any(each not in before for each in to_come):
        return None
    growth = sum(now[each] for each in both) / sum(before[each] for each in both)
    rest_t = sum(before[each] for each in to_come)
    ratios = np.array([now[each] / before[each] for each in both])
    scatter = float(ratios.std(ddof=1)) if len(both) > 1 else abs(growth - 1)
    # errors of the level last all year: the months to come share them
    return measured_t + growth * rest_t, scatter * rest_t * float(np.sqrt(1 / len(both)))


def expected(
    obligation: Obligation, *, day: date, as_of: datetime | None = None
) -> Expected | None:
    """Return the emissions of an obligation as known on a day; None where nothing is known.

    What was verified counts before what was reported, and that before the forecast.
    """
    if obligation.verified_t is not None:
        return Expected(obligation.verified_t, 0.0, "verified")
    if obligation.reported_t is not None:
        t = float(obligation.reported_t)
        return Expected(t, VERIFICATION_SD_SHARE * t, "reported")
    tomorrow = day + timedelta(days=1)  # a month that ends with this day has ended
    found: dict[int, dict[int, float]] = {obligation.year: {}, obligation.year - 1: {}}
    rows = fact_series(
        indicator=INDICATOR, node=obligation.node.code, boundary="operational", as_of=as_of
    )
    for fact in rows.filter(start_date__year__in=list(found), value__isnull=False):
        if month_add(fact.start_date, 1) <= tomorrow and fact.value is not None:
            found[fact.start_date.year][fact.start_date.month] = float(fact.value)
    end = year_end(found[obligation.year], found[obligation.year - 1])
    if end is None:
        return None
    share = float(obligation.covered_share)
    mean_t, sd_t = (part * share for part in end)
    sd_t = float(np.hypot(sd_t, VERIFICATION_SD_SHARE * mean_t))
    return Expected(mean_t, sd_t, "forecast", len(found[obligation.year]))


def whole_tonnes(tonnes: float, *, market: str, year: int) -> int:
    """Return emissions as the market counts them."""
    is_up = word(market, "rounding", year) == "up"
    return ceil(tonnes - 1e-9) if is_up else floor(tonnes + 0.5)

"""Emissions to the end of the year, from the monthly facts that are there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.domains.carbon.carbon_market.markets import word
from commonweal.engines.forecasting import N_LEAST, SEASON, forecast
from commonweal.kernel.facts.selectors import fact_series
from commonweal.periods import month_add

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from commonweal.domains.carbon.carbon_market.models import Obligation

INDICATOR: Final = "ghg_total_location"
_HISTORY: Final = 3 * SEASON
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
    values, n_now = _months(obligation, day=day, as_of=as_of)
    n_ahead = SEASON - n_now
    if n_ahead > SEASON or len(values) < n_now:  # nothing before, or a gap within the year
        return None
    if n_ahead and (len(values) < N_LEAST or values.min() <= 0):
        return None
    share = float(obligation.covered_share)
    measured_t = float(values[len(values) - n_now :].sum()) * share
    mean_t, sd_t = measured_t, 0.0
    if n_ahead:
        ahead = forecast(values, n_ahead)
        mean_t += ahead.total * share
        sd_t = ahead.total * share * ahead.log_spread
    sd_t = float(np.hypot(sd_t, VERIFICATION_SD_SHARE * mean_t))
    return Expected(mean_t, sd_t, "forecast", n_now)


def _months(
    obligation: Obligation, *, day: date, as_of: datetime | None
) -> tuple[NDArray[np.float64], int]:
    """Return months without a gap up to the last that has ended, and how many are of the year.

    The count is negative where not even the year before is complete.
    """
    tomorrow = day + timedelta(days=1)  # a month that ends with this day has ended
    rows = fact_series(
        indicator=INDICATOR, node=obligation.node.code, boundary="operational", as_of=as_of
    )
    known = {row.start_date: row.value for row in rows if row.value is not None}
    first = date(obligation.year, 1, 1)
    last = month_add(first, SEASON - 1)
    while last >= month_add(first, -1) and (last not in known or month_add(last, 1) > tomorrow):
        last = month_add(last, -1)
    n_now = (last.year - first.year) * SEASON + last.month
    found: list[float] = []
    while last in known and len(found) < _HISTORY:
        found.append(float(known[last]))
        last = month_add(last, -1)
    return np.array(found[::-1]), n_now


def whole_tonnes(tonnes: float, *, market: str, year: int) -> int:
    """Return emissions as the market counts them."""
    is_up = word(market, "rounding", year) == "up"
    return ceil(tonnes - 1e-9) if is_up else floor(tonnes + 0.5)

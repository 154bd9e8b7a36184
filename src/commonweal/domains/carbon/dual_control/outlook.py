"""Where targets will stand at the year's end: months known, months forecast, and a light.

A ratio is forecast as its numerator and its denominator, each by its own months; their errors are
taken as independent, which makes the interval of an intensity rather too wide than too narrow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from commonweal.catalogue import catalogue
from commonweal.engines.forecasting import N_LEAST, SEASON, Ahead, forecast, student_quantile
from commonweal.errors import InputError
from commonweal.kernel.facts.selectors import facts_as_of
from commonweal.periods import PeriodKind, month_add
from commonweal.units import conversion

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from commonweal.domains.carbon.dual_control.house import Lights
    from commonweal.kernel.targets.selectors import TargetStatus

Months = dict[date, float]


class Light(StrEnum):
    """What the rule of warning lights says of a forecast beside the path."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True)
class Outlook:
    """A year's end as seen from its months; values in the indicator's unit, None for no data."""

    year: int
    value: float | None
    low: float | None
    high: float | None
    n_known: int
    """Months of the year that are known; the rest is forecast."""
    last_month: date | None


NOTHING = Outlook(0, None, None, None, 0, None)


def parts_of(indicator: str) -> tuple[tuple[str, ...], float]:
    """Return the flows that an indicator is made of (one, or a ratio's two), and its scale.

    Raises:
        InputError: It is neither a flow nor a ratio of two flows.
    """
    entry = catalogue().indicators[indicator]
    if entry.kind == "flow":
        return (indicator,), 1.0
    source = entry.source
    if source.kind == "formula" and len(source.inputs) == 2 and source.formula.count("/") == 1:  # noqa: PLR2004 - a ratio
        above, below = (part.strip() for part in source.formula.split("/"))
        if {above, below} == set(source.inputs):
            parts = tuple(source.inputs[name].indicator for name in (above, below))
            if all(catalogue().indicators[each].kind == "flow" for each in parts):
                return parts, _scale(indicator, above, below)
    raise InputError(
        f"{indicator} is not forecast: it is no flow, nor a ratio of two flows",
        hint="set the target for a total or an intensity",
    )


def _scale(indicator: str, above: str, below: str) -> float:
    """Return what turns a quotient of the parts, in their own units, into the indicator."""
    entry, book = catalogue().indicators[indicator], catalogue().indicators
    inputs = getattr(entry.source, "inputs", {})
    ones = {
        name: float(conversion(book[inputs[name].indicator].unit, inputs[name].unit))
        for name in (above, below)
    }
    return float(entry.evaluate(ones))


def months_load(
    indicators: Collection[str],
    nodes: Collection[str],
    *,
    boundary: str,
    as_of: datetime | None,
    through: date | None = None,
) -> Mapping[tuple[str, str], Months]:
    """Return monthly values by indicator and node, then by first day; ``through`` a month."""
    facts = facts_as_of(boundary=boundary, indicators=indicators, nodes=nodes, as_of=as_of).filter(
        period_kind=PeriodKind.MONTH
    )
    if through is not None:
        facts = facts.filter(start_date__lte=through)
    found: dict[tuple[str, str], Months] = {}
    for indicator, node, day, value in facts.values_list(
        "indicator", "node", "start_date", "value"
    ):
        if value is not None:
            found.setdefault((indicator, node), {})[day] = float(value)
    return found


def year_outlook(
    indicator: str, node: str, months: Mapping[tuple[str, str], Months], *, year: int, level: float
) -> Outlook:
    """Return a year's value: summed where its months are known, forecast where they are not.

    No forecast is made where the months before have a gap, are fewer than the engine needs, or end
    more than a year before the year does: that is told as no data.
    """
    names, scale = parts_of(indicator)
    sums = [_year_sum(months.get((name, node), {}), year, level) for name in names]
    if any(each is None for each in sums):
        return Outlook(year, None, None, None, 0, None)
    known = [each for each in sums if each is not None]
    value = known[0].value / (known[1].value if len(known) > 1 else 1.0) * scale
    spread = math.hypot(*(each.reach for each in known))
    return Outlook(
        year,
        value,
        value * math.exp(-spread),
        value * math.exp(spread),
        min(each.n_known for each in known),
        min(each.last for each in known),
    )


@dataclass(frozen=True, slots=True)
class _Sum:
    """A year's sum and how far its logarithm may lie off."""

    value: float
    reach: float
    n_known: int
    last: date


def _year_sum(months: Months, year: int, level: float) -> _Sum | None:
    if not months:
        return None
    last = max(months)
    first, end = date(year, 1, 1), date(year, 12, 1)
    known = [months[day] for day in sorted(months) if first <= day <= end]
    if last >= end:
        return _Sum(sum(known), 0.0, len(known), last) if len(known) == SEASON else None
    history = _unbroken(months, last)
    n_ahead = (end.year - last.year) * 12 + end.month - last.month
    if n_ahead > SEASON or len(history) < N_LEAST or min(history) <= 0:
        return None
    ahead = forecast(np.array(history), n_ahead, level_share=level)
    wanted = _of_year(ahead, n_ahead, len(known))
    value = sum(known) + wanted
    t = student_quantile((1 + level) / 2, ahead.n_differences - 1)
    # Only what lies ahead is unsure: its share of the sum carries the spread.
    return _Sum(value, t * ahead.log_spread * wanted / value, len(known), last)


def _of_year(ahead: Ahead, n_ahead: int, n_known: int) -> float:
    """Return the sum of the months that fall into the year asked about."""
    return float(ahead.mean[n_ahead - (SEASON - n_known) :].sum())


def _unbroken(months: Months, last: date) -> list[float]:
    """Return the values of the months without a gap that lead to the last."""
    found, day = [], last
    while day in months:
        found.append(months[day])
        day = month_add(day, -1)
    return found[::-1]


def light_of(outlook: Outlook, path: float | None, *, lower: bool, rule: Lights) -> Light:
    """Return the light: green if even the bad end keeps the path, red if the forecast misses it.

    Args:
        outlook: The year's end.
        path: What the path asks of that year.
        lower: Whether less is better.
        rule: How far beside the path a forecast is red.
    """
    if outlook.value is None or outlook.low is None or outlook.high is None or not path:
        return Light.NO_DATA
    sign = 1 if lower else -1
    good, bad = (outlook.low, outlook.high) if lower else (outlook.high, outlook.low)
    if sign * (bad - path) <= 0:
        return Light.GREEN
    missed = sign * (outlook.value - path) / abs(path)
    if missed > rule.red_margin_share or sign * (good - path) > 0:
        return Light.RED
    return Light.AMBER


def path_of(status: TargetStatus, year: int) -> float | None:
    """Return what a target's path asks of a year."""
    return next((float(each.value) for each in status.path if each.year == year), None)

"""What a tonne of abatement costs, and which measures meet a target cheapest.

The yearly cost of a measure is its investment as an annuity over its life, plus what it costs to
run, less the energy it saves at its price. Divided by what it abates a year that is its marginal
abatement cost. Measures are taken to be independent of one another.

A negative cost per tonne does not rank: of two measures that pay for themselves the one that abates
more looks worse. So all of them are chosen, whatever their order.

Source: S. Taylor, "The ranking of negative-cost emissions reduction measures", Energy Policy 48
(2012) 430-438, doi:10.1016/j.enpol.2012.05.071.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Choice:
    """Measures that meet a need, by place in what was given."""

    chosen: tuple[int, ...]
    abated_tco2e_a: float
    cost_cny_a: float
    is_met: bool
    bound_cny_a: float
    """No set that meets the need costs less; where it cannot be met, what all of them cost."""


def annuity_share(rate_share: float, life_years: int) -> float:
    """Return the yearly payment that pays an investment of 1 back over its life, at the year's end.

    >>> round(annuity_share(0.06, 10), 6), annuity_share(0.0, 4)
    (0.135868, 0.25)

    Raises:
        InputError: The life is not a year at least, or the rate is negative.
    """
    if life_years < 1 or rate_share < 0:
        raise InputError(f"a life of {life_years} years at {rate_share}: at least 1, at least 0")
    if rate_share == 0:
        return 1 / life_years
    return rate_share / -float(np.expm1(-life_years * np.log1p(rate_share)))


def yearly_cost_cny(
    *,
    capex_cny: float,
    opex_cny_a: float,
    saving_kwh_a: float,
    life_years: int,
    rate_share: float,
    price_cny_kwh: float,
) -> float:
    """Return what a measure costs a year, less the energy that it saves.

    >>> round(yearly_cost_cny(capex_cny=1000.0, opex_cny_a=10.0, saving_kwh_a=100.0,
    ...     life_years=10, rate_share=0.06, price_cny_kwh=0.7), 3)
    75.868
    """
    return (
        capex_cny * annuity_share(rate_share, life_years)
        + opex_cny_a
        - saving_kwh_a * price_cny_kwh
    )


def cheapest(cost_cny_a: Sequence[float], abated_tco2e_a: Sequence[float], need: float) -> Choice:
    """Choose measures that abate at least ``need``, cheap ones first.

    All that pay for themselves are chosen. Then the cheapest per tonne, whole measures only; at the
    end what turned out to be unnecessary is left out again, the dearest first. That is the cheapest
    set where parts of a measure may be done, and near it otherwise: ``bound_cny_a`` says how near.

    Args:
        cost_cny_a: Yearly cost of each measure.
        abated_tco2e_a: What each abates a year, above 0.
        need: What is needed a year.

    Raises:
        InputError: A measure abates nothing.
    """
    costs, abated = np.asarray(cost_cny_a, float), np.asarray(abated_tco2e_a, float)
    if (abated <= 0).any():
        raise InputError("a measure that abates nothing has no cost per tonne", hint="leave it out")
    order = np.argsort(costs / abated, kind="stable")
    chosen, sofar, bound, left = [], 0.0, 0.0, need
    for at in order:
        if costs[at] >= 0 and left <= 0:
            break
        bound += costs[at] * (1.0 if costs[at] < 0 else min(1.0, left / abated[at]))
        left -= abated[at]
        sofar += abated[at]
        chosen.append(int(at))
    for at in sorted(chosen, key=lambda each: -costs[each]):
        if costs[at] > 0 and sofar - abated[at] >= need:
            chosen.remove(at)
            sofar -= abated[at]
    return Choice(
        tuple(chosen), float(sofar), float(costs[chosen].sum()), bool(sofar >= need), float(bound)
    )

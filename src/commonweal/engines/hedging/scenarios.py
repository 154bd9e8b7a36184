"""Scenarios of emissions and prices that move together, from a few stated parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonweal.engines.hedging.instance import Instance
from commonweal.errors import InputError

if TYPE_CHECKING:
    from numpy.random import Generator

    from commonweal.engines.hedging.instance import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is thought of the future; every figure is the planner's own.

    Attributes:
        emissions_t: Expected emissions, t, ``[d]``.
        emissions_sd_share: Their standard deviation as a share, ``[d]``.
        price_cny: Prices of allowances now, CNY/t, ``[d]``.
        credit_price_cny: Price of a credit now, CNY/t.
        drift: Growth of expected prices a year (0.05 is 5 %).
        volatility: Standard deviation of the logarithm of prices over a year.
        horizon_years: Years until each deadline, ``[d]``.
        correlation: Of emissions with prices; 0 to below 1 in size. Prices of all markets and of
            credits move together by ``price_correlation``, emissions of all obligations by nothing
            but their share in prices.
        price_correlation: 0 to below 1.
        resale_share: What is left over is worth this share of the price then.
        cap_share: Most credits are this share of emissions, ``[d]``,
        cap_base_t: and of this, t, ``[d]``: less the allocation, where the shortage is meant.
    """

    emissions_t: Floats
    emissions_sd_share: Floats
    price_cny: Floats
    credit_price_cny: float
    drift: float
    volatility: float
    horizon_years: Floats
    correlation: float
    price_correlation: float
    resale_share: float
    cap_share: Floats
    cap_base_t: Floats


def instance_of(
    outlook: Outlook,
    *,
    n_scenarios: int,
    rng: Generator,
    holding_t: Floats,
    credits_t: Floats,
    budget_cny: float = np.inf,
) -> Instance:
    """Draw scenarios, all equally likely, and return the instance.

    Emissions and prices are lognormal around the expectation that was stated. No more may be bought
    now than the largest shortage of any scenario: the plan covers, it does not bet.

    Raises:
        InputError: A share or correlation lies outside its range.
    """
    for name in ("correlation", "price_correlation", "resale_share"):
        value = getattr(outlook, name)
        if not -1 < value < 1:
            raise InputError(f"{name} {value} does not lie between -1 and 1")
    n = len(outlook.emissions_t)
    moves = rng.standard_normal((n_scenarios, 2 * n + 2))
    common = moves[:, :1]  # moves every price, and emissions with them
    own = np.sqrt(1 - outlook.price_correlation)
    of_price = np.sqrt(outlook.price_correlation) * common + own * moves[:, 1 : n + 2]
    mixed = outlook.correlation * common
    of_emissions = mixed + np.sqrt(1 - outlook.correlation**2) * moves[:, n + 2 :]
    emissions_t = outlook.emissions_t * _lognormal(of_emissions, outlook.emissions_sd_share)
    spread = outlook.volatility * np.sqrt(outlook.horizon_years)
    growth = np.exp(outlook.drift * outlook.horizon_years)
    later_cny = outlook.price_cny * growth * _lognormal(of_price[:, :n], spread)
    of_credit = np.broadcast_to(of_price[:, n:], later_cny.shape)
    later_credit_cny = outlook.credit_price_cny * growth * _lognormal(of_credit, spread)
    cap_t = np.maximum(emissions_t * outlook.cap_share + outlook.cap_base_t, 0)
    return Instance(
        price_cny=outlook.price_cny,
        credit_price_cny=np.full(n, outlook.credit_price_cny),
        holding_t=holding_t,
        credits_t=credits_t,
        most_allowances_t=np.maximum((emissions_t - holding_t).max(axis=0), 0),
        most_credits_t=np.maximum((cap_t - credits_t).max(axis=0), 0),
        emissions_t=emissions_t,
        cap_t=cap_t,
        later_cny=later_cny,
        later_credit_cny=later_credit_cny,
        resale_cny=later_cny * outlook.resale_share,
        credit_resale_cny=later_credit_cny * outlook.resale_share,
        probability=np.full(n_scenarios, 1 / n_scenarios),
        budget_cny=budget_cny,
    )


def _lognormal(moves: Floats, sd: Floats) -> Floats:
    """Return factors of mean 1; ``sd`` is that of the logarithm."""
    return np.asarray(np.exp(sd * moves - sd**2 / 2))

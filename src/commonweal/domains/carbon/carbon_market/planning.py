"""The plan of a year: obligations that are open, with an outlook, to what is best bought now."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from commonweal.domains.carbon.carbon_market.holding import CREDIT
from commonweal.domains.carbon.carbon_market.markets import number, word
from commonweal.domains.carbon.carbon_market.position import positions
from commonweal.domains.carbon.carbon_market.rules import allocated_t, surrendered_t
from commonweal.engines.hedging import (
    Instance,
    Outlook,
    Plan,
    foresight_cny,
    frontier,
    instance_of,
    plan,
)
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from commonweal.domains.carbon.carbon_market.forecast import Expected
    from commonweal.domains.carbon.carbon_market.position import Position
    from commonweal.kernel.accounts.scopes import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """What the planner thinks of prices; none of it is known, all of it is asked for.

    Attributes:
        prices_cny: Price of an allowance now by market, CNY/t.
        credit_price_cny: Price of a credit now; None: no credits are bought, and no cap is asked.
        drift: Expected growth of prices a year.
        volatility: Standard deviation of the logarithm of prices over a year.
        emissions_sd_share: Standard deviation of emissions that are not verified, as a share; None:
            what the forecast says of itself.
        correlation: Of emissions with prices.
        price_correlation: Of prices with one another.
        resale_share: Worth of a tonne left over, as a share of its price then.
    """

    prices_cny: Mapping[str, float]
    credit_price_cny: float | None = None
    drift: float = 0.03
    volatility: float = 0.30
    emissions_sd_share: float | None = None
    correlation: float = 0.2
    price_correlation: float = 0.6
    resale_share: float = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketPlan:
    """A plan with what it is about; amounts to buy are whole tonnes, rounded up.

    ``foresight_cny`` is the mean cost if the future were known.
    """

    positions: tuple[Position, ...]
    instance: Instance
    plan: Plan
    foresight_cny: float

    @property
    def purchases(self) -> tuple[tuple[Position, int, int], ...]:
        """Each position with the allowances and credits to buy now, t."""
        rows = zip(self.positions, self.plan.allowances_t, self.plan.credits_t, strict=True)
        return tuple((each, ceil(a - 1e-6), ceil(c - 1e-6)) for each, a, c in rows)


def market_plan(  # noqa: PLR0913 - a question to the planner has these parts
    *,
    scope: Scope,
    day: date,
    year: int,
    views: Views,
    markets: Sequence[str] = (),
    node: str = "",
    risk_weight: float = 0.5,
    alpha: float = 0.95,
    n_scenarios: int = 2000,
    seed: int = 1,
    budget_cny: float = np.inf,
) -> MarketPlan:
    """Return what to buy now for the open obligations up to a year.

    Args:
        scope: Who asks.
        day: Today.
        year: Newest year of emissions.
        views: What is thought of prices.
        markets: Only these.
        node: Only this node's.
        risk_weight: λ: 0 looks at the mean cost alone, 1 at the worst cases alone.
        alpha: The worst cases are the dearest ``1 - alpha``.
        n_scenarios: How many are drawn.
        seed: The same seed, the same scenarios.
        budget_cny: Most that may be spent now.

    Raises:
        InputError: Nothing is open, a price is missing, or what is due is not known.
        UnknownRuleError: Credits are asked for where the market's cap is not known.
    """
    found = tuple(
        each
        for each in positions(scope=scope, day=day, year=year, node=node)
        if (not markets or each.obligation.market in markets)
        and each.obligation.state not in {"surrendered", "closed"}
    )
    if not found:
        raise InputError(
            f"no obligation up to {year} is open", hint="`commonweal market position` lists them"
        )
    for each in found:
        _check(each, views)
    with_credits = views.credit_price_cny is not None
    held = [min(each.credits_t, each.credits_left_t or 0) * with_credits for each in found]
    instance = instance_of(
        _outlook(found, views),
        n_scenarios=n_scenarios,
        rng=np.random.default_rng(seed),
        holding_t=np.array([each.allowances_t + each.surrendered_t for each in found], float),
        credits_t=np.array(held, float),
        budget_cny=budget_cny,
    )
    return MarketPlan(
        positions=found,
        instance=instance,
        plan=plan(instance, risk_weight=risk_weight, alpha=alpha),
        foresight_cny=foresight_cny(instance),
    )


def efficient(found: MarketPlan, risk_weights: Sequence[float]) -> tuple[Plan, ...]:
    """Return the efficient frontier of a plan's own instance."""
    return frontier(found.instance, risk_weights=risk_weights, alpha=found.plan.alpha)


def _check(position: Position, views: Views) -> None:
    due = position.obligation
    if position.expected is None:
        raise InputError(
            f"{due.code}: nothing is known of the emissions of {due.node.code} in {due.year}",
            hint="compute the months of this year and the one before, or report the emissions",
        )
    if due.market not in views.prices_cny:
        raise InputError(
            f"no price of {due.market} allowances was given", hint=f"--price {due.market}=95"
        )
    if due.due_date is None:
        raise InputError(
            f"{due.code} has no deadline, and no rule of {due.market} gives one for {due.year}",
            hint="enter it with the obligation",
        )


def _outlook(found: Sequence[Position], views: Views) -> Outlook:
    caps = [_cap(each, with_credits=views.credit_price_cny is not None) for each in found]
    known = [each.expected for each in found if each.expected is not None]
    days = [max(each.n_days_left or 0, 0) for each in found]
    return Outlook(
        emissions_t=np.array([each.mean_t for each in known]),
        emissions_sd_share=np.array([_sd_share(each, views) for each in known]),
        price_cny=np.array([float(views.prices_cny[each.obligation.market]) for each in found]),
        credit_price_cny=float(views.credit_price_cny or 0.0),
        drift=views.drift,
        volatility=views.volatility,
        horizon_years=np.array(days) / 365,
        correlation=views.correlation,
        price_correlation=views.price_correlation,
        resale_share=views.resale_share,
        cap_share=np.array([share for share, _ in caps]),
        cap_base_t=np.array([base_t for _, base_t in caps]),
    )


def _sd_share(expected: Expected, views: Views) -> float:
    if expected.source == "verified" or views.emissions_sd_share is None:
        return expected.sd_t / max(expected.mean_t, 1.0)
    return views.emissions_sd_share


def _cap(position: Position, *, with_credits: bool) -> tuple[float, float]:
    """Return what is left of the cap as a share of emissions and a base, t; 0 without credits."""
    if not with_credits:
        return 0.0, 0.0
    due = position.obligation
    share = float(number(due.market, "credit_cap_share", due.year))
    basis = word(due.market, "credit_cap_basis", due.year)
    used_t = surrendered_t(due, kind=CREDIT, until=position.day)
    if basis == "emissions":
        return share, -float(used_t)
    base_t = share * allocated_t(due)
    return (share, -base_t - used_t) if basis == "shortage" else (0.0, base_t - used_t)

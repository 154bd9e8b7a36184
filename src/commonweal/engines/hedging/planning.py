"""The plan: cutting planes over what is bought now, with scenarios answered in closed form.

The extensive form has several rows for each scenario and obligation; here the linear programme has
two variables for each obligation and one row for each round, whatever the number of scenarios. Each
round gives the cost of a plan (from above) and a cut; the programme of cuts gives a bound (from
below), and the rounds end when they meet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.engines.hedging.master import Master
from commonweal.engines.hedging.recourse import costs, kinked, tail
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.engines.hedging.instance import Floats, Instance

_GAP: Final = 1e-6
_MOST_ROUNDS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to buy now, and what that means.

    Attributes:
        risk_weight: λ; 0 looks at the mean alone, 1 at the tail alone.
        alpha: Level of CVaR.
        allowances_t: Allowances to buy now, t, ``[d]``.
        credits_t: Credits to buy now, t, ``[d]``.
        spent_cny: What that costs.
        costs_cny: Whole cost of each scenario, ``[s]``.
        mean_cny: Its mean.
        cvar_cny: Mean of its worst ``1 - alpha``, at least the mean.
        objective_cny: ``(1-λ)·mean + λ·CVaR``.
        bound_cny: No plan has an objective below it.
        n_rounds: Cuts that it took.
    """

    risk_weight: float
    alpha: float
    allowances_t: Floats
    credits_t: Floats
    spent_cny: float
    costs_cny: Floats
    mean_cny: float
    cvar_cny: float
    objective_cny: float
    bound_cny: float
    n_rounds: int

    @property
    def gap_share(self) -> float:
        """How far the objective may lie above the best one, as a share of it."""
        return (self.objective_cny - self.bound_cny) / max(abs(self.objective_cny), 1.0)


def plan(
    instance: Instance,
    *,
    risk_weight: float = 0.0,
    alpha: float = 0.95,
    gap: float = _GAP,
    most_rounds: int = _MOST_ROUNDS,
) -> Plan:
    """Return the plan of least ``(1-λ)·mean + λ·CVaR``, with a bound.

    Args:
        instance: The instance.
        risk_weight: λ, 0 to 1.
        alpha: Level of CVaR, from 0 to below 1.
        gap: End when objective and bound differ by this share.
        most_rounds: End after so many cuts, with the gap that is left.

    Raises:
        InputError: λ or the level lies outside.

    Source: Benders cuts of a mean-risk problem, after Ahmed, 2006, doi:10.1007/s10107-005-0638-8.
    """
    if not 0 <= risk_weight <= 1 or not 0 <= alpha < 1:
        raise InputError(f"λ = {risk_weight} and alpha = {alpha} must lie in [0, 1] and [0, 1)")
    master = Master(instance.prices_cny, instance.most_t, instance.budget_cny)
    bought_t, bound_cny = np.zeros(2 * instance.n_obligations), -np.inf
    best: Plan | None = None
    for n_rounds in range(1, most_rounds + 1):
        found, slope = _evaluate(instance, bought_t, risk_weight, alpha)
        if best is None or found.objective_cny < best.objective_cny:
            best = found
        master.cut(found.objective_cny, slope, bought_t)
        bought_t, lowest_cny = master.solve()
        bound_cny = min(max(bound_cny, lowest_cny), best.objective_cny)
        best = replace(best, bound_cny=bound_cny, n_rounds=n_rounds)
        if best.gap_share <= gap:
            break
    assert best is not None  # noqa: S101 - most_rounds is at least one
    return best


def frontier(
    instance: Instance, *, risk_weights: Sequence[float], alpha: float = 0.95
) -> tuple[Plan, ...]:
    """Return a plan for each λ: with growing λ the mean does not fall and CVaR does not rise."""
    return tuple(plan(instance, risk_weight=each, alpha=alpha) for each in risk_weights)


def foresight_cny(instance: Instance) -> float:
    """Return the mean cost if each scenario were known before buying, budget aside.

    No plan has a mean below it; what lies between is the most that a perfect forecast is worth.
    """
    short_t = instance.emissions_t - instance.holding_t
    edges = (short_t, short_t - instance.most_allowances_t, instance.credits_t)
    points = (0.0, instance.cap_t, *edges, instance.credits_t + instance.most_credits_t)
    best_cny = np.full_like(short_t, np.inf)
    for point in points:
        used_t = np.clip(point, 0, instance.cap_t)
        allowances = (instance.price_cny, instance.most_allowances_t)
        cny = _now_or_later(short_t - used_t, *allowances, instance.later_cny, instance.resale_cny)
        credit = (instance.credit_price_cny, instance.most_credits_t)
        later = (instance.later_credit_cny, instance.credit_resale_cny)
        cny += _now_or_later(used_t - instance.credits_t, *credit, *later)
        best_cny = np.minimum(best_cny, cny)
    return float(instance.probability @ best_cny.sum(axis=1))


def _now_or_later(
    short_t: Floats, price_cny: Floats, most_t: Floats, high: Floats, low: Floats
) -> Floats:
    """Return the least cost of a shortage that may be bought now or later."""
    choices = [np.clip(each, 0, most_t) for each in (np.zeros_like(short_t), most_t, short_t)]
    return np.asarray(
        np.min([price_cny * now + kinked(short_t - now, high, low) for now in choices], axis=0)
    )


def _evaluate(
    instance: Instance, bought_t: Floats, risk_weight: float, alpha: float
) -> tuple[Plan, Floats]:
    """Return the plan that buys this, without a bound, and the slope of its objective, ``[2d]``."""
    costs_cny, allowance, credit = costs(instance, bought_t)
    cvar_cny, tail_weights = tail(costs_cny, instance.probability, alpha)
    weights = (1 - risk_weight) * instance.probability + risk_weight * tail_weights
    n = instance.n_obligations
    found = Plan(
        risk_weight=risk_weight,
        alpha=alpha,
        allowances_t=bought_t[:n],
        credits_t=bought_t[n:],
        spent_cny=float(instance.prices_cny @ bought_t),
        costs_cny=costs_cny,
        mean_cny=float(instance.probability @ costs_cny),
        cvar_cny=cvar_cny,
        objective_cny=float(weights @ costs_cny),
        bound_cny=-np.inf,
        n_rounds=0,
    )
    worth = np.concatenate([weights @ allowance, weights @ credit])
    return found, instance.prices_cny - worth

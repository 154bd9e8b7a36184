"""The best answer to each scenario in closed form, its slopes, and the tail of a distribution.

Once emissions and prices are known, an obligation short by ``n`` t with ``c`` credits costs
``min over 0 ≤ k ≤ cap of A(n - k) + C(k - c)``: ``k`` credits are surrendered, ``A`` buys the rest
at the later price or sells what is left, ``C`` does so with credits. Both are convex with one kink,
so the best ``k`` is one of four points, and no solver is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from commonweal.engines.hedging.instance import Floats, Instance


def costs(instance: Instance, bought_t: Floats) -> tuple[Floats, Floats, Floats]:
    """Return what each scenario costs after buying, and how it falls with each tonne bought.

    Args:
        instance: The instance.
        bought_t: Bought now: allowances, then credits, t, ``[2d]``.

    Returns:
        Cost of the purchase and of what follows, CNY, ``[s]``; and the worth of one more tonne of
        allowances and of credits, CNY/t, ``[s, d]`` each: subgradients of the cost, negated.
    """
    n = instance.n_obligations
    short_t = instance.emissions_t - instance.holding_t - bought_t[:n]
    credits_t = instance.credits_t + bought_t[n:]
    high, low = instance.later_cny, instance.resale_cny
    credit_high, credit_low = instance.later_credit_cny, instance.credit_resale_cny
    owned_t = np.broadcast_to(credits_t, short_t.shape)
    best_t, best_cny = np.zeros_like(short_t), np.full_like(short_t, np.inf)
    for point in (0.0, instance.cap_t, short_t, owned_t):
        used_t = np.clip(point, 0, instance.cap_t)
        cny = kinked(short_t - used_t, high, low)
        cny += kinked(used_t - owned_t, credit_high, credit_low)
        is_better = cny < best_cny
        best_t = np.where(is_better, used_t, best_t)
        best_cny = np.where(is_better, cny, best_cny)
    of_allowance = _slopes(short_t - best_t, high, low)
    of_credit = _slopes(best_t - owned_t, credit_high, credit_low)
    worth = _worth(best_t, instance.cap_t, of_allowance, of_credit)
    return best_cny.sum(axis=1) + instance.prices_cny @ bought_t, *worth


def kinked(tonnes: Floats, high: Floats, low: Floats) -> Floats:
    """Return the cost of a shortage at the ``high`` price, less what a surplus earns at ``low``."""
    return np.where(tonnes > 0, high, low) * tonnes


def _slopes(tonnes: Floats, high: Floats, low: Floats) -> tuple[Floats, Floats]:
    """Return least and greatest slope of ``kinked``; they differ at nothing short only."""
    return np.where(tonnes > 0, high, low), np.where(tonnes < 0, low, high)


def _worth(
    used_t: Floats,
    cap_t: Floats,
    of_allowance: tuple[Floats, Floats],
    of_credit: tuple[Floats, Floats],
) -> tuple[Floats, Floats]:
    """Return slopes of both that belong together: equal inside, allowance dearer at the cap."""
    low, high = of_allowance
    credit_low, credit_high = of_credit
    inside = np.maximum(low, credit_low)
    at_none, at_cap = used_t <= 0, used_t >= cap_t
    allowance = np.where(at_none, low, np.where(at_cap, high, inside))
    credit = np.where(at_none, credit_high, np.where(at_cap, credit_low, inside))
    return allowance, credit


def tail(costs_cny: Floats, probability: Floats, alpha: float) -> tuple[float, Floats]:
    """Return CVaR, the mean of the worst ``1 - alpha``, and the weight of each scenario in it.

    >>> tail(np.array([1.0, 2.0, 3.0, 10.0]), np.full(4, 0.25), 0.5)[0]
    6.5

    Source: Rockafellar and Uryasev, 2000, doi:10.21314/JOR.2000.038.
    """
    order = np.argsort(-costs_cny, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(probability[order])[:-1]])
    weights = np.zeros_like(costs_cny)
    weights[order] = np.clip(1 - alpha - before, 0, probability[order]) / (1 - alpha)
    return float(weights @ costs_cny), weights

"""An instance: what is held, what things cost now, and what may come."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_OF_OBLIGATION: Final = frozenset({"price_cny", "credit_price_cny", "holding_t", "credits_t"}) | {
    "most_allowances_t",
    "most_credits_t",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """Obligations × scenarios. Credits are held and bought for one obligation each.

    Attributes:
        price_cny: Price of an allowance now, CNY/t, ``[d]``.
        credit_price_cny: Price of a credit now, CNY/t, ``[d]``.
        holding_t: Allowances held for it, t, ``[d]``.
        credits_t: Credits held for it, t, ``[d]``.
        most_allowances_t: Most that may be bought now, t, ``[d]``; it is what keeps a plan from
            betting on prices.
        most_credits_t: The same of credits.
        emissions_t: What will be due, t, ``[s, d]``.
        cap_t: Most credits that may be surrendered, t, ``[s, d]``.
        later_cny: Price of an allowance later, CNY/t, ``[s, d]``.
        later_credit_cny: Price of a credit later.
        resale_cny: What an allowance left over is worth: sold, or carried into the next year.
        credit_resale_cny: What a credit left over is worth.
        probability: Of each scenario, ``[s]``; they add up to 1.
        budget_cny: Most that may be spent now; infinite if unlimited.
    """

    price_cny: Floats
    credit_price_cny: Floats
    holding_t: Floats
    credits_t: Floats
    most_allowances_t: Floats
    most_credits_t: Floats
    emissions_t: Floats
    cap_t: Floats
    later_cny: Floats
    later_credit_cny: Floats
    resale_cny: Floats
    credit_resale_cny: Floats
    probability: Floats
    budget_cny: float = np.inf

    def __post_init__(self) -> None:
        """Refuse shapes that do not fit, negative values and resale above the price."""
        n_scenarios, n_obligations = self.emissions_t.shape
        for name in (each.name for each in fields(self)[:-1]):
            shape: tuple[int, ...] = (n_scenarios, n_obligations)
            if name == "probability":
                shape = shape[:1]
            elif name in _OF_OBLIGATION:
                shape = shape[1:]
            found = getattr(self, name)
            if found.shape != shape:
                raise InputError(f"{name} has the shape {found.shape}, not {shape}")
            if not np.isfinite(found).all() or (found < 0).any():
                raise InputError(f"{name} holds {found.min()}: finite numbers from 0 are wanted")
        for low, high in (("resale_cny", "later_cny"), ("credit_resale_cny", "later_credit_cny")):
            if (getattr(self, low) > getattr(self, high)).any():
                raise InputError(
                    f"{low} lies above {high}", hint="selling dear what is bought cheap has no end"
                )
        if not np.isclose(self.probability.sum(), 1):
            raise InputError(f"probabilities add up to {self.probability.sum()}, not 1")
        if np.isnan(self.budget_cny) or self.budget_cny < 0:
            raise InputError(f"a budget of {self.budget_cny} CNY cannot be spent")

    @property
    def n_obligations(self) -> int:
        """Obligations: markets and years."""
        return int(self.emissions_t.shape[1])

    @property
    def prices_cny(self) -> Floats:
        """What is paid now for a tonne: allowances, then credits, ``[2d]``."""
        return np.concatenate([self.price_cny, self.credit_price_cny])

    @property
    def most_t(self) -> Floats:
        """Most that may be bought now: allowances, then credits, ``[2d]``."""
        return np.concatenate([self.most_allowances_t, self.most_credits_t])

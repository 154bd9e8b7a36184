"""What starting options in given years gives: savings, spending, cost, what is lacking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.engines.portfolio.options import Floats, Ints, Options, Question


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What comes of a choice, by year of the horizon.

    Attributes:
        start: Year in which each option starts, ``[n]``; ``NEVER`` if it is not done.
        saved: By metric, what is expected to be saved, ``[y]``, overlaps taken off.
        spend_cny: Investment and running cost, ``[y]``.
        cost_cny: Present value: annuities of investments in their years of use and running costs,
            less what the savings are worth.
        shortfall: By metric that is needed, what is lacking, ``[y]``.
    """

    start: Ints
    saved: Mapping[str, Floats]
    spend_cny: Floats
    cost_cny: float
    shortfall: Mapping[str, Floats]

    @property
    def is_met(self) -> bool:
        """Whether nothing is lacking."""
        return not any(lacking.any() for lacking in self.shortfall.values())


def in_use(options: Options, start: Ints, n_years: int) -> Floats:
    """Return the part of its full saving that each option gives in each year, ``[n, y]``.

    Overlaps are taken off pair by pair. Where three or more share a site that takes off a little
    too much (Bonferroni), so savings are never overstated.
    """
    part = options.profile(np.arange(n_years) - start[:, None])
    left = np.ones_like(part)
    for option, under, share in options.overlaps:
        left[option] -= share * is_used(options, start, n_years, under)
    left *= part
    return left


def is_used(options: Options, start: Ints, n_years: int, option: int) -> Floats:
    """Return 1 for each year in which an option is in use, ``[y]``."""
    since = np.arange(n_years) - start[option]
    used: Floats = ((since >= 0) & (since < options.life_years[option])).astype(float)
    return used


def result(options: Options, question: Question, start: Ints) -> Result:
    """Return what comes of starting options in given years."""
    start, n_years = np.asarray(start), question.n_years
    part = in_use(options, start, n_years)
    metrics = {*options.saves, *question.needs, *question.worth_cny}
    saved = {
        metric: options.expected(metric) @ part * question.weight(metric)
        for metric in sorted(metrics)
    }
    since = np.arange(n_years) - start[:, None]
    used = ((since >= 0) & (since < options.life_years[:, None])).astype(float)
    spend = options.opex_cny_a @ used + options.capex_cny @ (since == 0)
    charged = options.annuity_cny(question.rate_share) @ used
    worth = sum((row * saved[metric] for metric, row in question.worth_cny.items()), start=0.0)
    return Result(
        start=start,
        saved=saved,
        spend_cny=spend,
        cost_cny=float(question.discount @ (charged - worth)),
        shortfall={metric: lacking(need, saved[metric]) for metric, need in question.needs.items()},
    )


def lacking(need: Floats, saved: Floats) -> Floats:
    """Return what is lacking to a need; a millionth of it is a rounding of the solver."""
    short = np.asarray(need) - saved
    return np.where(short > 1e-6 * np.maximum(1.0, np.abs(need)), short, 0.0)

"""How likely a set of starts is to save what is needed, given how sure each option is.

An option works or does not; if it does its saving is normal about the expected one. A part of what
makes savings differ is common to all options (weather, traffic), so it does not average out.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from commonweal.engines.portfolio.result import in_use
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.engines.portfolio.options import Floats, Ints, Options, Question

_BLOCK = 500


@dataclass(frozen=True, slots=True, eq=False)
class Chance:
    """Chances of meeting needs.

    Attributes:
        by_year: By metric, of each year alone, by the normal approximation, ``[y]``.
        drawn: The same as a share of draws.
        every_year: Share of draws that meet every need of every year.
        n_draws: How many draws.
    """

    by_year: Mapping[str, Floats]
    drawn: Mapping[str, Floats]
    every_year: float
    n_draws: int


def chance(
    options: Options,
    question: Question,
    start: Ints,
    *,
    rng: np.random.Generator,
    common_share: float = 0.2,
    n_draws: int = 4000,
) -> Chance:
    """Return how likely starts are to meet the needs.

    Args:
        options: What may be done.
        question: What is needed.
        start: Year in which each option starts, ``[n]``.
        rng: Where draws come from.
        common_share: Part of the variance that all options have in common, 0 to 1.
        n_draws: Draws.

    Raises:
        InputError: The common part is no share.
    """
    if not 0 <= common_share <= 1:
        raise InputError(f"a common part of {common_share}: between 0 and 1")
    part = in_use(options, np.asarray(start), question.n_years)
    done = np.flatnonzero(part.any(axis=1))
    works, sd = options.works_share[done], options.sd_share[done]
    if_works = {
        metric: options.saves.get(metric, np.zeros(options.n))[done][:, None]
        * part[done]
        * question.weight(metric)
        for metric in question.needs
    }
    by_year = {
        metric: _normal(block, works, sd, common_share, question.needs[metric])
        for metric, block in if_works.items()
    }
    n_met = {metric: np.zeros(question.n_years) for metric in question.needs}
    n_all = 0
    for first in range(0, n_draws, _BLOCK):
        n = min(_BLOCK, n_draws - first)
        common, own = rng.standard_normal((n, 1)), rng.standard_normal((n, len(done)))
        spread = np.sqrt(common_share) * common + np.sqrt(1 - common_share) * own
        drawn = (rng.random((n, len(done))) < works) * (1 + sd * spread)
        is_met = np.ones(n, bool)
        for metric, block in if_works.items():
            enough = drawn @ block >= question.needs[metric] * (1 - 1e-9)
            n_met[metric] += enough.sum(axis=0)
            is_met &= enough.all(axis=1)
        n_all += int(is_met.sum())
    shares = {metric: met / n_draws for metric, met in n_met.items()}
    return Chance(by_year, shares, n_all / n_draws, n_draws)


def _normal(block: Floats, works: Floats, sd: Floats, common: float, need: Floats) -> Floats:
    """Return the chance of each year that a sum reaches its need, the sum taken as normal."""
    mean = works @ block
    together = (works * sd) @ block
    own = works * (1 + sd**2) - works**2 - common * (works * sd) ** 2
    variance = common * together**2 + own @ block**2
    spare = mean - need * (1 - 1e-9)
    sds = np.sqrt(np.maximum(variance, 0.0))
    return np.array(
        [
            NormalDist(over, sd).cdf(0.0) if sd > 0 else float(over <= 0)
            for over, sd in zip(-spare, sds, strict=True)
        ]
    )

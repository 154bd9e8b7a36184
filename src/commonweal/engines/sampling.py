"""Samples of a total, drawn so that anyone draws the same one again, and what they say of it.

Axis: ``unit`` is one part of the total, with the amount that it adds (its sign does not matter
for the draw). Units that alone could hold a material misstatement are taken with certainty. Of
the rest, monetary-unit sampling passes a fixed interval along the amounts, so that every ton has
the same chance; stratified sampling shares the same number of items among strata by amount.

The order of the units and the start come from SHA-256 of a seed and the unit's key: a spreadsheet
and any hash program repeat the draw, no generator of a certain library is needed.

Source: AICPA Audit Guide, Audit Sampling (2019), ch. 6 and appendix C (interval, tainting, factors
of the Poisson distribution); K. W. Stringer, Practical aspects of statistical sampling in auditing
(1963) for the upper limit; W. G. Cochran, Sampling Techniques (1977) §6.10 for the ratio estimate.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from math import exp, isclose
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_HASH_STEPS: Final = 1 << 256


@dataclass(frozen=True, slots=True)
class Selection:
    """Units drawn, shape (item,), the certain ones first, then in order of the draw.

    ``hits`` is how often the interval fell into the unit, 0 for a certain one; ``weight`` what one
    ton of misstatement found in it stands for (1 for a certain one).
    """

    unit: Ints
    is_certain: NDArray[np.bool_]
    hits: Ints
    weight: Floats
    interval: float
    rest_amount: float
    """Sum of the amounts that were left to chance."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a checked sample says of the total, in the amounts' unit; too much is positive."""

    factual: float
    """Found in the items themselves."""
    projected: float
    """What the items found stand for beyond themselves."""
    upper_limit: float
    """The misstatement, of either sign, that the sample's confidence does not rule out."""

    @property
    def likely(self) -> float:
        """Factual and projected together: the best estimate."""
        return self.factual + self.projected


def poisson_factor(confidence: float, n_errors: int = 0) -> float:
    """Return the mean of which more than ``n_errors`` would come with this confidence.

    >>> [round(poisson_factor(0.95, n), 2) for n in range(3)]
    [3.0, 4.74, 6.3]
    """
    if not 0 < confidence < 1:
        raise InputError(f"a confidence of {confidence} is not between 0 and 1")
    low, high = 0.0, 10.0 * (n_errors + 2)
    while not isclose(low, high, rel_tol=1e-12):
        middle = (low + high) / 2
        term = total = exp(-middle)
        for k in range(1, n_errors + 1):
            term *= middle / k
            total += term
        low, high = (middle, high) if total > 1 - confidence else (low, middle)
    return high


def interval_for(tolerable: float, confidence: float) -> float:
    """Return the interval at which no error found means no more than ``tolerable`` in the total.

    >>> round(interval_for(300.0, 0.95), 1)
    100.1
    """
    if not tolerable > 0:
        raise InputError(f"a tolerable misstatement of {tolerable} is not more than nothing")
    return tolerable / poisson_factor(confidence)


def rank_of(seed: str, key: str) -> int:
    """Return the place of a unit in the order of the draw: SHA-256 of ``seed:key``."""
    return int.from_bytes(sha256(f"{seed}:{key}".encode()).digest(), "big")


def monetary_unit_sample(
    keys: Sequence[str], amounts: Floats, *, interval: float, seed: str
) -> Selection:
    """Draw units with a chance in proportion to their amount.

    Args:
        keys: Of the units, each once; decide the order together with the seed.
        amounts: What each adds to the total, any sign, shape (unit,). 0 is never drawn.
        interval: Every so many tons one is drawn; units of that size or more are certain.
        seed: Any text.

    Raises:
        InputError: Keys repeat, shapes differ or the interval is not positive.
    """
    size, order = _prepared(keys, amounts, interval, seed)
    certain = np.flatnonzero(size >= interval)
    chance = order[size[order] < interval]
    reached = np.cumsum(size[chance])
    rest = float(reached[-1]) if len(reached) else 0.0
    start = interval * rank_of(seed, "start") / _HASH_STEPS
    points = np.arange(start, rest, interval)
    place, hits = np.unique(np.searchsorted(reached, points, side="right"), return_counts=True)
    drawn = chance[place]
    weight = interval * hits / np.where(size[drawn] > 0, size[drawn], 1.0)
    return _selection(certain, drawn, hits.astype(np.int64), weight, interval, rest)


def stratified_sample(
    keys: Sequence[str], amounts: Floats, strata: Sequence[str], *, interval: float, seed: str
) -> Selection:
    """Draw as many units as the interval asks for, shared among strata by amount.

    Every stratum with an amount gives at least one; in it, units are drawn in the seed's order.

    Args:
        keys: Of the units.
        amounts: What each adds to the total, shape (unit,).
        strata: Name of each unit's stratum.
        interval: Sets the number of items, and what is certain, as for monetary units.
        seed: Any text.
    """
    size, order = _prepared(keys, amounts, interval, seed)
    certain = np.flatnonzero(size >= interval)
    chance = order[(size[order] < interval) & (size[order] > 0)]
    rest = float(size[chance].sum())
    names = np.asarray(strata, dtype=np.str_)
    drawn: list[int] = []
    weights: list[float] = []
    for name in sorted(set(names[chance].tolist())):
        members = chance[names[chance] == name]
        amount = float(size[members].sum())
        n_drawn = min(len(members), max(1, int(np.ceil(amount / interval))))
        taken = members[:n_drawn]
        drawn.extend(taken.tolist())
        weights.extend([amount / float(size[taken].sum())] * n_drawn)
    unit = np.array(drawn, dtype=np.int64)
    return _selection(
        certain, unit, np.ones(len(unit), np.int64), np.array(weights), interval, rest
    )


def evaluated(
    selection: Selection, book: Floats, misstated: Floats, *, confidence: float
) -> Evaluation:
    """Return what the misstatements found in a monetary-unit sample say of the total.

    Each found one taints its interval: half of a unit wrong stands for half of the interval. The
    upper limit is Stringer's, for overstatement and understatement apart; the larger counts.

    Args:
        selection: The draw.
        book: Amount of each item as stated, shape (item,).
        misstated: Stated less true of each item, shape (item,).
        confidence: Of the upper limit.
    """
    chance = ~selection.is_certain
    stands_for = misstated[chance] * selection.weight[chance]
    factual = float(misstated.sum())
    limits = [
        abs(float(misstated[~chance].sum()))
        + _stringer(selection, sign * misstated[chance], np.abs(book[chance]), confidence)
        for sign in (1.0, -1.0)
    ]
    return Evaluation(factual, float(stands_for.sum() - misstated[chance].sum()), max(limits))


def evaluated_strata(
    selection: Selection,
    book: Floats,
    misstated: Floats,
    strata: Sequence[str],
    *,
    confidence: float,
) -> Evaluation:
    """Return the same for a stratified sample: a ratio for each stratum, and their spread.

    The upper limit takes the spread as normal, and never less than what no error at all in a
    sample of that size leaves open.
    """
    chance = ~selection.is_certain
    names = np.asarray(strata, dtype=np.str_)
    factual, estimate, variance = float(misstated.sum()), 0.0, 0.0
    for name in sorted(set(names[chance].tolist())):
        inside = chance & (names == name)
        size, wrong = np.abs(book[inside]), misstated[inside]
        estimate += float(wrong.sum()) * float(selection.weight[inside][0])
        if len(wrong) > 1:
            residual = wrong - size * (wrong.sum() / size.sum())
            spread = float((residual**2).sum()) / (len(wrong) - 1)
            variance += spread * len(wrong) * float(selection.weight[inside][0]) ** 2
    z = NormalDist().inv_cdf(confidence)
    open_amount = selection.interval * poisson_factor(confidence) if chance.any() else 0.0
    least = min(open_amount, selection.rest_amount)
    sure = abs(float(misstated[~chance].sum()))
    upper = sure + abs(estimate) + max(z * variance**0.5, least)
    return Evaluation(factual, estimate - float(misstated[chance].sum()), upper)


def _prepared(
    keys: Sequence[str], amounts: Floats, interval: float, seed: str
) -> tuple[Floats, Ints]:
    if len(keys) != len(amounts):
        raise InputError(f"{len(keys)} keys for {len(amounts)} amounts")
    if len(set(keys)) != len(keys):
        raise InputError("a key stands twice among the units of a sample")
    if not interval > 0:
        raise InputError(f"an interval of {interval} is not more than nothing")
    ranks = [rank_of(seed, key) for key in keys]
    order = np.array(sorted(range(len(keys)), key=ranks.__getitem__), dtype=np.int64)
    return np.abs(np.asarray(amounts, dtype=np.float64)), order


def _selection(  # noqa: PLR0917 - the columns of one table
    certain: Ints, drawn: Ints, hits: Ints, weight: Floats, interval: float, rest: float
) -> Selection:
    n_certain = len(certain)
    return Selection(
        unit=np.concatenate([certain, drawn]).astype(np.int64),
        is_certain=np.arange(n_certain + len(drawn)) < n_certain,
        hits=np.concatenate([np.zeros(n_certain, np.int64), hits]),
        weight=np.concatenate([np.ones(n_certain), weight]),
        interval=interval,
        rest_amount=rest,
    )


def _stringer(selection: Selection, wrong: Floats, size: Floats, confidence: float) -> float:
    """Return the upper limit of what chance left: basic precision and ordered taintings."""
    if not len(wrong):
        return 0.0
    hits = selection.hits[~selection.is_certain]
    tainting = np.repeat((wrong / size).clip(0.0), hits)
    tainting = np.sort(tainting[tainting > 0])[::-1]
    factors = [poisson_factor(confidence, k) for k in range(len(tainting) + 1)]
    limit = factors[0] + float((np.diff(factors) * tainting).sum())
    return min(selection.interval * limit, max(selection.rest_amount, float(wrong.sum())))

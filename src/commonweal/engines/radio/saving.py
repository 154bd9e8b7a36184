"""What sleep saved: counterfactual less meter, put right by those who were left alone, an interval.

Each group of each day either acts or is held out, by a draw. For held-out groups, meter less
counterfactual is what the model is off by, whatever it is: weather, growth, a new release. With
share b̂ of their predicted energy, its error s from their scatter, and τ how far off the model was
on its own held-back days (more, if b̂ says so), the correction is the mean of what is then believed:

    b = b̂·τ²/(τ² + s²)        saving = Σ acting (counterfactual·(1 + b) - meter)

So many held-out days decide alone, few lean on the record of the model, and none leave its own
error in the interval. What is unsure of b, which all groups share, is τ²s²/(τ² + s²) and half the
square of how far b was drawn back from b̂; the interval adds each group's own errors, lasting and
daily. Analysed as drawn: a hold-out
that slept by mistake stays one, which can only lessen the saving; the figure without it is told
beside. Nothing is booked where no meter spoke.

Axes: ``group × slot`` and ``group × day``; energies kWh; NaN is not measured.

Source: Neyman and Rubin's comparison under random assignment; Robins, Rotnitzky and Zhao 1994
(doi:10.1080/01621459.1994.10476818) for regression-adjusted estimates; Morris 1983
(doi:10.1080/01621459.1983.10477920) for the empirical-Bayes weight.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.engines.radio.counterfactual import by_day
from commonweal.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.engines.radio.counterfactual import Counterfactual
    from commonweal.engines.radio.sectors import Bools, Doubles

_DRAWN_BACK: Final = 0.5  # Morris's term for a prior that is itself estimated, simply taken
_ODD_SHARES: Final = (0.1, 3.0)
"""A day whose meter says less or more of the prediction than this is a meter's fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """What was saved, and what it rests on.

    Attributes:
        saved_kwh: Of acting groups where meters spoke.
        low_kwh: Lower end of the interval.
        high_kwh: Upper end.
        confidence: Of the interval.
        counterfactual_kwh: What acting groups would have drawn, corrected.
        model_alone_kwh: The saving without the correction.
        holdout_alone_kwh: The saving by the hold-outs' correction alone; NaN without hold-outs.
        as_treated_kwh: The saving with hold-outs that slept left out.
        bias_share: The correction b.
        holdout_weight: How much of it the hold-outs decided, 0-1.
        n_acting: Group-days that acted and were measured.
        n_holdout: Group-days held out and measured.
        n_slept_holdout: Of them, those in which something slept.
        n_odd: Group-days left out because meter and prediction cannot both be right.
        metered_share: Measured slots of acting groups.
        slot_kwh: The saving, 0 where nothing acted or spoke; it adds up to ``saved_kwh``. Shape
            (group, slot).
    """

    saved_kwh: float
    low_kwh: float
    high_kwh: float
    confidence: float
    counterfactual_kwh: float
    model_alone_kwh: float
    holdout_alone_kwh: float
    as_treated_kwh: float
    bias_share: float
    holdout_weight: float
    n_acting: int
    n_holdout: int
    n_slept_holdout: int
    n_odd: int
    metered_share: float
    slot_kwh: Doubles

    @property
    def is_significant(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low_kwh > 0 or self.high_kwh < 0

    @property
    def by_group_kwh(self) -> Doubles:
        """The saving of each group. Shape (group,)."""
        return np.asarray(self.slot_kwh.sum(axis=1))

    @property
    def saved_share(self) -> float:
        """Of what would have been drawn."""
        return self.saved_kwh / self.counterfactual_kwh


def verify(  # noqa: PLR0917 - a model, and what was measured and drawn
    model: Counterfactual,
    energy_kwh: Doubles,
    traffic: Doubles,
    day: NDArray[np.int64],
    acting: Bools,
    holdout: Bools,
    slept: Bools,
    *,
    confidence: float = 0.95,
) -> Saving:
    """Return what sleep saved.

    Args:
        model: Frozen before the action.
        energy_kwh: Meters of the action's days, group by group. Shape (group, slot).
        traffic: Carried by the whole group, in the unit of the fit. Shape (group, slot).
        day: Number of each slot's day, not falling. Shape (slot,).
        acting: Something was planned to sleep; whether it then did is not asked. Shape
            (group, day).
        holdout: Left alone by the draw. Shape (group, day).
        slept: Something of the group slept that day. Shape (group, day).
        confidence: Of the interval.

    Raises:
        InputError: Shapes differ, a group both acts and is held out, or nothing that acted was
            measured.
    """
    predicted = model.predict(traffic)
    _check(predicted, energy_kwh, day, acting, holdout, slept)
    both = np.isfinite(energy_kwh) & np.isfinite(predicted)
    energy, expected = (np.where(both, each, 0.0) for each in (energy_kwh, predicted))
    energy_d, expected_d = by_day(energy, day), by_day(expected, day)
    told = expected_d > 0
    share = np.where(told, energy_d / np.where(told, expected_d, 1.0), 1.0)
    odd = told & ((share < _ODD_SHARES[0]) | (share > _ODD_SHARES[1]))
    kept = told & ~odd
    asked, acting, held = acting, kept & acting, kept & holdout
    if not acting.any():
        raise InputError(
            f"of {int(asked.sum())} group-days that acted, none has a meter and a model",
            hint="ingest element_power of these days, or verify a span that has it",
        )
    error = energy_d - expected_d
    belief = _believed(model, error, expected_d, held)
    as_treated = _believed(model, error, expected_d, held & ~slept)
    total = float(expected_d[acting].sum())
    raw = float(-error[acting].sum())
    n_slots = np.diff(np.r_[_starts(day), len(day)])
    counted = np.repeat(acting, n_slots, axis=1)
    slot_saving = np.where(counted, expected * (1 + belief.share) - energy, 0.0)
    half = NormalDist().inv_cdf((1 + confidence) / 2) * _deviation(
        model, expected_d, acting, belief
    )
    saved = raw + belief.share * total
    return Saving(
        saved_kwh=saved,
        low_kwh=saved - half,
        high_kwh=saved + half,
        confidence=confidence,
        counterfactual_kwh=total * (1 + belief.share),
        model_alone_kwh=raw,
        holdout_alone_kwh=raw + belief.seen_share * total,
        as_treated_kwh=raw + as_treated.share * total,
        bias_share=belief.share,
        holdout_weight=belief.weight,
        n_acting=int(acting.sum()),
        n_holdout=int(held.sum()),
        n_slept_holdout=int((held & slept).sum()),
        n_odd=int(odd.sum()),
        metered_share=float((both & counted).sum() / (asked * n_slots).sum()),
        slot_kwh=slot_saving,
    )


@dataclass(frozen=True, slots=True)
class _Belief:
    """What is believed of the model's error, as a share of predicted energy."""

    share: float
    deviation: float
    weight: float
    seen_share: float


def _believed(model: Counterfactual, error: Doubles, expected: Doubles, held: Bools) -> _Belief:
    """Weigh what hold-outs show against how far off the model was before."""
    known = model.fleet_share**2
    if not held.any():
        return _Belief(0.0, float(np.sqrt(known)), 0.0, np.nan)
    size = np.where(held, expected, 0.0)
    total = size.sum()
    seen = float(np.where(held, error, 0.0).sum() / total)
    rest = np.where(held, error - seen * expected, 0.0)
    n_groups = int(held.any(axis=1).sum())
    scatter = model.group_share**2 * (size.sum(axis=1) ** 2).sum() / total**2
    scatter += model.day_share**2 * (size**2).sum() / total**2
    if n_groups > 1:  # what they show now, where it is more than what the baseline showed
        shown = (rest.sum(axis=1) ** 2).sum() / total**2 * n_groups / (n_groups - 1)
        scatter = max(scatter, shown)
    prior = max(known, seen**2)
    weight = prior / (prior + scatter) if prior + scatter else 1.0
    unsure = weight * scatter + _DRAWN_BACK * ((1 - weight) * seen) ** 2
    return _Belief(float(weight * seen), float(np.sqrt(unsure)), float(weight), seen)


def _deviation(model: Counterfactual, expected: Doubles, acting: Bools, belief: _Belief) -> float:
    """Return the standard deviation of the saving: groups apart, the correction together."""
    of_day = np.where(acting, expected, 0.0)
    of_group = of_day.sum(axis=1)
    apart = model.group_share**2 * (of_group**2).sum() + model.day_share**2 * (of_day**2).sum()
    together = (belief.deviation * of_group.sum()) ** 2
    return float(np.sqrt(apart + together))


def _starts(day: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.flatnonzero(np.r_[True, np.diff(day) != 0])


def _check(predicted: Doubles, energy: Doubles, day: NDArray[np.int64], *drawn: Bools) -> None:
    by_days = (len(energy), len(_starts(day)))
    if predicted.shape != energy.shape or energy.shape[1:] != day.shape:
        raise InputError(
            f"energy {energy.shape}, predictions {predicted.shape} and days {day.shape} do not fit"
        )
    if {each.shape for each in drawn} != {by_days}:
        shapes = [each.shape for each in drawn]
        raise InputError(f"acting, held out and slept are {shapes}, not {by_days}: group × day")
    acting, holdout, _ = drawn
    if (acting & holdout).any():
        raise InputError(f"{int((acting & holdout).sum())} group-days both act and are held out")

"""What a group would have drawn with every layer on: fitted before anything slept, then frozen.

A group is everything among which load may move: the cells that sleep and those that serve for them.
Its energy with all layers on follows its traffic, energy = b0 + b1·traffic + b2·√traffic, and its
traffic is what users ask, whichever cell carries it. So a load that moved within the group changes
nothing in the prediction, and what its new server draws is in the measurement.

Axes: ``group × slot``; NaN is not measured. Fitted robustly (Huber), group by group. How far off
such a model is, is learnt from its own last days, which a second fit does not see.

Source: IPMVP Core Concepts (2022), option B on the group's meters; ASHRAE Guideline 14-2014 for
CV(RMSE) and NMBE.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.engines.radio.sectors import Doubles

N_COEFFICIENTS: Final = 3
_ORIGINS: Final = (0.5, 0.65, 0.8)
"""Trial fits see this share of the baseline's days, and are held against all later ones."""
_HUBER: Final = 2.0
_ROUNDS: Final = 6
_NORMAL: Final = 1.4826  # median absolute deviation to standard deviation, normal distribution
_TRIED: Final = 5000  # groups that tell how wrong models are, evenly chosen
_BLOCK: Final = 256  # groups whose arrays stay near the processor
_TINY: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How well a model told hours and days that it had not seen; shares of mean energy.

    ``nmbe`` is positive where the model says too much.
    """

    cv_rmse: float
    nmbe: float
    daily_cv_rmse: float
    n_hours: int
    n_days: int

    def accepted(self, *, most_cv_rmse: float, most_nmbe: float) -> bool:
        """Whether both are within their limits; without a held-back hour nothing is accepted."""
        return self.n_hours > 0 and self.cv_rmse <= most_cv_rmse and abs(self.nmbe) <= most_nmbe


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """Models of groups, and how far off they are.

    Attributes:
        coefficients: b0 kWh, b1 kWh per unit of scaled traffic, b2 of its root; NaN for a group
            with too few slots. Shape (group, 3).
        scale: Traffic is divided by this. Shape (group,).
        n_slots: What each was fitted on. Shape (group,).
        group_share: Deviation of a group's lasting error, as a share.
        day_share: Deviation of a group's error of one held-back day, as a share.
        fleet_share: How far off all groups together may be: on held-back days, root mean square,
            less what so many groups' own errors make.
        acceptance: Errors on held-back days.
    """

    coefficients: Doubles
    scale: Doubles
    n_slots: NDArray[np.int64]
    group_share: float
    day_share: float
    fleet_share: float
    acceptance: Acceptance

    def predict(self, traffic: Doubles) -> Doubles:
        """Return energy with every layer on, kWh, shape (group, slot); NaN without traffic told."""
        return _energy(self.coefficients, self.scale, traffic)


def fit(
    energy_kwh: Doubles,
    traffic: Doubles,
    day: NDArray[np.int64],
    *,
    fewest_slots: int = 48,
    least_fleet_share: float = 0.005,
) -> Counterfactual:
    """Fit what each group draws with every layer on.

    Args:
        energy_kwh: Measured before anything slept. Shape (group, slot).
        traffic: Carried by the whole group, in a unit that adds up (Mbit). Shape (group, slot).
        day: Number of the day that each slot lies in, not falling. Shape (slot,).
        fewest_slots: A group with fewer measured ones has no model.
        least_fleet_share: What a fleet may be off by from one week to the next, however well its
            held-back days were told; 0.7 % was seen on public data of 2023.

    Raises:
        InputError: Shapes differ, or there are fewer than two days.
    """
    if energy_kwh.shape != traffic.shape or energy_kwh.shape[1:] != day.shape:
        raise InputError(
            f"energy {energy_kwh.shape}, traffic {traffic.shape} and days {day.shape} do not fit"
        )
    days = np.unique(day)
    if len(days) < 2:  # noqa: PLR2004 - one to learn from, one to be wrong about
        raise InputError(
            f"a baseline of {len(days)} day cannot say how wrong it is",
            hint="give two days at least, better four weeks",
        )
    shares, step = _Errors(), -(-max(len(energy_kwh), 1) // _TRIED)
    some_kwh, some_traffic = energy_kwh[::step], traffic[::step]
    for n_early in sorted({max(1, int(share * len(days))) for share in _ORIGINS}):
        early = day < days[n_early]
        trial, scale, _ = _fitted(some_kwh[:, early], some_traffic[:, early], fewest_slots // 2)
        told = _energy(trial, scale, some_traffic[:, ~early])
        shares.add(some_kwh[:, ~early], told, day[~early])
    coefficients, scale, n_slots = _fitted(energy_kwh, traffic, fewest_slots)
    return Counterfactual(coefficients, scale, n_slots, *shares.summed(least_fleet_share))


def by_day(values: Doubles, day: NDArray[np.int64]) -> Doubles:
    """Return sums of each day, NaN counting nothing; shape (group, day), days in order."""
    starts = np.flatnonzero(np.r_[True, np.diff(day) != 0])
    summed: Doubles = np.add.reduceat(np.nan_to_num(values), starts, axis=1)
    return summed


def _energy(coefficients: Doubles, scale: Doubles, traffic: Doubles) -> Doubles:
    part = traffic / scale[:, None]
    b0, b1, b2 = (coefficients[:, [place]] for place in range(N_COEFFICIENTS))
    energy: Doubles = b0 + b1 * part + b2 * np.sqrt(part)
    return energy


def _fitted(
    energy_kwh: Doubles, traffic: Doubles, fewest: int
) -> tuple[Doubles, Doubles, NDArray[np.int64]]:
    """Return coefficients, scales and counts of a robust fit of every group."""
    parts = [
        _block_fitted(energy_kwh[first : first + _BLOCK], traffic[first : first + _BLOCK], fewest)
        for first in range(0, max(len(energy_kwh), 1), _BLOCK)
    ]
    coefficients, scale, n_slots = zip(*parts, strict=True)
    return np.concatenate(coefficients), np.concatenate(scale), np.concatenate(n_slots)


def _block_fitted(
    energy_kwh: Doubles, traffic: Doubles, fewest: int
) -> tuple[Doubles, Doubles, NDArray[np.int64]]:
    told = np.isfinite(energy_kwh) & np.isfinite(traffic)
    n_slots = told.sum(axis=1)
    part = np.where(told, traffic, 0.0)
    scale = np.maximum(part.sum(axis=1) / np.maximum(n_slots, 1), _TINY)
    part = part / scale[:, None]
    x = np.stack((np.ones_like(part), part, np.sqrt(part)), axis=2)
    y = np.where(told, energy_kwh, 0.0)
    weight = told.astype(np.float64)
    for _ in range(_ROUNDS):
        coefficients = _weighted(x, y, weight)
        error = np.where(told, y - np.einsum("gtk,gk->gt", x, coefficients), np.nan)
        size = np.abs(error)
        middle = np.zeros(len(y))
        middle[n_slots > 0] = np.nanmedian(size[n_slots > 0], axis=1)
        limit = np.maximum(_HUBER * _NORMAL * middle, _TINY)[:, None]
        weight = np.where(told, limit / np.maximum(np.nan_to_num(size), limit), 0.0)
    kept = told & (size <= 3 * limit)  # what the weights bent is put straight: no mean error
    coefficients[:, 0] += np.where(kept, error, 0.0).sum(axis=1) / np.maximum(kept.sum(axis=1), 1)
    coefficients[n_slots < fewest] = np.nan
    return coefficients, scale, n_slots


def _weighted(x: Doubles, y: Doubles, weight: Doubles) -> Doubles:
    """Return weighted least squares of each group; what traffic never shows stays near 0."""
    ridge = 1e-3 * np.diag([0.0, 1.0, 1.0])
    normal = np.einsum("gtk,gt,gtm->gkm", x, weight, x)
    total = np.maximum(weight.sum(axis=1), 1.0)
    normal += total[:, None, None] * (ridge + _TINY * np.eye(N_COEFFICIENTS))
    solved: Doubles = np.linalg.solve(normal, np.einsum("gtk,gt->gk", x, weight * y)[..., None])
    return solved[..., 0]


class _Errors:
    """What trial fits said of days that they had not seen."""

    def __init__(self) -> None:
        self._groups: list[Doubles] = []
        self._days: list[Doubles] = []
        self._fleet: dict[int, list[float]] = {}
        self._hours: list[tuple[Doubles, Doubles]] = []
        self._daily: list[tuple[Doubles, Doubles]] = []

    def add(self, measured: Doubles, predicted: Doubles, day: NDArray[np.int64]) -> None:
        """Take in one trial."""
        both = np.isfinite(measured) & np.isfinite(predicted)
        if not both.any():
            return
        measured, predicted = (np.where(both, each, 0.0) for each in (measured, predicted))
        error, size = by_day(measured - predicted, day), by_day(predicted, day)
        told = size > 0
        of_day = error.sum(axis=0) / np.maximum(size.sum(axis=0), _TINY)
        off = np.where(told, error / np.where(told, size, 1.0) - of_day, 0.0)
        self._days.append(off[told])
        by_chance = (off[told] ** 2).mean() * _evenness(size.sum(axis=0), size)
        many = told.sum(axis=0) * 2 >= told.any(axis=1).sum()  # few groups say little of all
        for number, square in zip(np.unique(day)[many], (of_day**2 - by_chance)[many], strict=True):
            self._fleet.setdefault(int(number), []).append(float(square))
        total, seen = size.sum(axis=1), told.any(axis=1)
        lasting = error.sum(axis=1)[seen] / total[seen] - error.sum() / total.sum()
        by_chance = (off[told] ** 2).mean() * _evenness(total, size.T)[seen]
        self._groups.append(lasting**2 - by_chance)
        self._hours.append((measured[both], predicted[both]))
        self._daily.append(((size + error)[told], size[told]))

    def summed(self, least_fleet_share: float) -> tuple[float, float, float, Acceptance]:
        """Return deviations of a group, of its day, of a day of all; and the acceptance."""
        if not self._hours:
            return np.nan, np.nan, np.nan, Acceptance(np.nan, np.nan, np.nan, 0, 0)
        (hour, told), (daily, told_daily) = (
            (np.concatenate(each) for each in zip(*pairs, strict=True))
            for pairs in (self._hours, self._daily)
        )
        fleet = [square for squares in self._fleet.values() for square in squares]
        return (
            _root(np.concatenate(self._groups)),
            _rms(np.concatenate(self._days)),
            max(least_fleet_share, _root(np.array(fleet)) * _few(len(self._fleet))),
            Acceptance(
                cv_rmse=_rms(told - hour) / float(hour.mean()),
                nmbe=float((told - hour).mean() / hour.mean()),
                daily_cv_rmse=_rms(told_daily - daily) / float(daily.mean()),
                n_hours=len(hour),
                n_days=len(self._fleet),
            ),
        )


def _few(n_days: int) -> float:
    """Return how much wider one must take a deviation that few days taught: near Student's t."""
    return 1 + 2 / max(n_days, 1)


def _evenness(total: Doubles, parts: Doubles) -> Doubles:
    """Return Σ part² / total² of each column: 1 / n where n parts are alike."""
    return np.asarray((parts**2).sum(axis=0) / np.maximum(total, _TINY) ** 2)


def _root(squares: Doubles) -> float:
    """Return the root of a mean of squares that lack what chance adds; 0 if chance is all."""
    return float(np.sqrt(max(0.0, squares.mean()))) if len(squares) else 0.0


def _rms(values: Doubles) -> float:
    return float(np.sqrt((values**2).mean())) if len(values) else np.nan

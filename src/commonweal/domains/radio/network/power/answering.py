"""Energy of hours that nobody metered, and how far off such answers are, split by split.

A station with meters of its own is answered by its own fit, corrected by what the meter told an
hour before and after where it did. One without is answered by its configuration and, if they are
installed and have stations enough to learn from, for the greater part by boosted trees. ``model``
says which, ``reason`` why not better.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from commonweal.engines.radio.boosted import boosted, is_installed
from commonweal.engines.radio.effects import nearby
from commonweal.engines.radio.fitting import StationPower, fit
from commonweal.engines.radio.panel import Filled, Panel, clock_offset, gaps_filled, shifted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from commonweal.domains.radio.network.power.itu import Questions, Stations
    from commonweal.engines.radio.panel import Offset

    Doubles = NDArray[np.float64]
    Bools = NDArray[np.bool_]

_FOLDS: Final = 5
_HELD_SHARE: Final = 0.2
_METERED_H: Final = 12
_LAST_H: Final = 48
_NEW_WEIGHT: Final = 5.0
_LEAST_ROWS: Final = 200
_LEAST_STATIONS: Final = 30
_TREES_SHARES: Final = (0.5, 0.8)
"""Of the logarithm, for a product that few stations tell of and others: by held-back stations."""
_LEAST_ALIKE: Final = 5
_REASONS: Final = {
    Filled.REPORTED: "",
    Filled.NEIGHBOURS: "load of this hour not reported: mean of the hours beside it",
    Filled.PROFILE: "load of this hour not reported: that of other days",
    Filled.UNKNOWN: "no load of this station was reported",
}


@dataclass(frozen=True)
class Ready:
    """Hours of stations with clocks matched and gaps filled.

    Attributes:
        panel: Energy stands where its load does.
        how: Where each load comes from, ``Filled``. Shape (station, hour).
        offset: By how much the clocks differed.
        attributes: Of the stations.
        quantum: Step of the meters' display, 0 if none is seen.
    """

    panel: Panel
    how: NDArray[np.int8]
    offset: Offset
    attributes: Doubles
    quantum: float


def made_ready(stations: Stations) -> Ready:
    """Return the hours of stations with clocks matched and gaps filled."""
    offset = clock_offset(stations.panel)
    energy = shifted(stations.panel.energy, offset.hours)
    panel, how = gaps_filled(stations.panel.metered(energy))
    return Ready(panel, how, offset, stations.attributes, _quantum(energy))


def _quantum(energy: Doubles) -> float:
    """Return the step in which the meters count: the least difference, if all are its multiples."""
    values = np.unique(energy[~np.isnan(energy)])
    steps = np.diff(values)
    steps = steps[steps > values[-1] * 1e-6] if len(values) else steps
    if not len(steps):
        return 0.0
    step = float(steps.min())
    counts = values / step
    return step if np.abs(counts - np.round(counts)).max() < 0.05 else 0.0  # noqa: PLR2004


@dataclass(frozen=True)
class Answers:
    """Energy of every hour of every station, and the models behind it.

    Attributes:
        energy: NaN where nothing is known. Shape (station, hour).
        power: The fit.
        metered: Stations with an hour of their own. Shape (station,).
        with_boosted: Others were answered by trees, too.
    """

    energy: Doubles
    power: StationPower
    metered: Bools
    with_boosted: bool


def answered(ready: Ready, *, interpolating: bool = True, with_boosted: bool = True) -> Answers:
    """Return the energy of every hour.

    Args:
        ready: What is known.
        interpolating: Use what meters told an hour before and after.
        with_boosted: Ask trees about stations without a meter, if they are installed.
    """
    panel = ready.panel
    power = fit(panel, quantum=ready.quantum)
    energy = power.predict(panel)
    if interpolating:
        energy = nearby(energy, panel.energy)
    metered = power.n_hours > 0
    with_boosted = with_boosted and is_installed() and not metered.all()
    with_boosted = with_boosted and bool(metered.sum() >= _LEAST_STATIONS)
    if with_boosted:
        trees = boosted(panel, ready.attributes, of=~metered)
        alike = np.bincount(panel.product[metered], minlength=panel.product.max() + 1)
        is_known = alike[panel.product[~metered]] >= _LEAST_ALIKE
        part = np.array(_TREES_SHARES)[is_known.astype(int)][:, None]
        energy[~metered] = energy[~metered] ** (1 - part) * trees**part
    return Answers(energy, power, metered, with_boosted)


def questions_answered(
    ready: Ready, answers: Answers, questions: Questions, stations: Stations
) -> tuple[Doubles, list[str], list[str]]:
    """Return energy, model and reason of each question; NaN where nothing is known."""
    n_hours = answers.energy.shape[1]
    station, hour = questions.station, questions.hour + ready.offset.hours
    good = (questions.station >= 0) & (hour >= 0) & (hour < n_hours)
    at = np.where(good, station, 0), np.where(good, hour, 0)
    energy = np.where(good, answers.energy[at], np.nan)
    alone = "configuration and trees" if answers.with_boosted else "configuration"
    model = np.where(answers.metered, "station", alone)[at[0]]
    by_code = np.array([_REASONS[each] for each in Filled])
    reason = by_code[ready.how[at]].astype(object)
    lost = good & np.isnan(energy)
    own = np.full(len(answers.metered), np.nan)
    told = np.asarray(~np.isnan(ready.panel.energy).all(axis=1))
    own[told] = np.nanmedian(ready.panel.energy[told], axis=1)
    instead = lost & ~np.isnan(own[at[0]])
    energy = np.where(instead, own[at[0]], energy)
    reason[instead] = "no load of this station was reported: median of its meter"
    unknown = good & ~stations.in_inventory[at[0]]
    reason[unknown] += np.where(reason[unknown] == "", "", "; ") + "not in the inventory"
    reason[~good] = "the row cannot be read"
    model = np.where(np.isnan(energy), "", model)
    return energy, model.tolist(), reason.tolist()


def errors_by_split(
    ready: Ready, *, with_boosted: bool = True, seed: int = 0
) -> Iterator[dict[str, Any]]:
    """Yield how far off answers are where the truth is known and was held back.

    Each row has ``split``, ``model``, ``mape_share``, ``wmape_share`` and ``n_rows``; the last
    split weighs rows of stations that were never metered five times, as the contest did.

    Args:
        ready: What is known.
        with_boosted: Try trees, too, if they are installed.
        seed: Of what is held back.
    """
    known = ~np.isnan(ready.panel.energy) & ~np.isnan(ready.panel.mean_load)
    known &= ready.panel.energy > 0
    rng = np.random.default_rng(seed)
    draw = rng.random(known.shape)
    holes = known & (draw < _HELD_SHARE)
    fold = rng.permutation(len(known)) % _FOLDS
    yield from _both_ways(ready, "random rows", holes)
    hours = np.flatnonzero(known.any(axis=0))
    yield from _both_ways(
        ready, "last two days", known & (np.arange(known.shape[1]) > hours[-1] - _LAST_H)
    )
    first = np.argsort(np.argsort(np.where(known, draw, 2.0), axis=1), axis=1)
    early = known & (first < _METERED_H)
    kinds = [False, True] if with_boosted and is_installed() else [False]
    folds = [known & (fold == each)[:, None] for each in range(_FOLDS)]
    for trees in kinds:
        yield _scored(ready, "new station", folds, with_boosted=trees)
    metered = [held & ~early for held in folds]
    yield _scored(ready, f"new station, {_METERED_H} hours metered", metered, with_boosted=False)
    product = ready.panel.product
    of_product = [known & (product == each)[:, None] for each in np.unique(product)]
    of_product = [
        held for held in of_product if held.sum() >= _LEAST_ROWS and held.sum() < known.sum()
    ]
    for trees in kinds if of_product else []:
        yield _scored(ready, "new product", of_product, with_boosted=trees)
    yield _scored(
        ready,
        "holes and unseen stations",
        [holes | folds[0]],
        interpolating=True,
        with_boosted=kinds[-1],
        new=fold == 0,
    )


def _both_ways(ready: Ready, split: str, held: Bools) -> Iterator[dict[str, Any]]:
    for interpolating in (False, True):
        yield _scored(ready, split, [held], interpolating=interpolating, with_boosted=False)


def _scored(
    ready: Ready,
    split: str,
    helds: list[Bools],
    *,
    interpolating: bool = False,
    with_boosted: bool = True,
    new: Bools | None = None,
) -> dict[str, Any]:
    """Return the errors over hours that were held back, each lot by itself."""
    truth, said, weight, trees = [], [], [], False
    for held in helds:
        panel = ready.panel.metered(np.where(held, np.nan, ready.panel.energy))
        known = Ready(panel, ready.how, ready.offset, ready.attributes, ready.quantum)
        found = answered(known, interpolating=interpolating, with_boosted=with_boosted)
        trees |= found.with_boosted
        truth.append(ready.panel.energy[held])
        said.append(found.energy[held])
        is_new = np.zeros(len(held), bool) if new is None else new
        weight.append(np.where(is_new[np.nonzero(held)[0]], _NEW_WEIGHT, 1.0))
    name = "physics and trees" if trees else "physics"
    name += ", interpolating" if interpolating else ""
    return {"split": split, "model": name} | errors(
        np.concatenate(truth), np.concatenate(said), np.concatenate(weight)
    )


def errors(truth: Doubles, said: Doubles, weight: Doubles) -> dict[str, Any]:
    """Return mean and weighted absolute errors as shares, and how many rows they are of."""
    both = (truth > 0) & ~np.isnan(said)
    missed, truth, weight = np.abs(said - truth)[both], truth[both], weight[both]
    if not len(truth):
        return {"mape_share": None, "wmape_share": None, "n_rows": 0}
    return {
        "mape_share": float(np.mean(missed / truth)),
        "wmape_share": float((weight * missed).sum() / (weight * truth).sum()),
        "n_rows": len(truth),
    }

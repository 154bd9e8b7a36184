"""One day of some sectors: planned, and weighed on what is expected. Arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import numpy as np

from commonweal.domains.radio.energy_saving.planning.boarding import board_wh, may_rest
from commonweal.engines.radio.boards import plan_sites
from commonweal.engines.radio.carrying import carry
from commonweal.engines.radio.neighbours import with_help
from commonweal.engines.radio.sectors import Demand, Layers, Mode
from commonweal.engines.radio.sleep import plan_sleep

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.domains.radio.energy_saving.planning.lending import Help
    from commonweal.engines.radio.boards import Boards
    from commonweal.engines.radio.sectors import Bools, Doubles, Floats, Modes, Rules

Scalar = TypeVar("Scalar", bound=np.generic)
_ROUNDS: Final = 2
"""How often prices of boards are set; each costs a plan of every sector."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What sectors are expected to be asked on a day; NaN where there is no forecast.

    Attributes:
        mean: LTE-only and NR-capable, Mbit/s. Shape (class, sector, slot).
        planned: The quantile that capacity is kept for. The same shape.
        reason: Why there is no forecast, or none to rest on; None where there is. Shape (sector,).
    """

    mean: Floats
    planned: Floats
    reason: NDArray[np.object_]

    def __getitem__(self, sectors: NDArray[np.int64]) -> Asked:
        """Return some of the sectors."""
        return Asked(self.mean[:, sectors], self.planned[:, sectors], self.reason[sectors])


@dataclass(frozen=True, slots=True)
class DayPlan:
    """The plan of a day; ``ON`` and NaN where there is no forecast.

    Attributes:
        mode: Shape (sector, layer, slot).
        expected_wh: The saving expected, at the mean of the forecast, less what switching costs.
            Shape (sector,), as below.
        expected_at_quantile_wh: The same if all that was planned for comes.
        all_on_wh: With every layer on, at the mean.
        cost_wh: The plan's objective, the slots of ``Next`` included; with boards the site's, in
            equal parts.
        bound_wh: No plan has a lower one.
        demand_mbit: Planned for.
        unserved_mbit: Of it, left uncarried.
        unserved_anyway_mbit: Of that, what every layer together could not carry either.
        changes: Changes of configuration.
    """

    mode: Modes
    expected_wh: Doubles
    expected_at_quantile_wh: Doubles
    all_on_wh: Doubles
    cost_wh: Doubles
    bound_wh: Doubles
    demand_mbit: Doubles
    unserved_mbit: Doubles
    unserved_anyway_mbit: Doubles
    changes: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Next:
    """What comes right after the day: layers that serve then have to wake before it.

    Attributes:
        planned: Demand of the slots within the lead, shape (class, sector, slot).
        awake: What may not sleep in them, shape (sector, layer, slot).
    """

    planned: Floats
    awake: Bools


class Problem(NamedTuple):
    """A day as the sector programme takes it: sectors with a forecast, slots after the day too."""

    layers: Layers
    demand: Demand
    weight: Doubles | None
    awake: Bools
    first_mode: Modes


def problem_of(
    layers: Layers,
    asked: Asked,
    *,
    weight: Doubles | None,
    awake: Bools,
    after: Next,
    first_mode: Modes,
    help_: Help | None = None,
) -> Problem:
    """Return the programme of a day; arguments as ``day_plan`` has them.

    With help there is one layer more, the last, which stands for the neighbour and is always on.
    """
    known, awake = without(asked.reason), np.concatenate([awake, after.awake], axis=2)
    if help_ is not None:
        layers = with_help(layers, help_.most_mbit_s, help_.slope_w_per_mbit_s.astype(np.float32))
        awake, first_mode = _wider(awake, 0), _wider(first_mode, 0)
    planned = np.concatenate([asked.planned, _known(after.planned, asked)], axis=2)
    return Problem(
        layers=layers[known],
        demand=demand_of(planned, known),
        weight=None if weight is None else np.append(weight, weight[: after.planned.shape[2]]),
        awake=awake[known],
        first_mode=first_mode[known],
    )


def day_plan(  # noqa: PLR0913 - all that a day is planned from
    layers: Layers,
    asked: Asked,
    rules: Rules,
    *,
    weight: Doubles | None,
    awake: Bools,
    after: Next,
    first_mode: Modes,
    boards: Boards | None = None,
    help_: Help | None = None,
) -> DayPlan:
    """Plan a day.

    Args:
        layers: What layers may do, carry and draw.
        asked: What is expected of them.
        rules: What the plan keeps to.
        weight: Worth of energy by slot, 1 on average.
        awake: What may not sleep. Shape (sector, layer, slot).
        after: What comes right after.
        first_mode: What layers did before the first slot. Shape (sector, layer).
        boards: What sectors of a site share; cost and bound are then of the site, in equal parts.
        help_: What neighbours lend to sectors without coverage; None for nothing.
    """
    known, n_slots = without(asked.reason), asked.mean.shape[2]
    problem = problem_of(
        layers, asked, weight=weight, awake=awake, after=after, first_mode=first_mode, help_=help_
    )
    part, before = problem.layers, problem.first_mode
    held = None if boards is None else may_rest(boards, layers, known)
    if held is not None and help_ is not None:
        held = replace(held, board=_wider(held.board, -1))
    found = _found(problem, rules, held)
    planned_mode = np.ascontiguousarray(found.mode[:, :, :n_slots])
    lent = None if help_ is None else help_[known]
    at_mean = _weighed(part, demand_of(asked.mean, known), planned_mode, before, rules, lent)
    planned = demand_of(asked.planned, known)
    at_quantile = _weighed(part, planned, planned_mode, before, rules, lent)
    mode = np.zeros((*layers.present.shape, n_slots), np.int8)
    shared_wh = _boards_wh(boards, layers, mode, rules)[known]
    mode[known] = planned_mode[:, : mode.shape[1]]
    rested_wh = shared_wh - _boards_wh(boards, layers, mode, rules)[known]
    else_wh = rested_wh - switching_wh(part, planned_mode, before)

    def placed(values: Doubles) -> Doubles:
        whole = np.full(len(known), np.nan)
        whole[known] = values
        return whole

    return DayPlan(
        mode=mode,
        expected_wh=placed(at_mean.all_on_wh - at_mean.energy_wh + else_wh),
        expected_at_quantile_wh=placed(at_quantile.all_on_wh - at_quantile.energy_wh + else_wh),
        all_on_wh=placed(at_mean.all_on_wh + shared_wh),
        cost_wh=placed(found.cost_wh),
        bound_wh=placed(found.bound_wh),
        demand_mbit=placed(_volume(planned.lte_mbit_s + planned.nr_mbit_s, rules)),
        unserved_mbit=placed(at_quantile.unserved_mbit),
        unserved_anyway_mbit=placed(at_quantile.unserved_anyway_mbit),
        changes=_changes(mode, first_mode),
    )


class _Found(NamedTuple):
    """What the engine found, sector by sector."""

    mode: Modes
    cost_wh: Doubles
    bound_wh: Doubles


def _found(problem: Problem, rules: Rules, boards: Boards | None) -> _Found:
    """Plan sectors alone, or with the boards that they share."""
    given = problem._asdict()
    layers, demand = given.pop("layers"), given.pop("demand")
    if boards is None or (boards.board < 0).all():
        alone = plan_sleep(layers, demand, rules, **given)
        return _Found(alone.mode, alone.cost_wh, alone.bound_wh)
    found = plan_sites(layers, demand, rules, boards, **given, rounds=_ROUNDS)
    n_sectors = np.bincount(boards.site)[boards.site]
    cost, bound = (each[boards.site] / n_sectors for each in (found.cost_wh, found.bound_wh))
    return _Found(found.mode, cost, bound)


def _boards_wh(boards: Boards | None, layers: Layers, mode: Modes, rules: Rules) -> Doubles:
    if boards is None:
        return np.zeros(layers.n_sectors)
    return board_wh(boards, layers, mode, rules.slot_h)


def _known(planned: Floats, asked: Asked) -> Floats:
    """Return what comes after; where that is not known, the day's own first slots."""
    return np.where(np.isnan(planned), asked.planned[:, :, : planned.shape[2]], planned)


class _Weighed(NamedTuple):
    """Modes against every layer on, under the same demand. Shape (sector,)."""

    energy_wh: Doubles
    all_on_wh: Doubles
    unserved_mbit: Doubles
    unserved_anyway_mbit: Doubles


def _weighed(  # noqa: PLR0917 - what is weighed, and how
    part: Layers, demand: Demand, mode: Modes, before: Modes, rules: Rules, help_: Help | None
) -> _Weighed:
    every_on = np.zeros_like(mode)
    if help_ is not None:  # a neighbour carries when it lends; with all layers on nobody asks it
        mode, before = mode.copy(), before.copy()
        mode[:, -1] = np.where(help_.lent, Mode.ON, Mode.CARRIER_OFF)
        before[:, -1] = np.where(help_.before, Mode.ON, Mode.CARRIER_OFF)
        every_on[:, -1] = Mode.CARRIER_OFF
    done = carry(part, demand, mode, rules, first_mode=before)
    all_on = carry(part, demand, every_on, rules)
    unserved = done.lte_unserved_mbit_s + done.nr_unserved_mbit_s
    if help_ is not None:  # beyond the neighbour's reach
        beyond = (1.0 - help_.covered_share).astype(np.float32)
        unserved = unserved + beyond[:, None] * done.carried_mbit_s[:, -1]
    return _Weighed(
        done.energy_wh.sum(axis=1),
        all_on.energy_wh.sum(axis=1),
        _volume(unserved, rules),
        _volume(all_on.lte_unserved_mbit_s + all_on.nr_unserved_mbit_s, rules),
    )


def _volume(mbit_s: Floats, rules: Rules) -> Doubles:
    return np.asarray(mbit_s.sum(axis=1, dtype=np.float64) * rules.slot_h * 3600)


def _wider(values: NDArray[Scalar], padding: int) -> NDArray[Scalar]:
    """Return arrays of sector × layer with one layer more."""
    width = [(0, 0), (0, 1), *[(0, 0)] * (values.ndim - 2)]
    return np.pad(values, width, constant_values=padding)


def switching_wh(layers: Layers, mode: Modes, before: Modes) -> Doubles:
    """Return what changes of mode cost: leaving the one, entering the other. Shape (sector,).

    Args:
        layers: What each mode costs to enter or leave.
        mode: Shape (sector, layer, slot).
        before: Modes before the first slot. Shape (sector, layer).
    """
    whole = np.concatenate([before[:, :, None], mode], axis=2)
    sector, layer, slot = np.nonzero(whole[:, :, 1:] != whole[:, :, :-1])
    left, entered = whole[sector, layer, slot], whole[sector, layer, slot + 1]
    wh = layers.switch_wh[sector, layer, left].astype(np.float64)
    wh += layers.switch_wh[sector, layer, entered]
    return np.asarray(np.bincount(sector, wh, minlength=len(mode)), np.float64)


def _changes(mode: Modes, before: Modes) -> NDArray[np.int32]:
    """Return changes of configuration within the day and at its beginning. Shape (sector,)."""
    whole = np.concatenate([before[:, :, None], mode], axis=2)
    differs = (whole[:, :, 1:] != whole[:, :, :-1]).any(axis=1)
    return np.asarray(differs.sum(axis=1, dtype=np.int32))


def demand_of(classes: Floats, known: Bools) -> Demand:
    """Return demand of the sectors that have a forecast, from (class, sector, slot)."""
    return Demand(classes[0][known], classes[1][known])


def without(reason: NDArray[np.object_]) -> Bools:
    """Return which sectors have no reason against them."""
    return np.array([each is None for each in reason], np.bool_)

"""Sites: boards that sectors share.

A board draws power unless all its layers sleep. That couples sectors, and is taken apart by
prices: each layer that is awake pays a part of its board, parts add up to the whole, and sectors
are planned one by one with these prices. For any parts the sum of the sectors' bounds is a bound
of the site; each round moves price to layers that are awake longer, and the best plan is kept.

Axes: sector × layer × slot; board × slot.

Source: Geoffrion (1974), Lagrangean relaxation for integer programming.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from commonweal.engines.radio.sectors import Mode
from commonweal.engines.radio.sleep import plan_sleep
from commonweal.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.engines.radio.sectors import (
        Bools,
        Demand,
        Doubles,
        Layers,
        Modes,
        Rules,
        SleepPlan,
    )

    Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Boards:
    """Which board each layer hangs on.

    Attributes:
        site: The site of a sector, from 0. Shape (sector,).
        board: The board of a layer, from 0; -1 for none. Shape (sector, layer).
        board_w: What a board draws while any of its layers is awake. Shape (board,).
    """

    site: Numbers
    board: Numbers
    board_w: Doubles

    def __post_init__(self) -> None:
        """Refuse boards that are not there, or span sites.

        Raises:
            InputError: A number is out of range, a board has layers of two sites, or its power is
                negative.
        """
        if self.board.size and not -1 <= self.board.min() <= self.board.max() < self.board_w.size:
            raise InputError(
                f"boards {self.board.min()} to {self.board.max()}, power of {self.board_w.size}"
            )
        if (self.board_w < 0).any():
            raise InputError(f"board_w holds {self.board_w.min()}")
        sites = np.broadcast_to(self.site[:, None], self.board.shape)
        pairs = np.unique(np.stack([self.board, sites], axis=2)[self.board >= 0], axis=0)
        if len(np.unique(pairs[:, 0])) < len(pairs):
            raise InputError("a board has layers of two sites")


@dataclass(frozen=True, slots=True)
class SitePlan:
    """What sectors do, and what sites come to.

    Attributes:
        mode: Shape (sector, layer, slot).
        board_on: Shape (board, slot).
        cost_wh: The objective with boards. Shape (site,), as all that follow.
        bound_wh: No plan of the site costs less.
        energy_wh: What it draws, boards included, unweighted.
        all_on_wh: The same with every layer on.
        unserved_mbit: Demand that is left uncarried.
        changes: Changes of configuration of its sectors.
    """

    mode: Modes
    board_on: Bools
    cost_wh: Doubles
    bound_wh: Doubles
    energy_wh: Doubles
    all_on_wh: Doubles
    unserved_mbit: Doubles
    changes: NDArray[np.int64]


def plan_sites(  # noqa: PLR0913 - those of plan_sleep, and boards
    layers: Layers,
    demand: Demand,
    rules: Rules,
    boards: Boards,
    *,
    weight: Doubles | None = None,
    awake: Bools | None = None,
    first_mode: Modes | None = None,
    rounds: int = 3,
    threads: int = 2,
) -> SitePlan:
    """Return plans of sites whose sectors share boards.

    Args:
        layers: What layers may do, carry and draw, boards apart.
        demand: What users are expected to ask.
        rules: What plans keep to.
        boards: Who shares what.
        weight: As of ``plan_sleep``; so are the next two.
        awake: Layers that are on.
        first_mode: Modes before the first slot.
        rounds: How often prices are set; each costs a plan of every sector.
        threads: Threads that share the sectors.

    Raises:
        InputError: Shapes do not fit.
    """
    n_slots = demand.lte_mbit_s.shape[1]
    hours = (np.ones(n_slots) if weight is None else weight) * rules.slot_h
    price_w = _even_parts(layers, boards)
    best: SitePlan | None = None
    for _ in range(rounds):
        priced = _priced(layers, price_w)
        found = plan_sleep(
            priced, demand, rules,
            weight=weight, awake=awake, first_mode=first_mode, threads=threads,
        )  # fmt: skip
        is_awake = (found.mode < int(Mode.CARRIER_OFF)) & layers.present[:, :, None]
        told = _told(found, is_awake, boards, price_w, hours, rules)
        best = told if best is None else _better(best, told, boards)
        price_w = _moved(price_w, is_awake @ hours / max(hours.sum(), 1e-9), boards)
    if best is None:
        raise InputError(f"rounds={rounds}", hint="give one or more")
    return best


def _even_parts(layers: Layers, boards: Boards) -> Doubles:
    """Return each layer's part of its board: those pay that never sleep; if none, all alike."""
    held = (boards.board >= 0) & layers.present
    stays = held & ~layers.allowed[:, :, Mode.CARRIER_OFF :].any(axis=2)
    pays = np.where(_of_board(stays, boards)[boards.board] > 0, stays, held) & held
    share = _of_board(pays, boards)[boards.board]
    power_w = np.append(boards.board_w, 0.0)[boards.board]
    return np.where(pays, power_w / np.maximum(share, 1), 0.0)


def _of_board(values: NDArray[np.generic], boards: Boards) -> Doubles:
    """Add what layers have over boards; a last place, for none, stays 0."""
    held = boards.board >= 0
    added = np.bincount(boards.board[held], values[held], boards.board_w.size)
    return np.append(added, 0.0)


def _priced(layers: Layers, price_w: Doubles) -> Layers:
    """Return layers that pay a price for being awake."""
    base_w = layers.base_w.copy()
    base_w[:, :, : Mode.CARRIER_OFF] += price_w[:, :, None].astype(np.float32)
    return replace(layers, base_w=base_w)


def _told(  # noqa: PLR0917 - a round's results
    found: SleepPlan,
    is_awake: Bools,
    boards: Boards,
    price_w: Doubles,
    hours: Doubles,
    rules: Rules,
) -> SitePlan:
    """Take prices off what sectors come to, and add what boards truly draw."""
    n_sites = int(boards.site.max(initial=-1)) + 1
    n_boards, n_slots = boards.board_w.size, hours.size
    on = np.zeros((n_boards + 1, n_slots), dtype=np.bool_)
    np.logical_or.at(on, boards.board, is_awake)
    on = on[:n_boards]
    of_board = np.zeros(n_boards, dtype=np.int64)
    sites = np.broadcast_to(boards.site[:, None], boards.board.shape)
    of_board[boards.board[boards.board >= 0]] = sites[boards.board >= 0]

    def of_site(sector: Doubles, board: Doubles | float = 0.0) -> Doubles:
        drawn = np.bincount(of_board, np.broadcast_to(board, n_boards), n_sites)
        return np.asarray(np.bincount(boards.site, sector, n_sites) + drawn)

    paid_w = (price_w[:, :, None] * is_awake).sum(axis=1)
    span_h = rules.slot_h * n_slots
    return SitePlan(
        mode=found.mode,
        board_on=on,
        cost_wh=of_site(found.cost_wh - paid_w @ hours, boards.board_w * (on @ hours)),
        bound_wh=of_site(found.bound_wh),
        energy_wh=of_site(
            found.energy_wh - paid_w.sum(axis=1) * rules.slot_h,
            boards.board_w * on.sum(axis=1) * rules.slot_h,
        ),
        all_on_wh=of_site(found.all_on_wh - price_w.sum(axis=1) * span_h, _in_use(boards) * span_h),
        unserved_mbit=of_site(found.unserved_mbit),
        changes=of_site(found.changes.astype(np.float64)).astype(np.int64),
    )


def _in_use(boards: Boards) -> Doubles:
    """Return what boards draw with every layer on; one without layers draws nothing."""
    used = np.isin(np.arange(boards.board_w.size), boards.board)
    return np.where(used, boards.board_w, 0.0)


def _better(best: SitePlan, told: SitePlan, boards: Boards) -> SitePlan:
    """Return for every site the cheaper plan and the higher bound."""
    cheaper = told.cost_wh < best.cost_wh
    sector, board = cheaper[boards.site], np.zeros(boards.board_w.size, dtype=np.bool_)
    sites = np.broadcast_to(sector[:, None], boards.board.shape)
    board[boards.board[boards.board >= 0]] = sites[boards.board >= 0]
    names = ("cost_wh", "energy_wh", "unserved_mbit", "changes")
    return SitePlan(
        mode=np.where(sector[:, None, None], told.mode, best.mode),
        board_on=np.where(board[:, None], told.board_on, best.board_on),
        bound_wh=np.maximum(best.bound_wh, told.bound_wh),
        all_on_wh=best.all_on_wh,
        **{n: np.where(cheaper, getattr(told, n), getattr(best, n)) for n in names},
    )


def _moved(price_w: Doubles, awake_share: Doubles, boards: Boards) -> Doubles:
    """Return prices moved to layers that are awake longer; parts still add up to their boards."""
    raised = price_w * np.exp(2.0 * (awake_share - 1.0))
    before, after = _of_board(price_w, boards), _of_board(raised, boards)
    factor = np.divide(before, after, out=np.ones_like(before), where=after > 0)
    return np.asarray(raised * factor[boards.board])

"""The marginal abatement cost curve: what each further tonne costs, step by step.

A step is what an action adds to those before it: overlaps with them are taken off, and of actions
that exclude one another the next counts as an exchange (its extra cost for its extra tonnes), if it
lies on the convex side of the others at all. So heights times widths add up to the whole cost.

What pays for itself comes first, the greatest gain first: a negative cost per tonne does not rank.

Source: S. Taylor, "The ranking of negative-cost emissions reduction measures", Energy Policy 48
(2012) 430-438, doi:10.1016/j.enpol.2012.05.071.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from commonweal.engines.portfolio.options import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from commonweal.engines.portfolio.options import Floats, Options

_NONE = -1


@dataclass(frozen=True, slots=True)
class Step:
    """One step: an action, the one it replaces (or -1), and what both change together."""

    option: int
    instead_of: int
    cost_cny_a: float
    abated_a: float

    @property
    def cost_per_unit(self) -> float:
        """Its height: the cost of a unit abated."""
        return self.cost_cny_a / self.abated_a


class _Move(NamedTuple):
    option: int
    instead_of: int


def curve(
    options: Options,
    *,
    rate_share: float,
    worth_cny: Mapping[str, float],
    metric: str = "tco2e",
) -> tuple[Step, ...]:
    """Return the steps of the curve in their order, by full years of expected savings.

    A step waits for what it requires, however cheap it is; what abates nothing is no step.

    Args:
        options: What may be done; those fixed to ``NEVER`` are left out.
        rate_share: Discount rate of annuities.
        worth_cny: By metric, what a unit saved is worth.
        metric: What is abated.
    """
    worth = np.zeros(options.n)
    for each, value in worth_cny.items():
        worth = worth + value * options.expected(each)
    cost = options.annuity_cny(rate_share) - worth
    walk = _Walk(
        options, np.stack([options.annuity_cny(rate_share), worth, options.expected(metric)])
    )
    return tuple(walk.steps(list(_moves(options, cost, options.expected(metric)))))


def _moves(options: Options, cost: Floats, abated: Floats) -> Iterator[_Move]:
    """Yield every first step, and every exchange on the convex side of its group."""
    groups: dict[int, list[int]] = {}
    for option in np.flatnonzero((options.fixed != NEVER) & (abated > 0)).tolist():
        group = int(options.exclusive[option])
        groups.setdefault(group if group >= 0 else -1 - option, []).append(option)
    for members in groups.values():
        before = _NONE
        for option in _convex(members, cost, abated):
            yield _Move(option, before)
            before = option


def _convex(members: Sequence[int], cost: Floats, abated: Floats) -> list[int]:
    """Return the members on the convex hull from the one that gains most, or from nothing."""
    base = (0.0, 0.0)
    best = min(members, key=lambda each: (cost[each], -abated[each]))
    found = []
    if cost[best] <= 0:
        found, base = [best], (float(abated[best]), float(cost[best]))
    while ahead := [each for each in members if abated[each] > base[0] + 1e-12]:
        slope = {each: (cost[each] - base[1]) / (abated[each] - base[0]) for each in ahead}
        best = min(ahead, key=lambda each: (slope[each], -abated[each]))
        found.append(best)
        base = (float(abated[best]), float(cost[best]))
    return found


class _Walk:
    """Steps taken so far; those that may come next lie in a heap by rank."""

    def __init__(self, options: Options, told: Floats) -> None:
        self._told = told
        self._taken: set[int] = set()
        self._required: dict[int, set[int]] = {}
        for option, required in options.requires:
            self._required.setdefault(option, set()).add(required)
        self._loses: dict[int, list[tuple[int, float]]] = {}
        self._takes: dict[int, list[tuple[int, float]]] = {}
        for option, under, share in options.overlaps:
            self._loses.setdefault(option, []).append((under, share))
            self._takes.setdefault(under, []).append((option, share))

    def steps(self, moves: list[_Move]) -> Iterator[Step]:
        """Take the best move until none may be taken."""
        heap = [(self._rank(move), move) for move in moves if self._may(move)]
        waiting = [move for move in moves if not self._may(move)]
        heapify(heap)
        while heap:
            _, move = heappop(heap)
            rank = self._rank(move)
            if heap and rank > heap[0][0]:  # what was taken since then left less of it
                heappush(heap, (rank, move))
                continue
            cost, gained = self._change(move)
            if gained <= 0:
                continue
            self._taken -= {move.instead_of}
            self._taken |= {move.option}
            yield Step(*move, cost, gained)
            for each in [each for each in waiting if self._may(each)]:
                waiting.remove(each)
                heappush(heap, (self._rank(each), each))

    def _may(self, move: _Move) -> bool:
        is_next = move.instead_of == _NONE or move.instead_of in self._taken
        return is_next and self._required.get(move.option, set()) <= self._taken

    def _rank(self, move: _Move) -> tuple[int, float]:
        """Return the order of a move: gains by their size, then costs by the unit."""
        cost, gained = self._change(move)
        if gained <= 0:
            return (2, cost)
        return (0, cost) if cost <= 0 else (1, cost / gained)

    def _change(self, move: _Move) -> tuple[float, float]:
        """Return what a move adds to cost and abatement, given what was taken."""
        others = self._taken - {move.instead_of} if self._loses else self._taken
        change = self._net(move.option, others)
        if move.instead_of != _NONE:
            change = change - self._net(move.instead_of, others)
        return float(change[0] - change[1]), float(change[2])

    def _net(self, option: int, others: set[int]) -> Floats:
        """Return charge, worth and abatement that an option adds beside others."""
        left = 1.0 - sum(share for under, share in self._loses.get(option, ()) if under in others)
        net: Floats = self._told[:, option] * np.array([1.0, left, left])
        for loser, share in self._takes.get(option, ()):
            if loser in others:
                net = net - np.array([0.0, 1.0, 1.0]) * share * self._told[:, loser]
        return net

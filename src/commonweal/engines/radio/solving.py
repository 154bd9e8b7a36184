"""Sectors planned and told, in blocks of one shape, by as many threads as are asked for.

Compiled code plans; here it is decided who is planned again, from where, and what is kept.

Axes: sector × layer × slot.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from commonweal.engines.radio.sectors import N_MODES, SleepPlan

if TYPE_CHECKING:
    from collections.abc import Callable

    from commonweal.engines.radio.choices import Choices
    from commonweal.engines.radio.filling import Instance, Order
    from commonweal.engines.radio.sectors import Bools, Doubles, Floats, Modes

_BLOCK: Final = 512  # sectors that a thread takes at a time
_ROUNDING: Final = 2.0**-23  # of a 32-bit sum, for each slot
_SWEEPS: Final = 2  # over a sector's layers where there is a doubt: a third moves next to nothing
_DOUBT: Final = 0.005  # of the cost above the bound: worth another look
_TRIES: Final = 12  # prices of a change
_RAISE: Final = 8.0  # until changes are few enough; halved from then on


class Problem(NamedTuple):
    """What compiled code reads: sectors, and what their layers choose from."""

    given: Instance
    plan: Choices
    bound: Choices
    threads: int


def planned(problem: Problem) -> SleepPlan:
    """Plan sectors, and tell what the plan truly comes to.

    Where modes last although nothing had to, that is the optimum. Elsewhere each layer finds its
    best among the others. Where that leaves a doubt, they look once more, and from another start.
    """
    from commonweal.engines.radio.blocks import relax_sectors  # noqa: PLC0415 - the compiler
    from commonweal.engines.radio.improving import improve_sectors  # noqa: PLC0415

    given, plan, bound, threads = problem
    (n, n_layers), n_slots = given.order.shape, given.lte.shape[1]
    mode, regret = np.zeros((n, n_layers, n_slots), np.int8), np.zeros(n)
    settled = np.ones(n, np.bool_)

    def relax(which: Order) -> None:
        relax_sectors(which, given, plan, bound, mode, regret, settled)

    def improve(which: Order) -> None:
        improve_sectors(which, given, plan, mode, 1)

    if n_slots:
        _by_shape(relax, plan, np.arange(n), threads)
        _by_shape(improve, plan, np.flatnonzero(~settled), threads)
    all_on = _totals(problem, np.zeros_like(mode), np.zeros((n, n_layers), np.int8))
    found = _told(problem, mode, regret, all_on)
    priced_wh = found.cost_wh + given.change * found.changes
    doubt = np.flatnonzero(~settled & (priced_wh - found.bound_wh > _DOUBT * priced_wh))
    if doubt.size:
        _look_again(_some(problem, doubt, given.change[doubt]), found, doubt, all_on[doubt])
    return found


def _look_again(problem: Problem, found: SleepPlan, which: Order, all_on: Doubles) -> None:
    """Plan sectors further, and from the best plan in which configurations last as a whole.

    The cheapest of what was found and of both is kept.
    """
    from commonweal.engines.radio.blocks import plan_sectors  # noqa: PLC0415 - the compiler
    from commonweal.engines.radio.improving import improve_sectors  # noqa: PLC0415

    given, plan, _, threads = problem
    further = found.mode[which]
    whole = np.zeros_like(further)

    def improve(which: Order) -> None:
        improve_sectors(which, given, plan, further, _SWEEPS - 1)

    def start(which: Order) -> None:
        plan_sectors(which, given, plan, whole)
        improve_sectors(which, given, plan, whole, _SWEEPS)

    everyone = np.arange(which.size)
    for each, mode in ((improve, further), (start, whole)):
        _by_shape(each, plan, everyone, threads)
        other = _told(problem, mode, np.zeros(which.size), all_on)
        priced_wh = other.cost_wh + given.change * other.changes
        swap = priced_wh < found.cost_wh[which] + given.change * found.changes[which]
        _swap(found, other, which, swap)


def _swap(found: SleepPlan, other: SleepPlan, which: Order, swap: Bools) -> None:
    """Write another plan of some sectors into ``found`` where ``swap`` says so; not its bound."""
    for name in ("mode", "cost_wh", "energy_wh", "unserved_mbit", "changes"):
        getattr(found, name)[which[swap]] = getattr(other, name)[swap]


def _by_shape(each: Callable[[Order], None], plan: Choices, which: Order, threads: int) -> None:
    """Call ``each`` with sectors of one shape, block by block."""
    from commonweal.engines.radio.compiling import in_threads  # noqa: PLC0415 - the compiler

    digits = (N_MODES + 1) ** np.arange(plan.n_choices.shape[1])
    shape = (plan.n_choices[which] @ digits) * 2 + plan.merged[which]
    order = np.argsort(shape, kind="stable")
    edges = np.flatnonzero(np.diff(shape[order], prepend=-1, append=-1))
    blocks = [
        which[order[a:b]]
        for first, last in pairwise(edges)
        for a, b in pairwise([*range(first, last, _BLOCK), last])
    ]
    in_threads([partial(each, block) for block in blocks], threads)


def _told(problem: Problem, mode: Modes, regret: Doubles, all_on: Doubles) -> SleepPlan:
    """Return the plan as it truly comes to; a bound less what 32 bits may have rounded.

    ``all_on`` is what every layer on comes to, as ``_totals`` has it.
    """
    first = problem.given.first
    if not first.shape[1]:
        first = np.ascontiguousarray(mode[:, :, :1].max(axis=2, initial=0))
    ours = _totals(problem, mode, first)
    rounding = (mode.shape[2] + 8) * _ROUNDING * (np.abs(regret) + all_on[:, 0])
    return SleepPlan(
        mode=mode,
        cost_wh=ours[:, 0],
        bound_wh=all_on[:, 0] + regret - rounding,
        energy_wh=ours[:, 1],
        all_on_wh=all_on[:, 1],
        unserved_mbit=ours[:, 2] * 3600.0,
        changes=ours[:, 3].astype(np.int32),
    )


def _totals(problem: Problem, mode: Modes, first: Modes) -> Doubles:
    """Return cost, energy, unserved demand and changes of each sector, exactly."""
    from commonweal.engines.radio.compiling import in_threads  # noqa: PLC0415 - the compiler
    from commonweal.engines.radio.filling import plan_totals  # noqa: PLC0415

    n = mode.shape[0]
    totals = np.zeros((n, 4))
    edges = pairwise([*range(0, n, _BLOCK), n])
    jobs = [partial(plan_totals, problem.given, mode, first, a, b, totals) for a, b in edges]
    in_threads(jobs, problem.threads)
    return totals


def _some(problem: Problem, which: Order, change_wh: Doubles | Floats) -> Problem:
    """Return the problem of some sectors, whose changes cost more."""
    given, plan, bound, threads = problem
    shared = {"weight", "price_w", "slot_h", "dwell", "lead"}
    held = {name: each[which] for name, each in given._asdict().items() if name not in shared}
    held["change"] = change_wh.astype(np.float32)
    plan_of_some = type(plan)._make(each[which] for each in plan)
    bound_of_some = type(bound)._make(each[which] for each in bound)
    return Problem(given._replace(**held), plan_of_some, bound_of_some, threads)


def with_few_changes(problem: Problem, found: SleepPlan, most: int) -> SleepPlan:
    """Return plans of few changes: a price of changing is raised until they are few enough.

    Any price p gives a bound: the least cost with it, less p for each change that is allowed.
    """
    which = np.flatnonzero(found.changes > most)
    on = np.zeros_like(found.mode)
    first = problem.given.first if problem.given.first.shape[1] else on[:, :, 0]
    stay_wh = _totals(problem, on, first)[:, 0]
    low = np.zeros(which.size)
    high = (np.maximum(stay_wh - found.bound_wh, 1.0) / (most + 1))[which]
    few = np.zeros(which.size, dtype=np.bool_)
    for _ in range(_TRIES):
        price_wh = np.where(few, (low + high) / 2.0, high)
        tried = planned(_some(problem, which, price_wh))
        enough = tried.changes <= most
        low = np.where(enough, low, price_wh)
        high = np.where(enough, price_wh, np.where(few, high, high * _RAISE))
        few |= enough
        excess, before = (
            np.maximum(each - most, 0) for each in (tried.changes, found.changes[which])
        )
        cheaper = (excess == before) & (tried.cost_wh < found.cost_wh[which])
        better = cheaper | (excess < before)
        _swap(found, tried, which, better)
        bound_wh = tried.bound_wh - price_wh * most
        found.bound_wh[which] = np.maximum(found.bound_wh[which], bound_wh)
    return found

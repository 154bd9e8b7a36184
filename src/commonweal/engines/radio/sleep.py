"""Which layers sleep when: the sector programme, solved exactly, with a bound for every sector.

A dynamic programme over configurations (a mode for every layer). Whatever is changed to lasts the
dwell; a layer that wakes draws power at once and serves after its lead, and one that goes to
sleep waits for it. The bound lets every layer change on its own and whenever it likes, which no
rule could make cheaper.

Axes: sector × layer × slot.

Source: min-plus products along the axes of a grid: Felzenszwalb and Huttenlocher (2012), Distance
transforms of sampled functions, doi:10.4086/toc.2012.v008a019.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from commonweal.engines.radio.carrying import asked, columns, merit_order
from commonweal.engines.radio.sectors import N_MODES, SleepPlan
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from commonweal.engines.radio.choices import Choices
    from commonweal.engines.radio.filling import Instance, Order
    from commonweal.engines.radio.sectors import (
        Bools,
        Demand,
        Doubles,
        Floats,
        Layers,
        Modes,
        Rules,
    )

MOST_CONFIGURATIONS: Final = 64
_BLOCK: Final = 512  # sectors that a thread takes at a time
_ROUNDING: Final = 2.0**-23  # of a 32-bit sum, for each slot
_SWEEPS: Final = 2  # over a sector's layers: a third moves next to nothing
_DOUBT: Final = 0.005  # of the cost above the bound: worth another start
_TRIES: Final = 12  # prices of a change
_RAISE: Final = 8.0  # until changes are few enough; halved from then on


class _Problem(NamedTuple):
    """What compiled code reads: sectors, and what their layers choose from."""

    given: Instance
    plan: Choices
    bound: Choices
    threads: int


def plan_sleep(
    layers: Layers,
    demand: Demand,
    rules: Rules,
    *,
    weight: Doubles | None = None,
    awake: Bools | None = None,
    first_mode: Modes | None = None,
    threads: int = 2,
) -> SleepPlan:
    """Return the plan of least cost that keeps the rules, and a bound on any.

    The cost is weighted energy, plus switching, plus the price of what nothing carries. A
    configuration before the first slot may be left at once; every later one lasts ``dwell_slots``
    (``lead_slots`` if those are more) within the plan's span. ``awake`` goes before
    ``most_changes``.

    Args:
        layers: What layers may do, carry and draw.
        demand: What users are expected to ask, Mbit/s.
        rules: What the plan keeps to.
        weight: Price of energy by slot, 1 on average. Shape (slot,).
        awake: These layers are on in these slots. Shape (sector, layer, slot).
        first_mode: Modes before the first slot; free to choose if None. Shape (sector, layer).
        threads: Threads that share the sectors.

    Returns:
        Modes and figures for each sector; the same whatever other sectors are in the call. No plan
        in which each *layer* keeps its modes for the dwell costs less than ``bound_wh``. With
        ``most_changes`` the plan is the best of a search along prices of a change.

    Raises:
        InputError: Shapes do not fit, a deeper mode carries more than one that is on, or a weight
            is negative.
    """
    n_slots = demand.lte_mbit_s.shape[1]
    _check(layers, n_slots, weight, awake, first_mode)
    first = np.zeros((layers.n_sectors, 0)) if first_mode is None else first_mode
    if first_mode is not None:
        first = np.where(layers.present, first_mode, 0)
    held = np.zeros((*layers.present.shape, 0)) if awake is None else awake
    given = _instance(layers, demand, rules)._replace(
        weight=np.ones(n_slots) if weight is None else weight.astype(np.float64),
        awake=np.ascontiguousarray(held, dtype=np.bool_),
        first=np.ascontiguousarray(first, dtype=np.int8),
    )
    problem = _Problem(given, *choices_of(layers), threads)
    found = _planned(problem)
    if rules.most_changes is not None and (found.changes > rules.most_changes).any():
        found = _with_few_changes(problem, found, rules.most_changes)
    return replace(found, bound_wh=np.minimum(found.bound_wh, found.cost_wh))


def choices_of(layers: Layers) -> tuple[Choices, Choices]:
    """Return what layers choose from, in the plan and in the bound.

    Args:
        layers: What layers may do, carry and draw.

    Returns:
        The same twice, unless a sector has more than ``MOST_CONFIGURATIONS``.
    """
    from commonweal.engines.radio.choices import (  # noqa: PLC0415 - the compiler
        Choices,
        list_choices,
        merge_choices,
    )

    _, capacity, base, _, switch = columns(layers)
    two = layers.present.shape
    three = (*two, N_MODES)
    plan = Choices(
        np.zeros(two, np.int8), np.zeros(three, np.int8), np.zeros(three, np.float32),
        np.zeros(three, np.float32), np.zeros(three, np.float32), np.zeros(two[0], np.bool_),
    )  # fmt: skip
    order = merit_order(layers)
    list_choices(order, layers.present, layers.allowed, capacity, base, switch, plan)
    if plan.n_choices.astype(np.int64).prod(axis=1).max(initial=1) <= MOST_CONFIGURATIONS:
        return plan, plan
    bound = Choices._make(each.copy() for each in plan)
    merge_choices(MOST_CONFIGURATIONS, plan, bound)
    return plan, bound


def _check(
    layers: Layers,
    n_slots: int,
    weight: Doubles | None,
    awake: Bools | None,
    first_mode: Modes | None,
) -> None:
    may = layers.allowed & layers.present[..., None]
    if ((layers.capacity_mbit_s > layers.capacity_mbit_s[..., :1]) & may).any():
        raise InputError(
            "a layer carries more in a deeper mode than when it is on",
            hint="check the capacities of its modes",
        )
    wanted = {
        "weight": (weight, (n_slots,)),
        "awake": (awake, (*layers.present.shape, n_slots)),
        "first_mode": (first_mode, layers.present.shape),
    }
    for name, (values, shape) in wanted.items():
        if values is not None and values.shape != shape:
            raise InputError(f"{name} has shape {values.shape}, layers and demand ask for {shape}")
    if weight is not None and not (np.isfinite(weight) & (weight >= 0)).all():
        raise InputError(f"weight holds {weight.min()}", hint="give finite weights from 0 on")
    if first_mode is not None and not ((first_mode >= 0) & (first_mode < N_MODES)).all():
        raise InputError(f"first_mode holds {first_mode.min()} to {first_mode.max()}, not 0 to 3")


def _instance(layers: Layers, demand: Demand, rules: Rules) -> Instance:
    """Gather what compiled code reads; nothing is weighted, awake or given before."""
    from commonweal.engines.radio.filling import Instance  # noqa: PLC0415 - the compiler

    n, n_layers = layers.present.shape
    n_slots = demand.lte_mbit_s.shape[1]
    lasting = max(rules.dwell_slots, rules.lead_slots)
    return Instance(
        merit_order(layers), *columns(layers), *asked(layers, demand),
        awake=np.zeros((n, n_layers, 0), np.bool_), first=np.zeros((n, 0), np.int8),
        change=np.zeros(n, np.float32), weight=np.ones(n_slots),
        price_w=rules.unserved_w_per_mbit_s, slot_h=rules.slot_h,
        dwell=max(1, min(lasting, n_slots)), lead=rules.lead_slots,
    )  # fmt: skip


def _planned(problem: _Problem) -> SleepPlan:
    """Plan sectors, and tell what the plan truly comes to.

    Where modes last although nothing had to, that is the optimum. Elsewhere each layer finds its
    best among the others. Where that leaves a doubt, it is done again from the best plan in
    which configurations last as a whole, and the cheaper of both is kept.
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
        improve_sectors(which, given, plan, mode, _SWEEPS)

    if n_slots:
        _by_shape(relax, plan, np.arange(n), threads)
        _by_shape(improve, plan, np.flatnonzero(~settled), threads)
    found = _told(problem, mode, regret)
    priced_wh = found.cost_wh + given.change * found.changes
    doubt = np.flatnonzero(~settled & (priced_wh - found.bound_wh > _DOUBT * priced_wh))
    if doubt.size:
        change_wh = given.change[doubt]
        other = _again(_some(problem, doubt, change_wh))
        swap = other.cost_wh + change_wh * other.changes < priced_wh[doubt]
        _swap(found, other, doubt, swap)
    return found


def _again(problem: _Problem) -> SleepPlan:
    """Plan sectors from another start; the bound is not asked for again."""
    from commonweal.engines.radio.blocks import plan_sectors  # noqa: PLC0415 - the compiler
    from commonweal.engines.radio.improving import improve_sectors  # noqa: PLC0415

    given, plan, _, threads = problem
    mode = np.zeros((*given.order.shape, given.lte.shape[1]), np.int8)

    def start(which: Order) -> None:
        plan_sectors(which, given, plan, mode)
        improve_sectors(which, given, plan, mode, _SWEEPS)

    _by_shape(start, plan, np.arange(len(mode)), threads)
    return _told(problem, mode, np.zeros(len(mode)))


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


def _told(problem: _Problem, mode: Modes, regret: Doubles) -> SleepPlan:
    """Return the plan as it truly comes to; a bound less what 32 bits may have rounded."""
    first = problem.given.first
    if not first.shape[1]:
        first = np.ascontiguousarray(mode[:, :, :1].max(axis=2, initial=0))
    ours = _totals(problem, mode, first)
    all_on = _totals(problem, np.zeros_like(mode), np.zeros_like(first))
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


def _totals(problem: _Problem, mode: Modes, first: Modes) -> Doubles:
    """Return cost, energy, unserved demand and changes of each sector, exactly."""
    from commonweal.engines.radio.compiling import in_threads  # noqa: PLC0415 - the compiler
    from commonweal.engines.radio.filling import plan_totals  # noqa: PLC0415

    n = mode.shape[0]
    totals = np.zeros((n, 4))
    edges = pairwise([*range(0, n, _BLOCK), n])
    jobs = [partial(plan_totals, problem.given, mode, first, a, b, totals) for a, b in edges]
    in_threads(jobs, problem.threads)
    return totals


def _some(problem: _Problem, which: Order, change_wh: Doubles | Floats) -> _Problem:
    """Return the problem of some sectors, whose changes cost more."""
    given, plan, bound, threads = problem
    shared = {"weight", "price_w", "slot_h", "dwell", "lead"}
    held = {name: each[which] for name, each in given._asdict().items() if name not in shared}
    held["change"] = change_wh.astype(np.float32)
    plan_of_some = type(plan)._make(each[which] for each in plan)
    bound_of_some = type(bound)._make(each[which] for each in bound)
    return _Problem(given._replace(**held), plan_of_some, bound_of_some, threads)


def _with_few_changes(problem: _Problem, found: SleepPlan, most: int) -> SleepPlan:
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
        tried = _planned(_some(problem, which, price_wh))
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

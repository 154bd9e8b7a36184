"""The sector programme as an integer programme, solved by HiGHS: the referee of sleep plans.

Each *layer* keeps its modes for the dwell, which a plan of whole configurations does too: so the
optimum lies between a plan's bound and its cost. Slow, and therefore for samples.

Columns of layer × mode × slot: in this mode, entering it, leaving it. Then traffic of layer × slot,
unserved demand and changes of each slot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import highspy
import numpy as np

from commonweal.engines.radio.sectors import N_MODES, Mode
from commonweal.engines.radio.sleep import plan_sleep
from commonweal.errors import InputError, StateError

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

_GAP: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Optimum:
    """What the solver found for one sector.

    Attributes:
        mode: Shape (layer, slot).
        cost_wh: Cost of the best plan found.
        bound_wh: The solver's own proof: no plan costs less.
        seconds: Time it took.
    """

    mode: Modes
    cost_wh: float
    bound_wh: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Audit:
    """Plans against the referee, sector by sector.

    Attributes:
        sector: Which sectors were solved. Shape (sample,), as all below.
        cost_wh: Cost of our plan.
        bound_wh: Our bound.
        exact_wh: Cost of the best plan that the referee found.
        exact_bound_wh: The referee's bound.
        seconds: What it took the referee.
    """

    sector: NDArray[np.int64]
    cost_wh: Doubles
    bound_wh: Doubles
    exact_wh: Doubles
    exact_bound_wh: Doubles
    seconds: Doubles

    @property
    def gap_share(self) -> Doubles:
        """How much more our plan costs than the referee's."""
        return (self.cost_wh - self.exact_wh) / np.maximum(self.exact_wh, 1e-9)


class _Rows:
    """Rows of an integer programme, gathered entry by entry."""

    def __init__(self) -> None:
        self.index: list[int] = []
        self.value: list[float] = []
        self.start: list[int] = [0]
        self.low: list[float] = []
        self.high: list[float] = []

    def add(self, low: float, high: float, *entries: tuple[int, float]) -> None:
        """Add ``low <= sum of column times value <= high``."""
        for column, value in entries:
            if value:
                self.index.append(int(column))
                self.value.append(float(value))
        self.start.append(len(self.index))
        self.low.append(low)
        self.high.append(high)


def optimum(
    layers: Layers,
    demand: Demand,
    rules: Rules,
    *,
    weight: Doubles | None = None,
    awake: Bools | None = None,
    first_mode: Modes | None = None,
    limit_s: float = 60.0,
    presolve: bool = True,
) -> Optimum:
    """Return the optimum of one sector.

    Args:
        layers: One sector.
        demand: What is asked of it.
        rules: What plans keep to.
        weight: As of ``plan_sleep``; so are the next two.
        awake: Layers that are on.
        first_mode: Modes before the first slot.
        limit_s: When the solver gives up and tells what it has.
        presolve: Quicker, but HiGHS 1.14 was seen to cut the optimum off so, in small programmes.

    Raises:
        InputError: There is not one sector.
        StateError: The solver found nothing in time.
    """
    if layers.n_sectors != 1:
        raise InputError(f"{layers.n_sectors} sectors", hint="solve one at a time")
    model = _Model(layers, demand, rules, weight, awake, first_mode)
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)  # noqa: FBT003 - the solver's own call
    highs.setOptionValue("time_limit", limit_s)
    highs.setOptionValue("mip_rel_gap", _GAP)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("presolve", "on" if presolve else "off")
    highs.passModel(model.lp())
    highs.run()
    info = highs.getInfo()
    if info.primal_solution_status != int(highspy.SolutionStatus.kSolutionStatusFeasible):
        raise StateError(
            f"no plan found in {limit_s} s: {highs.getModelStatus().name}", hint="allow more time"
        )
    values = np.array(highs.getSolution().col_value)
    chosen = values[model.within]
    return Optimum(
        mode=chosen.argmax(axis=1).astype(np.int8),
        cost_wh=float(info.objective_function_value),
        bound_wh=float(info.mip_dual_bound),
        seconds=float(highs.getRunTime()),
    )


class _Model:
    """Columns, costs and rows of one sector."""

    def __init__(  # noqa: PLR0917 - those of optimum
        self,
        layers: Layers,
        demand: Demand,
        rules: Rules,
        weight: Doubles | None,
        awake: Bools | None,
        first_mode: Modes | None,
    ) -> None:
        self.layers, self.rules = layers, rules
        self.n_layers, self.n_slots = layers.present.shape[1], demand.lte_mbit_s.shape[1]
        self.lte = demand.lte_mbit_s[0].astype(np.float64)
        self.both = demand.nr_mbit_s[0].astype(np.float64)
        self.awake = None if awake is None else awake[0]
        self.first = None if first_mode is None else first_mode[0]
        shape = (self.n_layers, N_MODES, self.n_slots)
        size = int(np.prod(shape))
        self.within, self.entered, self.left = (
            np.arange(size).reshape(shape) + size * each for each in range(3)
        )
        flows = self.n_layers * self.n_slots
        self.traffic = 3 * size + np.arange(flows).reshape(self.n_layers, self.n_slots)
        self.unserved = 3 * size + flows + np.arange(self.n_slots)
        self.changed = self.unserved + self.n_slots
        self.n_columns = int(self.changed[-1]) + 1
        self.weight_h = (np.ones(self.n_slots) if weight is None else weight) * rules.slot_h
        self.rows = _Rows()

    def lp(self) -> highspy.HighsLp:
        """Return the programme."""
        lp = highspy.HighsLp()
        lp.num_col_, lp.col_cost_ = self.n_columns, self._costs()
        lp.col_lower_, lp.col_upper_ = self._limits()
        whole = np.full(self.n_columns, highspy.HighsVarType.kContinuous)
        whole[self.within] = highspy.HighsVarType.kInteger
        lp.integrality_ = whole.tolist()
        self._carry()
        self._change()
        rows = self.rows
        lp.num_row_, lp.row_lower_, lp.row_upper_ = len(rows.low), rows.low, rows.high
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_, lp.a_matrix_.index_ = rows.start, rows.index
        lp.a_matrix_.value_ = rows.value
        return lp

    def _costs(self) -> Doubles:
        costs = np.zeros(self.n_columns)
        present = self.layers.present[0]
        base = self.layers.base_w[0].astype(np.float64) * present[:, None]
        switch = self.layers.switch_wh[0].astype(np.float64) * present[:, None]
        slope = self.layers.slope_w_per_mbit_s[0].astype(np.float64)
        costs[self.within] = base[:, :, None] * self.weight_h
        costs[self.entered] = costs[self.left] = switch[:, :, None]
        costs[self.traffic] = slope[:, None] * self.weight_h
        costs[self.unserved] = self.rules.unserved_w_per_mbit_s * self.rules.slot_h
        return costs

    def _limits(self) -> tuple[Doubles, Doubles]:
        low, high = np.zeros(self.n_columns), np.ones(self.n_columns)
        may = self.layers.allowed[0] & self.layers.present[0][:, None]
        may[:, Mode.ON] = True
        high[self.within] = may[:, :, None]
        if self.awake is not None:
            high[self.within[:, Mode.RF_OFF :]] *= ~self.awake[:, None, :]
        high[self.traffic] = high[self.unserved] = np.inf
        lasting = min(self.rules.dwell_slots, self.n_slots)
        high[self.entered[:, :, self.n_slots - lasting + 1 :]] = 0.0
        if self.first is None:
            high[self.entered[:, :, 0]] = high[self.left[:, :, 0]] = 0.0
        return low, high

    def _carry(self) -> None:
        """Layers carry what their modes since the lead allow; demand is carried or unserved."""
        capacity = self.layers.capacity_mbit_s[0].astype(np.float64)
        capacity = capacity * self.layers.present[0][:, None]
        nr = self.layers.is_nr[0]
        for t in range(self.n_slots):
            total = self.lte[t] + self.both[t]
            parts = [(column, 1.0) for column in self.traffic[:, t]]
            self.rows.add(total, total, *parts, (self.unserved[t], 1.0))
            if nr.any():
                self.rows.add(-np.inf, self.both[t], *((c, 1.0) for c in self.traffic[nr, t]))
            for i in range(self.n_layers):
                for since in range(t - self.rules.lead_slots, t + 1):
                    if since >= 0:
                        allowed = [
                            (self.within[i, m, since], -capacity[i, m]) for m in range(N_MODES)
                        ]
                        self.rows.add(-np.inf, 0.0, (self.traffic[i, t], 1.0), *allowed)
                    elif self.first is not None:
                        most = capacity[i, self.first[i]]
                        self.rows.add(-np.inf, most, (self.traffic[i, t], 1.0))

    def _change(self) -> None:
        """One mode at a time; what is entered lasts; changes of the sector are counted."""
        lasting = min(self.rules.dwell_slots, self.n_slots)
        for i in range(self.n_layers):
            for t in range(self.n_slots):
                self.rows.add(1.0, 1.0, *((column, 1.0) for column in self.within[i, :, t]))
                for m in range(N_MODES):
                    self._enter(i, m, t)
                    recent = self.entered[i, m, max(0, t - lasting + 1) : t + 1]
                    last = ((self.within[i, m, t], -1.0),)
                    self.rows.add(-np.inf, 0.0, *((column, 1.0) for column in recent), *last)
                    change = (self.entered[i, m, t], 1.0), (self.changed[t], -1.0)
                    if self.rules.most_changes is not None:
                        self.rows.add(-np.inf, 0.0, *change)
        if self.rules.most_changes is not None:
            columns = ((column, 1.0) for column in self.changed)
            self.rows.add(-np.inf, float(self.rules.most_changes), *columns)

    def _enter(self, i: int, m: int, t: int) -> None:
        """What a layer is in less what it was in is what it entered less what it left."""
        both = (self.within[i, m, t], 1.0), (self.entered[i, m, t], -1.0), (self.left[i, m, t], 1.0)
        if t:
            self.rows.add(0.0, 0.0, *both, (self.within[i, m, t - 1], -1.0))
        elif self.first is not None:
            was = float(self.first[i] == m)
            self.rows.add(was, was, *both)


def audit(
    layers: Layers,
    demand: Demand,
    rules: Rules,
    *,
    sample: NDArray[np.int64],
    plan: SleepPlan | None = None,
    limit_s: float = 60.0,
) -> Audit:
    """Return how plans of some sectors fare against the referee.

    Args:
        layers: The sectors.
        demand: What is asked of them.
        rules: What plans keep to.
        sample: Numbers of the sectors to solve; the caller draws them.
        plan: Plans of all sectors, made with nothing but ``rules``; made here if None.
        limit_s: Time for each sector.

    Raises:
        StateError: The solver found nothing in time for a sector.
    """
    if plan is None:
        ours = plan_sleep(layers[sample], demand[sample], rules)
        cost_wh, bound_wh = ours.cost_wh, ours.bound_wh
    else:
        cost_wh, bound_wh = plan.cost_wh[sample], plan.bound_wh[sample]
    exact = []
    for at, ours_wh in zip(sample.tolist(), cost_wh.tolist(), strict=True):
        one = slice(at, at + 1)
        found = optimum(layers[one], demand[one], rules, limit_s=limit_s)
        if found.bound_wh > ours_wh * (1.0 + _GAP):  # our plan disproves the solver's proof
            found = optimum(layers[one], demand[one], rules, limit_s=limit_s, presolve=False)
        exact.append(found)
    return Audit(
        sector=sample,
        cost_wh=cost_wh,
        bound_wh=bound_wh,
        exact_wh=np.array([each.cost_wh for each in exact]),
        exact_bound_wh=np.array([each.bound_wh for each in exact]),
        seconds=np.array([each.seconds for each in exact]),
    )

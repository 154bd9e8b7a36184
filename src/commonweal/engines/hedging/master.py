"""The linear programme of cuts, in HiGHS, warm from round to round."""

from __future__ import annotations

from typing import TYPE_CHECKING

import highspy
import numpy as np

from commonweal.errors import StateError

if TYPE_CHECKING:
    from commonweal.engines.hedging.instance import Floats


class Master:
    """Least ``θ`` over purchases within limits and budget, above every cut so far.

    Purchases enter as shares of their limits and costs in a unit of their own size, so that the
    solver's tolerances mean the same for a shop and for a nation.
    """

    def __init__(self, prices_cny: Floats, most_t: Floats, budget_cny: float) -> None:
        """Begin with limits and budget alone."""
        self._most_t = np.where(most_t > 0, most_t, 1.0)
        self._unit_cny = max(float(prices_cny @ most_t), 1.0)
        self._highs = highspy.Highs()
        self._highs.setOptionValue("output_flag", False)  # noqa: FBT003 - the solver's own call
        self._highs.setOptionValue("primal_feasibility_tolerance", 1e-10)
        self._highs.setOptionValue("dual_feasibility_tolerance", 1e-10)
        self._n = len(most_t)
        self._columns = np.arange(self._n + 1, dtype=np.int32)
        for share in (most_t > 0).astype(float):
            self._highs.addVar(0.0, float(share))
        self._highs.addVar(-highspy.kHighsInf, highspy.kHighsInf)
        self._highs.changeColCost(self._n, 1.0)
        if np.isfinite(budget_cny):
            row = prices_cny * self._most_t / self._unit_cny
            self._row(-highspy.kHighsInf, budget_cny / self._unit_cny, np.append(row, 0.0))

    def cut(self, cost_cny: float, slope: Floats, bought_t: Floats) -> None:
        """Add that the cost lies above its tangent at ``bought_t``."""
        least_cny = cost_cny - float(slope @ bought_t)
        row = -slope * self._most_t / self._unit_cny
        self._row(least_cny / self._unit_cny, highspy.kHighsInf, np.append(row, 1.0))

    def solve(self) -> tuple[Floats, float]:
        """Return the purchases of least cost by the cuts so far, t, and that cost, CNY.

        Raises:
            StateError: The solver gave up, which a bounded programme gives no cause for.
        """
        self._highs.run()
        status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise StateError(f"the solver of the plan stopped: {status.name}")
        values = np.array(self._highs.getSolution().col_value)
        bought_t = np.clip(values[: self._n], 0, 1) * self._most_t
        return bought_t, float(values[self._n]) * self._unit_cny

    def _row(self, low: float, high: float, values: Floats) -> None:
        self._highs.addRow(low, high, self._n + 1, self._columns, values)

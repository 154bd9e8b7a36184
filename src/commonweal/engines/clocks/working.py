"""Working time: the open intervals of a calendar and their cumulative function W(t).

W(t) is the open time from the start of the horizon to t. It is continuous and never falls, so time
worked between two instants is a difference, and a due instant is its inverse.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from commonweal.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Instants = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class WorkingTime:
    """Open intervals ``[opens_at, closes_at)`` in order and disjoint, within a horizon.

    Args:
        opens_at: Microseconds UTC; shape interval.
        closes_at: Microseconds UTC; shape interval.
        first_at: Start of the horizon: what is open before it is not known.
        last_at: End of the horizon; an instant equal to it is still inside.

    Raises:
        InputError: Intervals are empty, overlap, are out of order or leave the horizon.
    """

    opens_at: Instants
    closes_at: Instants
    first_at: int
    last_at: int

    def __post_init__(self) -> None:
        """Refuse intervals that are no calendar."""
        edges = np.stack([self.opens_at, self.closes_at], axis=1).ravel()
        steps = np.diff(edges)
        if np.any(steps[::2] <= 0) or np.any(steps[1::2] < 0):
            raise InputError("open intervals are empty, overlap or are out of order")
        if edges.size and (edges[0] < self.first_at or edges[-1] > self.last_at):
            raise InputError("open intervals leave the horizon of the calendar")

    @cached_property
    def _worked(self) -> Instants:
        """W at each opening, and at the end; shape interval + 1."""
        return np.concatenate([[0], np.cumsum(self.closes_at - self.opens_at)]).astype(np.int64)

    def cumulative(self, at: Instants) -> Instants:
        """Return W(t) in microseconds; the shape of ``at``.

        Raises:
            InputError: An instant lies outside the horizon.
        """
        self._inside(at)
        n_opened = np.searchsorted(self.opens_at, at, side="right")
        if not self.opens_at.size:
            return np.zeros(np.shape(at), np.int64)
        last = np.maximum(n_opened - 1, 0)
        within = np.minimum(at, self.closes_at[last]) - self.opens_at[last]
        return np.where(n_opened > 0, self._worked[last] + within, 0).astype(np.int64)

    def elapsed(self, starts_at: Instants, ends_at: Instants) -> Instants:
        """Return W(end) less W(start) in microseconds; negative where an end precedes its start."""
        return self.cumulative(ends_at) - self.cumulative(starts_at)

    def due(self, starts_at: Instants, budget_us: int | Instants) -> Instants:
        """Return the earliest instant at which the budget is used up.

        Intervals count as closed: what ends with a working period is due at its end, not when the
        next one opens. A budget of nothing is due at once.

        Raises:
            InputError: A budget is negative, or is not used up within the horizon.
        """
        budgets = np.asarray(budget_us, np.int64)
        if np.any(budgets < 0):
            raise InputError(f"budget {int(budgets.min())} µs is negative")
        target = self.cumulative(starts_at) + budgets
        if np.any((target > self._worked[-1]) & (budgets > 0)):
            raise InputError(
                f"a budget of {int(budgets.max())} µs is not used up by the calendar's end",
                hint="ask for a calendar that reaches further",
            )
        if not self.opens_at.size:
            return np.array(starts_at, np.int64)
        which = np.searchsorted(self._worked[1:], target, side="left")
        which = np.minimum(which, self.opens_at.size - 1)
        due_at = self.opens_at[which] + target - self._worked[which]
        return np.where(budgets > 0, due_at, starts_at).astype(np.int64)

    def _inside(self, at: Instants) -> None:
        outside = (at < self.first_at) | (at > self.last_at)
        if np.any(outside):
            raise InputError(
                f"instant {int(np.asarray(at)[outside].flat[0])} µs is outside the calendar's "
                f"horizon {self.first_at} to {self.last_at}",
                hint="ask for a calendar that covers it",
            )

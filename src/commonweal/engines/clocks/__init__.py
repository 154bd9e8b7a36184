"""Service clocks as interval algebra: working time, running intervals, totals, due instants.

Instants are int64 microseconds since 1970 in UTC. Totals are recomputed from events, never stored.
"""

from commonweal.engines.clocks.running import ClockTotals, Intervals, clock_totals, running
from commonweal.engines.clocks.working import WorkingTime

__all__ = ["ClockTotals", "Intervals", "WorkingTime", "clock_totals", "running"]

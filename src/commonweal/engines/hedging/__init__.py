"""What to buy now for obligations whose size and later prices are uncertain.

A two-stage plan with recourse that minimises ``(1-λ)·mean + λ·CVaR`` of the whole cost. Axes:
``s`` scenario, ``d`` obligation (one market and year), in this order; tonnes, CNY per tonne, CNY.
"""

from commonweal.engines.hedging.instance import Instance
from commonweal.engines.hedging.planning import Plan, foresight_cny, frontier, plan
from commonweal.engines.hedging.recourse import tail
from commonweal.engines.hedging.scenarios import Outlook, instance_of

__all__ = [
    "Instance",
    "Outlook",
    "Plan",
    "foresight_cny",
    "frontier",
    "instance_of",
    "plan",
    "tail",
]

"""Which actions to start in which year, so that targets are met within budgets at the least cost.

Axes: ``n`` option, ``y`` year of the horizon, in this order. Savings are told by metric (``kwh``,
``tco2e``, ``cny``, or any other), money in CNY; what lies ahead is discounted from year ends.
"""

from commonweal.engines.portfolio.chance import Chance, chance
from commonweal.engines.portfolio.choosing import Plan, choose
from commonweal.engines.portfolio.curve import Step, curve
from commonweal.engines.portfolio.greedy import greedy
from commonweal.engines.portfolio.needs import need_of_intensity, need_of_total
from commonweal.engines.portfolio.options import NEVER, OPEN, Options, Overlap, Question, options
from commonweal.engines.portfolio.result import Result, result

__all__ = [
    "NEVER",
    "OPEN",
    "Chance",
    "Options",
    "Overlap",
    "Plan",
    "Question",
    "Result",
    "Step",
    "chance",
    "choose",
    "curve",
    "greedy",
    "need_of_intensity",
    "need_of_total",
    "options",
    "result",
]

"""Indicators, carriers and factors as dated definitions with sources; their reader and compiler.

``catalogue()`` is everything, compiled once; ``load(overlay)`` compiles another operator's.
"""

from commonweal.catalogue.calendars import Calendar, days_after
from commonweal.catalogue.carriers import Carrier, Place
from commonweal.catalogue.factors import FactorChoice, FactorRow, FactorTable, MissingFactorError
from commonweal.catalogue.indicators import (
    Activity,
    Example,
    Formula,
    FormulaInput,
    Indicator,
    Records,
    Submission,
)
from commonweal.catalogue.loading import Catalogue, Domain, catalogue, load
from commonweal.catalogue.quality_rules import QualityRule
from commonweal.catalogue.steps import step_words
from commonweal.catalogue.wording import RuleWords, rule_words

__all__ = [
    "Activity",
    "Calendar",
    "Carrier",
    "Catalogue",
    "Domain",
    "Example",
    "FactorChoice",
    "FactorRow",
    "FactorTable",
    "Formula",
    "FormulaInput",
    "Indicator",
    "MissingFactorError",
    "Place",
    "QualityRule",
    "Records",
    "RuleWords",
    "Submission",
    "catalogue",
    "days_after",
    "load",
    "rule_words",
    "step_words",
]

"""Measures as a cost curve: what each abates, what a tonne of it costs, and the cheapest set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from commonweal.domains.carbon.dual_control.house import costs_rule
from commonweal.domains.carbon.dual_control.models import Measure
from commonweal.engines.abatement import Choice, cheapest, yearly_cost_cny

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from commonweal.kernel.accounts.scopes import Scope

AHEAD: Final = ("idea", "approved")
"""States of measures that may still be chosen."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measure with its yearly cost; ``cost_cny_t`` is its marginal abatement cost."""

    measure: Measure
    cost_cny_a: float
    cost_cny_t: float
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Measures the cheapest per tonne first, and which of them meet a need."""

    rows: tuple[Row, ...]
    need_tco2e_a: float
    choice: Choice


def portfolio(scope: Scope, *, day: date, need_tco2e_a: float) -> Portfolio:
    """Return the measures not yet done that may be read, and the cheapest of them for a need.

    Args:
        scope: Who asks.
        day: The day whose rate and price hold.
        need_tco2e_a: What is to be abated a year.
    """
    rows = scope.visible(Measure.objects.filter(state__in=AHEAD, abatement_tco2e_a__gt=0))
    measures: Sequence[Measure] = list(rows.select_related("node").order_by("code"))
    costs = [cost_of(each, day) for each in measures]
    abated = [float(each.abatement_tco2e_a) for each in measures]
    choice = cheapest(costs, abated, need_tco2e_a)
    found = [
        Row(each, cost, cost / tonnes, at in choice.chosen)
        for at, (each, cost, tonnes) in enumerate(zip(measures, costs, abated, strict=True))
    ]
    ordered = sorted(found, key=lambda row: row.cost_cny_t)
    return Portfolio(tuple(ordered), need_tco2e_a, choice)


def cost_of(measure: Measure, day: date) -> float:
    """Return what a measure costs a year by the rule of a day, less what it saves."""
    rule = costs_rule(day)
    return yearly_cost_cny(
        capex_cny=float(measure.capex_cny),
        opex_cny_a=float(measure.opex_cny_a),
        saving_kwh_a=float(measure.saving_kwh_a),
        life_years=measure.life_years,
        rate_share=rule.discount_rate_share,
        price_cny_kwh=rule.price_cny_kwh,
    )

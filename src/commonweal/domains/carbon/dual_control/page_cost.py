"""The page of measures: the cost curve, and the cheapest set that meets what is needed."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from commonweal.domains.carbon.dual_control import pictures
from commonweal.domains.carbon.dual_control.portfolio import portfolio
from commonweal.domains.carbon.dual_control.standing import standings
from commonweal.errors import InputError
from commonweal.kernel.disclosure.known import (
    latest_instant,
    node_get,
    node_name,
)
from commonweal.kernel.disclosure.wording import (
    language_of,
    number_text,
)
from commonweal.kernel.facts.selectors import fact_series
from commonweal.kernel.programmes.pages import Asked, record_address
from commonweal.kernel.targets.selectors import target_years
from commonweal.periods import PeriodKind, business_date

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


from commonweal.domains.carbon.dual_control.naming import (
    language_now,
    target_name,
    targets_followed,
)


def cost(asked: Asked) -> Mapping[str, Any]:
    """Return the cost curve of measures not yet done, and the cheapest set for what is needed."""
    language, day = language_now(), business_date(asked.now)
    need, source = _need(asked, language)
    found = portfolio(asked.scope, day=day, need_tco2e_a=need)
    reached, rows = 0.0, []
    for row in found.rows:
        reached += float(row.measure.abatement_tco2e_a)
        rows.append(
            {
                "address": record_address(row.measure),
                "title": row.measure.title,
                "node": node_name(row.measure.node, language),
                "saving": number_text(row.measure.saving_kwh_a / 1000, 0),
                "abatement": number_text(row.measure.abatement_tco2e_a, 0),
                "capex": number_text(row.measure.capex_cny, 0),
                "cost": number_text(Decimal(repr(row.cost_cny_t)), 0),
                "reached": number_text(Decimal(repr(reached)), 0),
                "is_chosen": row.is_chosen,
            }
        )
    choice = found.choice
    return {
        "chart": pictures.cost_picture(found) if rows else None,
        "rows": rows,
        "need": number_text(Decimal(repr(need)), 0),
        "asked": asked.values.get("need", ""),
        "source": source,
        "abated": number_text(Decimal(repr(choice.abated_tco2e_a)), 0),
        "cost": number_text(Decimal(repr(choice.cost_cny_a)), 0),
        "is_met": choice.is_met,
        "n_chosen": len(choice.chosen),
    }


def _need(asked: Asked, language: str) -> tuple[float, str]:
    """Return what is asked for in the address, or what a total's outlook lacks to its path."""
    written = asked.values.get("need", "").strip()
    if written:
        try:
            need = Decimal(written)
        except InvalidOperation:
            raise InputError(f"{written!r} is no number of tonnes") from None
        if not 0 <= need < 10**12:
            raise InputError(f"{written!r} is no number of tonnes")
        return float(need), ""
    for target in targets_followed():
        if target.indicator != "energy_use":
            continue
        year, as_of = target_years(target)[1].start_date.year, latest_instant()
        whole = node_get(target.node)
        row = standings(target, [whole], year=year, as_of=as_of)[0]
        if row.outlook.high is None or row.path is None or not row.base:
            continue
        rate = _emissions_per_tce(whole.code, target.boundary, as_of)
        if rate is not None:
            return max(0.0, row.outlook.high - row.path) * rate, target_name(
                target, language_of(language)
            )
    return 0.0, ""


def _emissions_per_tce(node: str, boundary: str, as_of: datetime) -> float | None:
    """Return what a tonne of standard coal emits, by the latest year with both facts."""
    energy, carbon = (
        {
            fact.start_date: float(fact.value)
            for fact in fact_series(
                indicator=each, node=node, boundary=boundary, kind=PeriodKind.YEAR, as_of=as_of
            )
            if fact.value
        }
        for each in ("energy_use", "ghg_total_location")
    )
    last = max(energy.keys() & carbon.keys(), default=None)
    return None if last is None else carbon[last] / energy[last]

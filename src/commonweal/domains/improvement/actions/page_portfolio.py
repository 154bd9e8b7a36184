"""The page of a portfolio: what was chosen, what it gives year by year, and what-if."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from commonweal.domains.improvement.actions.asking import Answer, answer, ask_of, compared
from commonweal.domains.improvement.actions.models import Portfolio
from commonweal.domains.improvement.actions.telling import drawn, language_now, number_asked, text
from commonweal.kernel.disclosure.known import node_name
from commonweal.kernel.disclosure.pictures import Series, plain
from commonweal.kernel.disclosure.wording import unit_text
from commonweal.kernel.programmes.pages import Asked, record_address
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.values import named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonweal.kernel.disclosure.tree import Chart

_ORDER = ("approved", "proposed", "draft")
_CHANGES = {
    "target": ("target_tco2e_a", 1e9),
    "budget": ("budget_cny_a", 1e12),
    "carbon": ("carbon_cny_t", 1e5),
    "rate": ("rate_share", 100.0),
}


def portfolio(asked: Asked) -> Mapping[str, Any]:
    """Return one portfolio, chosen again from the actions as they are now, and a changed one."""
    seen = asked.scope.visible(Portfolio.objects.filter(state__in=_ORDER))
    rows = sorted(seen, key=lambda each: (_ORDER.index(each.state), -each.opened_at.timestamp()))
    if not rows:
        return {"portfolios": []}
    wanted = asked.values.get("of", "")
    one = next((each for each in rows if each.code == wanted), rows[0])
    told = {name: number_asked(asked, name, most=most) for name, (_, most) in _CHANGES.items()}
    changes = {_CHANGES[name][0]: value for name, value in told.items()}
    if changes["rate_share"] is not None:
        changes["rate_share"] /= 100
    ask = ask_of(one)
    changes = {k: v for k, v in changes.items() if v is not None and v != getattr(ask, k)}
    base, shown = compared(ask, changes, scope=asked.scope) if changes else (None, None)
    found = shown or answer(ask, scope=asked.scope)
    state = record_type("actions.portfolio").spec.state(one.state)
    return {
        "portfolios": [(each.code, each.title) for each in rows],
        "of": one.code,
        "title": one.title,
        "address": record_address(one),
        "state": named(state.name),
        "asked": {name: asked.values.get(name, "") for name in _CHANGES},
        "given": {
            "target": text(ask.target_tco2e_a),
            "budget": text(ask.budget_cny_a),
            "carbon": text(ask.carbon_cny_t),
            "rate": text(ask.rate_share, 1, 0.01),
        },
        "target_code": ask.target,
        "figures": list(_figures(found)),
        "beside": None if base is None else list(_beside(base, found)),
        "changed": None if base is None else _exchanged(base, found),
        "is_met": found.plan.result.is_met,
        "lacking": list(_lacking(found)),
        "years": list(_years(found)),
        "charts": [_need_chart(found), _money_chart(found)],
        "rows": list(_chosen(found)),
        "n_open": sum(each.state == "assessed" for each in found.actions),
    }


def _figures(found: Answer) -> Iterator[tuple[str, str, str]]:
    result = found.plan.result
    last = found.ask.years[-1]
    yield _("Actions chosen"), str(len(found.chosen)), ""
    if result.cost_cny < 0:
        yield _("Net gain, present value"), text(-result.cost_cny, 2, 1e6), _("million CNY")
    else:
        yield _("Net cost, present value"), text(result.cost_cny, 2, 1e6), _("million CNY")
    capex = sum(float(action.capex_cny) for action, _year in found.chosen)
    yield _("Investment"), text(capex, 2, 1e6), _("million CNY")
    saved = _("Abatement in %(year)d") % {"year": last}
    yield saved, text(float(result.saved["tco2e"][-1])), unit_text("tco2e", language_now())
    every = [float(row[-1]) for row in found.chance.by_year.values()]
    if every:
        yield _("Chance to meet %(year)d") % {"year": last}, text(min(every), 0, 0.01), "%"
    yield _("Above the least possible cost, at most"), text(found.plan.gap_cny, 0), "CNY"


def _beside(base: Answer, found: Answer) -> Iterator[tuple[str, str, str]]:
    """Yield what differs between the portfolio and the changed one, side by side."""
    two = zip(_figures(base), _figures(found), strict=False)
    for (name, before, unit), (other, after, _unit) in two:
        words = name if name == other else f"{name} / {other}"
        yield f"{words} ({unit})" if unit else words, before, after


def _exchanged(base: Answer, found: Answer) -> dict[str, list[str]]:
    before, after = ({action.title for action, _ in each.chosen} for each in (base, found))
    return {"added": sorted(after - before), "dropped": sorted(before - after)}


def _lacking(found: Answer) -> Iterator[str]:
    """Yield in words what cannot be met, when, and by how much."""
    language = language_now()
    for metric, row in found.plan.result.shortfall.items():
        years = [year for year, short in zip(found.ask.years, row, strict=True) if short > 0]
        if years:
            yield _("%(years)s: up to %(short)s %(unit)s a year of %(need)s are lacking.") % {
                "years": f"{years[0]}–{years[-1]}" if len(years) > 1 else str(years[0]),
                "short": text(float(row.max())),
                "unit": unit_text(metric, language),
                "need": text(float(found.need[metric].max())),
            }


def _years(found: Answer) -> Iterator[dict[str, Any]]:
    """Yield each year: needed, saved, spent, how likely, and what one more would cost."""
    plan, question = found.plan, found.ask.question()
    tonnes = found.need.get("tco2e")
    chances = found.chance.by_year.get("tco2e")
    prices = plan.need_price_cny.get("tco2e")
    for at, year in enumerate(found.ask.years):
        saved = float(plan.result.saved["tco2e"][at])
        worth = float(question.discount[at])
        yield {
            "year": year,
            "n": sum(start == year for _, start in found.chosen),
            "need": text(None if tonnes is None else float(tonnes[at])),
            "saved": text(saved),
            "kwh": text(float(plan.result.saved["kwh"][at]), 0, 1e3),
            "is_short": tonnes is not None and saved < float(tonnes[at]) * (1 - 1e-6),
            "spend": text(float(plan.result.spend_cny[at]), 2, 1e6),
            "chance": text(None if chances is None else float(chances[at]), 0, 0.01),
            "price": text(None if prices is None else float(prices[at]) / worth),
            "budget_price": text(float(plan.budget_price_cny[at]) / worth, 2),
        }


def _need_chart(found: Answer) -> Chart:
    saved, need = found.plan.result.saved["tco2e"], found.need.get("tco2e")
    series = [Series(_("Expected abatement"), tuple(drawn(float(each)) for each in saved))]
    if need is not None:
        needed = tuple(drawn(float(each)) for each in need)
        series.append(Series(_("Needed"), needed, is_reference=True))
    unit = unit_text("tco2e", language_now())
    return _lines(found, series, chart_id="need", title=_("Abatement by year"), unit=unit)


def _money_chart(found: Answer) -> Chart:
    spend = tuple(drawn(float(each), 2, 1e6) for each in found.plan.result.spend_cny)
    budget = tuple(drawn(found.ask.budget_cny_a, 2, 1e6) for _ in found.ask.years)
    series = [Series(_("Spending"), spend), Series(_("Budget"), budget, is_reference=True)]
    return _lines(
        found,
        series,
        chart_id="money",
        title=_("Money by year"),
        unit=_("million CNY"),
        decimals=2,
    )


def _lines(
    found: Answer, series: list[Series], *, chart_id: str, title: str, unit: str, decimals: int = 0
) -> Chart:
    return plain(
        chart_id,
        form="line",
        title=title,
        unit=unit,
        decimals=decimals,
        categories=[str(year) for year in found.ask.years],
        series=series,
        language=language_now(),
    )


def _chosen(found: Answer) -> Iterator[dict[str, Any]]:
    language, kinds = language_now(), record_type("actions.action").spec.fields["kind"].choices
    for action, year in found.chosen:
        yield {
            "year": year,
            "title": action.title,
            "address": record_address(action),
            "kind": named(kinds[action.kind]),
            "node": node_name(action.node, language),
            "capex": text(action.capex_cny, 2, 1e6),
            "kwh": text(action.saving_kwh_a, 0, 1e3),
            "tonnes": text(action.abatement_tco2e_a),
            "sure": text(action.confidence_share, 0, 0.01),
        }

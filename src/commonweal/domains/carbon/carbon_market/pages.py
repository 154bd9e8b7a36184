"""Position and plan as pages: what is due and held, what it cost, what is best bought now."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commonweal.domains.carbon.carbon_market.holding import ALLOWANCE, CREDIT, Asset
from commonweal.domains.carbon.carbon_market.markets import markets, rules_of
from commonweal.domains.carbon.carbon_market.models import Trade
from commonweal.domains.carbon.carbon_market.pictures import (
    cost_and_price,
    due_and_held,
    mean_and_tail,
)
from commonweal.domains.carbon.carbon_market.planning import Views, efficient, market_plan
from commonweal.domains.carbon.carbon_market.position import costed, positions
from commonweal.errors import InputError
from commonweal.kernel.disclosure.known import node_name
from commonweal.kernel.disclosure.wording import language_of
from commonweal.kernel.programmes.pages import record_address
from commonweal.kernel.programmes.values import named
from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from commonweal.domains.carbon.carbon_market.planning import MarketPlan
    from commonweal.domains.carbon.carbon_market.position import Position
    from commonweal.kernel.programmes.pages import Asked

_TRADES: Final = 50
_WEIGHTS: Final = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_VIEWS: Final = {
    "risk_weight": Decimal("0.5"),
    "volatility": Decimal("0.3"),
    "emissions_sd": Decimal("0.05"),
}
_CLOSED: Final = frozenset({"surrendered", "closed"})


def position(asked: Asked) -> Mapping[str, Any]:
    """Return positions, holdings with their cost, trades and rules, at the end of the period."""
    day = _day(asked)
    found = positions(scope=asked.scope, day=day, year=day.year)
    prices_cny = _prices(asked, found)
    trades = _trades(asked, day)
    return {
        "day": day,
        "positions": [_row(each) for each in found],
        "holdings": _holdings(found, day, prices_cny),
        "asks": _asks(found, prices_cny),
        "credit_price": prices_cny.get(CREDIT),
        "trades": [(each, record_address(each), _what(each)) for each in trades[:_TRADES]],
        "charts": [due_and_held(found, _language()), *cost_and_price(trades, _language())],
        "rules": _rules(found),
    }


def plan(asked: Asked) -> Mapping[str, Any]:
    """Return the plan of the open obligations with its frontier; every view of prices is shown."""
    day = _day(asked)
    found = positions(scope=asked.scope, day=day, year=day.year)
    still_open = [each for each in found if each.obligation.state not in _CLOSED]
    prices_cny = _prices(asked, still_open)
    views = {name: _view(asked, name) for name in _VIEWS}
    told: dict[str, Any] = {
        "day": day,
        "asks": _asks(still_open, prices_cny),
        "credit_price": prices_cny.get(CREDIT),
        **views,
    }
    missing = [name for name, _text, price in told["asks"] if price is None]
    if missing or not still_open:
        return {**told, "missing": missing}
    credit_cny = prices_cny.get(CREDIT)
    made = market_plan(
        scope=asked.scope,
        day=day,
        year=day.year,
        views=Views(
            prices_cny={name: float(cny) for name, cny in prices_cny.items() if name != CREDIT},
            credit_price_cny=None if credit_cny is None else float(credit_cny),
            volatility=float(views["volatility"]),
            emissions_sd_share=float(views["emissions_sd"]),
        ),
        risk_weight=float(views["risk_weight"]),
    )
    return {**told, "plan": _plan_told(made), "charts": [_frontier(made)]}


def _day(asked: Asked) -> date:
    """Return the last day of the period, or today if that is still to come."""
    return min(asked.period.end_date - timedelta(days=1), business_date(asked.now))


def _language() -> str:
    return get_language() or "en"


def _number(asked: Asked, name: str) -> Decimal | None:
    written = asked.values.get(name, "").strip()
    if not written:
        return None
    try:
        value = Decimal(written)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value <= 100_000:  # noqa: PLR2004 - CNY/t beyond reason
        raise InputError(_("%(value)r is no number from 0 to 100,000") % {"value": written})
    return value


def _view(asked: Asked, name: str) -> Decimal:
    value = _number(asked, name)
    return _VIEWS[name] if value is None else value


def _prices(asked: Asked, found: list[Position]) -> dict[str, Decimal]:
    """Return prices by market, and of credits: what was asked for, or our own last trade's."""
    prices: dict[str, Decimal] = {}
    day = _day(asked)
    trades = asked.scope.visible(Trade.objects.filter(state="settled", trade_date__lte=day))
    for name in {each.obligation.market for each in found} | {CREDIT}:
        own = trades.filter(kind=CREDIT if name == CREDIT else ALLOWANCE)
        own = own if name == CREDIT else own.filter(market=name)
        last = own.order_by("-trade_date", "-pk").values_list("price_cny", flat=True).first()
        given = _number(asked, f"price_{name}")
        if (price := last if given is None else given) is not None:
            prices[name] = price
    return prices


def _asks(
    found: list[Position], prices_cny: Mapping[str, Decimal]
) -> list[tuple[str, str, Decimal | None]]:
    names = sorted({each.obligation.market for each in found})
    return [(name, named(markets()[name].name), prices_cny.get(name)) for name in names]


def _row(each: Position) -> dict[str, Any]:
    due = each.obligation
    return {
        "position": each,
        "market": named(markets()[due.market].name),
        "unit": node_name(due.node, language_of(_language())),
        "address": record_address(due),
        "emissions_t": None if each.expected is None else round(each.expected.mean_t),
        "is_done": due.state in _CLOSED,
        "is_late": each.n_days_left is not None and each.n_days_left < 0,
        "over_t": None if each.short_t is None or each.short_t > 0 else -each.short_t,
    }


def _holdings(
    found: list[Position], day: date, prices_cny: Mapping[str, Decimal]
) -> list[dict[str, Any]]:
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for each in found:
        node, market = each.obligation.node.code, each.obligation.market
        unit = node_name(each.obligation.node, language_of(_language()))
        known = {ALLOWANCE: prices_cny.get(market), CREDIT: prices_cny.get(CREDIT)}
        given = {kind: price for kind, price in known.items() if price is not None}
        for held in costed(node=node, market=market, day=day, prices_cny=given):
            name = held.asset.names.get(_language(), held.asset.code)
            rows[node, held.asset.code] = {"held": held, "name": name, "unit": unit}
    return [rows[key] for key in sorted(rows)]


def _trades(asked: Asked, day: date) -> list[Trade]:
    known = asked.scope.visible(Trade.objects.filter(state="settled", trade_date__lte=day))
    return list(known.select_related("node").order_by("-trade_date", "-pk"))


def _what(trade: Trade) -> str:
    market = trade.market if trade.kind == ALLOWANCE else ""
    asset = Asset(trade.vintage, trade.kind, market)
    return asset.names.get(_language(), asset.code)


def _rules(found: list[Position]) -> list[tuple[str, list[Any]]]:
    pairs = sorted({(each.obligation.market, each.obligation.year) for each in found})
    told = []
    for market, year in pairs:
        rows = [each for each in rules_of(market, year).values() if each.status != "house"]
        told.append((f"{named(markets()[market].name)} {year}", rows))
    return told


def _plan_told(made: MarketPlan) -> dict[str, Any]:
    found = made.plan
    amounts = {
        name: Decimal(round(getattr(found, name)))
        for name in ("spent_cny", "mean_cny", "cvar_cny", "objective_cny", "bound_cny")
    }
    return {
        **amounts,
        "foresight_cny": Decimal(round(made.foresight_cny)),
        "gap_percent": f"{max(found.gap_share, 1e-6):.4%}",
        "n_scenarios": len(found.costs_cny),
        "tail_percent": f"{1 - found.alpha:.0%}",
        "rows": [
            (_row(each), allowances, credits_) for each, allowances, credits_ in made.purchases
        ],
    }


def _frontier(made: MarketPlan) -> Any:  # noqa: ANN401 - a chart of the kernel
    return mean_and_tail(efficient(made, _WEIGHTS), _language())

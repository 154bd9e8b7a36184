"""The pictures of the pages: due and held, cost and price, mean and tail."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from commonweal.domains.carbon.carbon_market.holding import ALLOWANCE
from commonweal.domains.carbon.carbon_market.markets import markets
from commonweal.kernel.disclosure.pictures import Series, plain
from commonweal.kernel.programmes.values import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.domains.carbon.carbon_market.models import Trade
    from commonweal.domains.carbon.carbon_market.position import Position
    from commonweal.engines.hedging import Plan
    from commonweal.kernel.disclosure.tree import Chart

_CENT = Decimal("0.01")
_MYRIAD = Decimal(10_000)


def due_and_held(found: Sequence[Position], language: str) -> Chart:
    """Return what each obligation still needs beside what is held for it."""
    shown = [each for each in found if each.due_t is not None]
    names = [
        f"{each.obligation.year} {named(markets()[each.obligation.market].name)}" for each in shown
    ]
    columns = (
        (_("still due"), [each.due_t for each in shown]),
        (_("allowances held"), [each.allowances_t for each in shown]),
        (_("credits that count"), [min(e.credits_t, e.credits_left_t or 0) for e in shown]),
    )
    series = [
        Series(name, tuple(Decimal(value or 0) for value in values)) for name, values in columns
    ]
    return plain(
        "due-held",
        form="bar",
        title=_("Due and held"),
        unit="t",
        decimals=0,
        categories=names,
        series=series,
        language=language,
    )


def cost_and_price(trades: Sequence[Trade], language: str) -> list[Chart]:
    """Return for each market what was paid a tonne, month by month, beside its average so far."""
    by_market: dict[str, list[Trade]] = defaultdict(list)
    for each in sorted(trades, key=lambda row: str(row.trade_date)):
        if each.kind == ALLOWANCE and each.side == "buy":
            by_market[each.market].append(each)
    return [_prices(market, rows, language) for market, rows in sorted(by_market.items())]


def _prices(market: str, rows: Sequence[Trade], language: str) -> Chart:
    months: dict[str, tuple[int, Decimal]] = {}
    for row in rows:
        tonnes, cny = months.get(f"{row.trade_date:%Y-%m}", (0, Decimal(0)))
        months[f"{row.trade_date:%Y-%m}"] = (
            tonnes + row.amount_t,
            cny + row.amount_t * (row.price_cny or 0),
        )
    paid, average, tonnes, cny = [], [], 0, Decimal(0)
    for month_t, month_cny in months.values():
        tonnes, cny = tonnes + month_t, cny + month_cny
        paid.append((month_cny / month_t).quantize(_CENT))
        average.append((cny / tonnes).quantize(_CENT))
    series = [
        Series(_("paid in the month"), tuple(paid)),
        Series(_("average paid so far"), tuple(average), is_reference=True),
    ]
    return plain(
        f"price-{market}",
        form="line",
        title=_("%(market)s: own purchases of allowances")
        % {"market": named(markets()[market].name)},
        unit=_("CNY/t"),
        decimals=2,
        categories=list(months),
        series=series,
        language=language,
    )


def mean_and_tail(plans: Sequence[Plan], language: str) -> Chart:
    """Return the efficient frontier: with the weight of the tail the mean rises, CVaR falls."""
    rows = (
        (_("mean cost"), [each.mean_cny for each in plans]),
        (_("CVaR: mean of the dearest cases"), [each.cvar_cny for each in plans]),
        (_("spent now"), [each.spent_cny for each in plans]),
    )
    series = [
        Series(name, tuple((Decimal(value) / _MYRIAD).quantize(_CENT) for value in values))
        for name, values in rows
    ]
    return plain(
        "frontier",
        form="line",
        title=_("Efficient frontier by weight of the tail"),
        unit=_("10,000 CNY"),
        decimals=2,
        categories=[f"λ {each.risk_weight:.1f}" for each in plans],
        series=series,
        language=language,
    )

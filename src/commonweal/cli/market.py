"""``commonweal market``: rules, position and plan of the carbon market."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from commonweal.cli.common import AsJson, actor, clock, plain_errors, print_json, stdout
from commonweal.errors import InputError
from commonweal.kernel.accounts.scopes import owner_scope
from commonweal.periods import business_date

if TYPE_CHECKING:
    from commonweal.domains.carbon.carbon_market.planning import MarketPlan
    from commonweal.domains.carbon.carbon_market.position import Holding, Position

app = typer.Typer(no_args_is_help=True, help="The carbon market: its rules, position, plan.")

Year = Annotated[int, typer.Option(help="Year of the emissions.")]
Market = Annotated[str, typer.Option(help="Only this market, as beijing.")]
Node = Annotated[str, typer.Option(help="Only the obligations of this node.")]
At = Annotated[str, typer.Option(help="As of the end of this day; today if empty.")]
Prices = Annotated[
    list[str] | None, typer.Option("--price", help="Price of an allowance, CNY/t: beijing=95.")
]
CreditPrice = Annotated[
    float | None, typer.Option(help="Price of a credit, CNY/t; without it none are counted on.")
]


@app.command()
def rules(market: Annotated[str, typer.Option()], year: Year, *, as_json: AsJson = False) -> None:
    """List what is known of a market's rules for a year, how surely, and from where.

    [bold]Example:[/bold] commonweal market rules --market beijing --year 2024
    """
    from commonweal.domains.carbon.carbon_market.markets import (  # noqa: PLC0415 - quick --help
        market_get,
        rules_of,
    )

    with plain_errors():
        market_get(market)
        found = rules_of(market, year)
        if as_json:
            print_json({"rules": [each.model_dump(mode="json") for each in found.values()]})
            return
        table = Table("rule", "value", "status", "source")
        for each in found.values():
            value = "not known" if each.value is None else str(each.value)
            table.add_row(each.rule, value, each.status, each.source)
        stdout.print(table)


@app.command()
def position(
    year: Year,
    *,
    market: Market = "",
    node: Node = "",
    at: At = "",
    price: Prices = None,
    credit_price: CreditPrice = None,
    cost: Annotated[str, typer.Option(help="moving_average or fifo; the rule's if empty.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show what is due, held and short, what the holding cost, and its worth at your price.

    [bold]Example:[/bold] commonweal market position --year 2024 --market beijing --price beijing=95
    """
    from commonweal.domains.carbon.carbon_market.holding import CREDIT  # noqa: PLC0415
    from commonweal.domains.carbon.carbon_market.position import (  # noqa: PLC0415
        costed,
        positions,
    )

    with plain_errors():
        day, prices = _day(at), _prices(price)
        scope = owner_scope(actor())
        found = positions(scope=scope, day=day, year=year, market=market, node=node)
        holdings = []
        for code, name in {(p.obligation.node.code, p.obligation.market): None for p in found}:
            given = {"allowance": prices.get(name), CREDIT: credit_price}
            known = {kind: Decimal(str(cny)) for kind, cny in given.items() if cny is not None}
            holdings += costed(node=code, market=name, day=day, method=cost, prices_cny=known)
        if as_json:
            told = {"day": day, "positions": [_told(each) for each in found]}
            print_json({**told, "holdings": [_held(each) for each in holdings]})
            return
        _positions_show(found)
        _holdings_show(holdings)


@app.command()
def plan(  # noqa: PLR0913 - a question to the planner has these parts
    year: Year,
    *,
    market: Annotated[list[str] | None, typer.Option(help="Only this; may be repeated.")] = None,
    node: Node = "",
    at: At = "",
    price: Prices = None,
    credit_price: CreditPrice = None,
    risk_weight: Annotated[
        float, typer.Option(help="λ: 0 looks at the mean, 1 at the tail.")
    ] = 0.5,
    alpha: Annotated[float, typer.Option(help="The tail is the dearest 1 - alpha.")] = 0.95,
    volatility: Annotated[float, typer.Option(help="Of prices over a year.")] = 0.3,
    drift: Annotated[float, typer.Option(help="Expected growth of prices a year.")] = 0.03,
    emissions_sd: Annotated[
        float | None, typer.Option(help="Deviation of emissions not verified, a share.")
    ] = None,
    correlation: Annotated[float, typer.Option(help="Of emissions with prices.")] = 0.2,
    budget: Annotated[float | None, typer.Option(help="Most that may be spent now, CNY.")] = None,
    scenarios: Annotated[int, typer.Option(min=1, max=200_000, help="How many are drawn.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed, the same scenarios.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Say what to buy now, with emissions and later prices uncertain; prices are your own views.

    [bold]Example:[/bold] commonweal market plan --year 2024 --market beijing --price beijing=95
    --credit-price 70 --risk-weight 0.5
    """
    from commonweal.domains.carbon.carbon_market.planning import (  # noqa: PLC0415 - quick --help
        Views,
        market_plan,
    )

    with plain_errors():
        views = Views(
            prices_cny=_prices(price),
            credit_price_cny=credit_price,
            drift=drift,
            volatility=volatility,
            emissions_sd_share=emissions_sd,
            correlation=correlation,
        )
        found = market_plan(
            scope=owner_scope(actor()),
            day=_day(at),
            year=year,
            views=views,
            markets=market or (),
            node=node,
            risk_weight=risk_weight,
            alpha=alpha,
            n_scenarios=scenarios,
            seed=seed,
            budget_cny=float("inf") if budget is None else budget,
        )
        if as_json:
            print_json(_plan_told(found))
            return
        _plan_show(found)


def _day(at: str) -> date:
    try:
        return date.fromisoformat(at) if at else business_date(clock())
    except ValueError as fault:
        raise InputError(f"{at!r} is no day", hint="write 2024-12-31") from fault


def _prices(given: list[str] | None) -> dict[str, float]:
    from commonweal.domains.carbon.carbon_market.markets import market_get  # noqa: PLC0415

    found = {}
    for each in given or ():
        market, _, price = each.partition("=")
        market_get(market)
        try:
            value = Decimal(price)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or value < 0:
            raise InputError(f"{each!r} is no price", hint="write beijing=95.5")
        found[market] = float(value)
    return found


def _told(each: Position) -> dict[str, Any]:
    due = each.obligation
    return {
        "obligation": due.code,
        "node": due.node.code,
        "market": due.market,
        "year": due.year,
        "state": due.state,
        "emissions_t": each.expected and round(each.expected.mean_t, 3),
        "emissions_sd_t": each.expected and round(each.expected.sd_t, 3),
        "emissions_source": each.expected and each.expected.source,
        "n_months": each.expected and each.expected.n_months,
        "due_t": each.due_t,
        "surrendered_t": each.surrendered_t,
        "allowances_t": each.allowances_t,
        "credits_t": each.credits_t,
        "credits_left_t": each.credits_left_t,
        "short_t": each.short_t,
        "due_date": due.due_date,
        "n_days_left": each.n_days_left,
    }


def _held(each: Holding) -> dict[str, Any]:
    return {
        "node": each.node,
        "asset": each.asset.code,
        "tonnes": each.cost.tonnes,
        "cost_cny": each.cost.left_cny,
        "cost_cny_per_t": each.cost.per_t_cny,
        "price_cny": each.price_cny,
        "value_cny": each.value_cny,
        "gain_cny": each.gain_cny,
    }


def _plan_told(found: MarketPlan) -> dict[str, Any]:
    plan = found.plan
    return {
        "buy": [
            {"obligation": each.obligation.code, "allowances_t": allowances, "credits_t": credits_}
            for each, allowances, credits_ in found.purchases
        ],
        "risk_weight": plan.risk_weight,
        "alpha": plan.alpha,
        "n_scenarios": len(plan.costs_cny),
        "spent_cny": round(plan.spent_cny, 2),
        "mean_cny": round(plan.mean_cny, 2),
        "cvar_cny": round(plan.cvar_cny, 2),
        "objective_cny": round(plan.objective_cny, 2),
        "bound_cny": round(plan.bound_cny, 2),
        "gap_share": plan.gap_share,
        "foresight_cny": round(found.foresight_cny, 2),
    }


def _positions_show(found: list[Position]) -> None:
    table = Table("obligation", "node", "due t", "allowances", "credits", "short", "until", "days")
    for each in found:
        due = each.obligation
        amounts = (each.due_t, each.allowances_t, each.credits_t, each.short_t)
        last = (str(due.due_date or "not known"), _whole(each.n_days_left))
        name = f"{due.code} {due.market} {due.year} {due.state}"
        table.add_row(name, due.node.code, *map(_whole, amounts), *last)
    stdout.print(table)


def _holdings_show(found: list[Holding]) -> None:
    table = Table("node", "asset", "t", "cost CNY", "CNY/t", "worth CNY", "gain CNY")
    for each in found:
        amounts = (each.cost.left_cny, each.cost.per_t_cny, each.value_cny, each.gain_cny)
        shown = ["–" if amount is None else f"{amount:,.2f}" for amount in amounts]
        table.add_row(each.node, each.asset.code, f"{each.cost.tonnes:,}", *shown)
    stdout.print(table)


def _plan_show(found: MarketPlan) -> None:
    plan = found.plan
    table = Table("obligation", "node", "market", "buy allowances t", "buy credits t")
    for each, allowances, credits_ in found.purchases:
        due = each.obligation
        table.add_row(due.code, due.node.code, due.market, f"{allowances:,}", f"{credits_:,}")
    stdout.print(table)
    stdout.print(
        f"spend {plan.spent_cny:,.0f} CNY now; whole cost {plan.mean_cny:,.0f} CNY on average,"
        f" {plan.cvar_cny:,.0f} CNY in the dearest {1 - plan.alpha:.0%}"
    )
    stdout.print(
        f"{len(plan.costs_cny):,} scenarios, objective within {plan.gap_share:.1e} of the best;"
        f" with perfect foresight {found.foresight_cny:,.0f} CNY on average"
    )


def _whole(amount: int | None) -> str:
    return "not known" if amount is None else f"{amount:,}"

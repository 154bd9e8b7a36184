"""Where a node stands in a market: due, held, short or over, at what cost, until when."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from commonweal.domains.carbon.carbon_market.forecast import Expected, expected, whole_tonnes
from commonweal.domains.carbon.carbon_market.holding import CREDIT, Asset, account, holdings
from commonweal.domains.carbon.carbon_market.markets import UnknownRuleError, word
from commonweal.domains.carbon.carbon_market.models import (
    Allocation,
    Obligation,
    Surrender,
    Trade,
)
from commonweal.domains.carbon.carbon_market.rules import (
    credit_cap_t,
    latest_vintage,
    surrendered_t,
)
from commonweal.engines.costing import Cost, Flow, cost_of
from commonweal.kernel.ledger.selectors import transfers_into
from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from commonweal.kernel.accounts.scopes import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One obligation on a day.

    Attributes:
        obligation: Which.
        day: As of the end of this day.
        expected: Its emissions; None where nothing is known.
        due_t: Emissions as the market counts them, less what was surrendered; None if unknown.
        allowances_t: Allowances held that count for it; of what a later year could use, no more
            than is due.
        credits_t: Credits held for it, by the same rule.
        credits_left_t: How many of them still count; None where the market's rule is not known.
        short_t: Short (positive) or over (negative); None where what is due is not known.
        n_days_left: Days until the deadline, negative after it; None where it is not known.
    """

    obligation: Obligation
    day: date
    expected: Expected | None
    due_t: int | None
    surrendered_t: int
    allowances_t: int
    credits_t: int
    credits_left_t: int | None
    short_t: int | None
    n_days_left: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One asset of a node: tonnes, what they cost, and their worth at a price that was given."""

    node: str
    asset: Asset
    cost: Cost
    price_cny: Decimal | None

    @property
    def value_cny(self) -> Decimal | None:
        """Worth at the price; None where none was given."""
        return None if self.price_cny is None else self.price_cny * self.cost.tonnes

    @property
    def gain_cny(self) -> Decimal | None:
        """Worth less cost, not realised."""
        return None if self.value_cny is None else self.value_cny - self.cost.left_cny


def positions(
    *, scope: Scope, day: date, year: int, market: str = "", node: str = ""
) -> list[Position]:
    """Return the positions of a year's obligations, and of earlier ones that are still open.

    Older years are served first from what is held.
    """
    found = scope.visible(Obligation.objects.filter(year__lte=year)).select_related("node")
    if market:
        found = found.filter(market=market)
    if node:
        found = found.filter(node__code=node)
    groups: dict[str, list[Obligation]] = {}
    for each in found.exclude(state="merged").order_by("node__code", "year", "market", "code"):
        groups.setdefault(each.node.code, []).append(each)
    told = [each for group in groups.values() for each in _in_turn(group, day)]
    return [
        each
        for each in told
        if each.obligation.year == year or each.obligation.state not in {"surrendered", "closed"}
    ]


def _in_turn(obligations: list[Obligation], day: date) -> Iterator[Position]:
    """Yield the positions of a node; what an earlier one does not need is left to the next."""
    left: dict[Asset, int] = {}
    for market in {each.market for each in obligations}:
        left |= holdings(obligations[0].node.code, market=market, day=day)
    for place, each in enumerate(obligations, start=1):
        later = {other.market for other in obligations[place:]}
        yield _position(each, day, left, later)


def _position(
    obligation: Obligation, day: date, left: dict[Asset, int], later: set[str]
) -> Position:
    """Return one position and take from what is left: all that no later one could use."""
    market, year = obligation.market, obligation.year
    known = expected(obligation, day=day)
    done_t = surrendered_t(obligation, until=day)
    emissions_t = None if known is None else whole_tonnes(known.mean_t, market=market, year=year)
    due_t = None if emissions_t is None else max(emissions_t - done_t, 0)
    newest = _newest(market, year)
    usable = [a for a in left if a.market == market and a.vintage <= newest]
    allowances_t = _take(left, usable, due_t or 0 if market in later else None)
    credits_left_t = None if emissions_t is None else _credits_left(obligation, emissions_t, day)
    needed_t = min(max((due_t or 0) - allowances_t, 0), credits_left_t or 0)
    credits_t = _take(left, [a for a in left if a.kind == CREDIT], needed_t if later else None)
    counted_t = min(credits_t, credits_left_t or 0)
    return Position(
        obligation=obligation,
        day=day,
        expected=known,
        due_t=due_t,
        surrendered_t=done_t,
        allowances_t=allowances_t,
        credits_t=credits_t,
        credits_left_t=credits_left_t,
        short_t=None if due_t is None else due_t - allowances_t - counted_t,
        n_days_left=(obligation.due_date - day).days if obligation.due_date else None,
    )


def _newest(market: str, year: int) -> int:
    try:
        return latest_vintage(market, year)
    except UnknownRuleError:
        return year  # not counting on borrowing is the safe side of not knowing


def _credits_left(obligation: Obligation, emissions_t: int, day: date) -> int | None:
    try:
        cap_t = credit_cap_t(obligation, emissions_t)
    except UnknownRuleError:
        return None
    return max(cap_t - surrendered_t(obligation, kind=CREDIT, until=day), 0)


def _take(left: dict[Asset, int], assets: Iterable[Asset], tonnes: int | None) -> int:
    """Take at most so many tonnes, the oldest first (None: all), and return how many."""
    taken_t = 0
    for asset in sorted(assets):
        taken = left[asset] if tonnes is None else min(left[asset], tonnes - taken_t)
        left[asset] -= taken
        taken_t += taken
    return taken_t


def costed(
    *,
    node: str,
    market: str,
    day: date,
    method: str = "",
    prices_cny: Mapping[str, Decimal] | None = None,
) -> list[Holding]:
    """Return what a node holds of a market's allowances and of credits, with its cost.

    Args:
        node: Code of the node.
        market: Id of the market.
        day: As of the end of this day.
        method: Cost basis; what the market's rules say if empty.
        prices_cny: Price of an allowance and of a credit, by kind.
    """
    prices = prices_cny or {}
    found = []
    for asset, tonnes in holdings(node, market=market, day=day).items():
        basis = method or word(market, "cost_basis", day.year)
        flows = flows_of(node=node, asset=asset, day=day)
        cost = cost_of((flow for _day, flow in flows), basis)
        assert cost.tonnes == tonnes, f"{asset.code}: {cost.tonnes} t of records, {tonnes} t held"  # noqa: S101
        price_cny = prices.get(asset.kind)
        found.append(Holding(node=node, asset=asset, cost=cost, price_cny=price_cny))
    return found


def flows_of(*, node: str, asset: Asset, day: date) -> list[tuple[date, Flow]]:
    """Return what came and went of an asset up to a day, in the order of days."""
    found: list[tuple[date, int, Flow]] = []
    if asset.kind != CREDIT:
        given = Allocation.objects.filter(
            state="issued",
            obligation__market=asset.market,
            obligation__year=asset.vintage,
            node__code=node,
        )
        for row in given.filter(issued_date__lte=day):
            flow = Flow(row.amount_t, row.amount_t * row.price_cny)
            found.append((row.issued_date, 0, flow))  # type: ignore[arg-type] # filtered
    of_asset = {"kind": asset.kind, "vintage": asset.vintage, "node__code": node}
    trades = Trade.objects.filter(state="settled", trade_date__lte=day, **of_asset)
    spent = Surrender.objects.filter(state="surrendered", surrendered_date__lte=day, **of_asset)
    if asset.market:
        trades = trades.filter(market=asset.market)
        spent = spent.filter(obligation__market=asset.market)
    for trade in trades:
        is_buy = trade.side == "buy"
        flow = (
            Flow(trade.amount_t, trade.cost_cny or Decimal(0)) if is_buy else Flow(-trade.amount_t)
        )
        found.append((trade.trade_date, 1 if is_buy else 2, flow))  # type: ignore[arg-type]
    found += [(row.surrendered_date, 3, Flow(-row.amount_t)) for row in spent]  # type: ignore[misc]
    for moved in transfers_into(account(node, asset, "lapsed")):
        found.append((business_date(moved.occurred_at), 4, Flow(-moved.amount)))
    found.sort(key=lambda row: row[:2])
    return [(on, flow) for on, _order, flow in found]

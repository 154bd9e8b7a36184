"""What may be traded and surrendered, and what that does to the ledger."""

from __future__ import annotations

from decimal import ROUND_FLOOR
from typing import TYPE_CHECKING

from django.db.models import Sum
from django.utils.translation import gettext as _

from commonweal.domains.carbon.carbon_market.holding import (
    ALLOWANCE,
    CREDIT,
    Asset,
    Move,
    held_since,
    holdings,
    moves_post,
)
from commonweal.domains.carbon.carbon_market.markets import number, word
from commonweal.domains.carbon.carbon_market.models import Surrender
from commonweal.kernel.programmes.services.refusals import RefusedError
from commonweal.kernel.records.locks import log_lock
from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from commonweal.domains.carbon.carbon_market.models import Allocation, Obligation, Trade
    from commonweal.kernel.programmes.services import Context


def surrendered_t(obligation: Obligation, *, kind: str = "", until: date | None = None) -> int:
    """Return what was surrendered for an obligation, of one kind or of both, up to a day."""
    found = obligation.surrenders.filter(state="surrendered")
    if kind:
        found = found.filter(kind=kind)
    if until is not None:
        found = found.filter(surrendered_date__lte=until)
    return found.aggregate(amount=Sum("amount_t"))["amount"] or 0


def allocated_t(obligation: Obligation) -> int:
    """Return what was allocated for an obligation."""
    found = obligation.allocations.filter(state="issued")
    return found.aggregate(amount=Sum("amount_t"))["amount"] or 0


def credit_cap_t(obligation: Obligation, emissions_t: int) -> int:
    """Return the most credits that count for an obligation, whole tonnes.

    Raises:
        UnknownRuleError: Share or basis of this market and year is not known.
    """
    share = number(obligation.market, "credit_cap_share", obligation.year)
    basis = word(obligation.market, "credit_cap_basis", obligation.year)
    allocated = 0 if basis == "emissions" else allocated_t(obligation)
    of_t = {
        "emissions": emissions_t,
        "allocation": allocated,
        "shortage": max(emissions_t - allocated, 0),
    }
    return int((share * of_t[basis]).to_integral_value(ROUND_FLOOR))


def latest_vintage(market: str, year: int) -> int:
    """Return the newest vintage of allowances that counts for a year; see ``rule_get``."""
    return year + (word(market, "borrowing", year) == "next_year")


def day_not_ahead(record: Allocation | Trade | Surrender, context: Context) -> bool:
    """Whether the day that the action is recorded for has come."""
    names = ("issued_date", "trade_date", "surrendered_date")
    days = [getattr(record, name) for name in names if getattr(record, name, None)]
    return all(day <= business_date(context.now) for day in days)


def is_held(record: Trade | Surrender, context: Context) -> bool:
    """Whether what leaves is there from its day on; a purchase brings its own."""
    if getattr(record, "side", "") == "buy":
        return True
    day = record.surrendered_date if isinstance(record, Surrender) else record.trade_date
    assert day is not None  # noqa: S101 - needed by then
    return held_since(record.node.code, _asset(record), day, context.now) >= record.amount_t


def is_covered(obligation: Obligation, _context: Context) -> bool:
    """Whether at least the verified emissions were surrendered."""
    return surrendered_t(obligation) >= (obligation.verified_t or 0)


def is_vintage_allowed(surrender: Surrender, _context: Context) -> bool:
    """Whether allowances are of no later year than the rule admits; credits have no such rule."""
    due = surrender.obligation
    is_plain = surrender.kind == CREDIT or surrender.vintage <= due.year  # no rule is asked then
    return is_plain or surrender.vintage <= latest_vintage(due.market, due.year)


def is_within_due(surrender: Surrender, _context: Context) -> bool:
    """Whether it is no more than is still due."""
    due = surrender.obligation
    return surrendered_t(due) + surrender.amount_t <= (due.verified_t or 0)


def is_within_credit_cap(surrender: Surrender, _context: Context) -> bool:
    """Whether the credits of the obligation stay within the cap of its market and year.

    Raises:
        RefusedError: They do not; the sentence has the cap and what was used of it.
    """
    if surrender.kind != CREDIT:
        return True
    due = surrender.obligation
    cap_t = credit_cap_t(due, due.verified_t or 0)
    used_t = surrendered_t(due, kind=CREDIT)
    if used_t + surrender.amount_t <= cap_t:
        return True
    raise RefusedError(
        _(
            "%(asked)d t of credits: %(market)s takes at most %(cap)d t for %(year)d, "
            "%(used)d t are used"
        )
        % {
            "asked": surrender.amount_t,
            "market": due.market,
            "cap": cap_t,
            "year": due.year,
            "used": used_t,
        },
        hint=_("surrender allowances for the rest"),
    )


def credit_holding(allocations: Sequence[Allocation], context: Context) -> None:
    """Enter what was allocated."""
    moves = []
    for each in allocations:
        due = each.obligation
        asset = Asset(due.year, ALLOWANCE, due.market)
        assert each.issued_date is not None  # noqa: S101 - needed by then
        where = ("outside", "", "allocate", each.issued_date)
        moves.append(Move(each, asset, each.amount_t, *where))
    moves_post(moves, context)


def settle_trade(trades: Sequence[Trade], context: Context) -> None:
    """Enter what was bought or sold."""
    moves = []
    for each in trades:
        assert each.trade_date is not None  # noqa: S101 - needed by then
        ends = ("outside", "") if each.side == "buy" else ("", "outside")
        moves.append(Move(each, _asset(each), each.amount_t, *ends, each.side, each.trade_date))
    moves_post(moves, context)


def surrender_holding(surrenders: Sequence[Surrender], context: Context) -> None:
    """Give up what is surrendered: call by call, each is saved before the next is looked at."""
    log_lock()
    moves = []
    for each in surrenders:
        if not (is_within_due(each, context) and is_within_credit_cap(each, context)):
            raise RefusedError(
                _("%(code)s: together that is more than is still due") % {"code": each.code},
                hint=_("surrender less"),
            )
        type(each).objects.filter(pk=each.pk).update(state=each.state)
        assert each.surrendered_date is not None  # noqa: S101 - needed by then
        what = ("", "surrendered", "surrender", each.surrendered_date)
        moves.append(Move(each, _asset(each), each.amount_t, *what))
    moves_post(moves, context)


def set_completed(obligations: Sequence[Obligation], context: Context) -> None:
    """Say how much was surrendered by when, and whether that was in time."""
    for each in obligations:
        each.surrendered_t = surrendered_t(each)
        days = each.surrenders.filter(state="surrendered").order_by("-surrendered_date")
        last = days.values_list("surrendered_date", flat=True).first()
        each.completed_date = last or business_date(context.now)
        each.is_in_time = each.due_date is not None and each.completed_date <= each.due_date


def lapse(obligations: Sequence[Obligation], context: Context) -> None:
    """Let allowances of closed years lapse where the market does not carry them over.

    Raises:
        UnknownRuleError: Something is left, and the rule of this market and year is not known.
    """
    for each in obligations:
        left = {
            asset: tonnes
            for asset, tonnes in holdings(each.node.code, market=each.market).items()
            if asset.kind == ALLOWANCE and asset.vintage <= each.year
        }
        if left and word(each.market, "carry_over", each.year) == "none":
            today = business_date(context.now)
            moves = [
                Move(each, asset, tonnes, "", "lapsed", "lapse", today)
                for asset, tonnes in left.items()
            ]
            moves_post(moves, context)


def _asset(record: Trade | Surrender) -> Asset:
    if record.kind == CREDIT:
        return Asset(record.vintage, CREDIT)
    market = record.market if hasattr(record, "market") else record.obligation.market
    return Asset(record.vintage, ALLOWANCE, market)

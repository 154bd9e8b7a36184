"""Allowances and credits in the ledger: whole tonnes by market, kind and vintage.

A node has four accounts of each asset: what it holds, where that came from, what it surrendered and
what lapsed. Nothing it does not hold can leave, whoever asks: the ledger keeps the floor.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from commonweal.domains.carbon.carbon_market.markets import market_get
from commonweal.kernel.ledger.models import Account
from commonweal.kernel.ledger.selectors import balance, balance_at, statement
from commonweal.kernel.ledger.services import (
    TransferEntry,
    account_open_many,
    asset_create,
    transfers_post,
)
from commonweal.kernel.programmes.registry import type_of
from commonweal.periods import business_date, business_midnight

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.services import Context

ALLOWANCE: Final = "allowance"
CREDIT: Final = "credit"
_CREDITS: Final = "ccer"
_NAMES: Final = {"zh-hant": "配額", "zh-hans": "配额", "en": "allowance"}


@dataclass(frozen=True, slots=True, order=True)
class Asset:
    """What is counted: allowances of a market and vintage, or credits of a vintage anywhere."""

    vintage: int
    kind: str
    market: str = ""

    @property
    def code(self) -> str:
        """Its code in the ledger: ``beijing-2024``, ``ccer-2023``."""
        return f"{self.market if self.kind == ALLOWANCE else _CREDITS}-{self.vintage}"

    @property
    def names(self) -> dict[str, str]:
        """Its name by language."""
        if self.kind == CREDIT:
            return dict.fromkeys(_NAMES, f"CCER {self.vintage}")
        names = market_get(self.market).name
        return {lang: f"{names[lang]} {word} {self.vintage}" for lang, word in _NAMES.items()}  # type: ignore[index]


@dataclass(frozen=True, slots=True)
class Move:
    """Tonnes of an asset of a node from one of its accounts to another, because of a record."""

    record: Record
    asset: Asset
    amount_t: int
    source: str
    target: str
    what: str
    day: date


def account(node: str, asset: Asset, part: str = "") -> str:
    """Return an account's code; ``part`` is empty for what is held."""
    return f"{node}:{asset.code}{f':{part}' if part else ''}"


def moves_post(moves: Sequence[Move], context: Context) -> None:
    """Move tonnes, with assets and accounts as they are first needed; a record moves once."""
    terms: dict[str, Any] = {"actor": context.scope.actor, "now": context.now}
    for node, asset in {(each.record.node.code, each.asset): None for each in moves}:
        asset_create(code=asset.code, names=asset.names, unit="t", node=node, **terms)
        common: dict[str, Any] = {"asset": asset.code, "node": node, **terms}
        account_open_many(codes=[account(node, asset)], **common)
        outside = [account(node, asset, "outside")]
        account_open_many(codes=outside, kind="source", floor=None, **common)
        spent = [account(node, asset, part) for part in ("surrendered", "lapsed")]
        account_open_many(codes=spent, kind="fund", **common)
    entries = [
        TransferEntry(
            key=f"carbon_market:{each.record.pk}:{each.asset.code}",
            debit=account(each.record.node.code, each.asset, each.source),
            credit=account(each.record.node.code, each.asset, each.target),
            amount=each.amount_t,
            code=each.what,
            record_type=type_of(each.record).id,
            record_key=str(each.record.pk),
            occurred_at=_instant(each.day, context.now),
        )
        for each in moves
        if each.amount_t
    ]
    transfers_post(entries, **terms)


def _instant(day: date, now: datetime) -> datetime:
    return now if day == business_date(now) else business_midnight(day)


def held(node: str, asset: Asset, *, day: date | None = None) -> int:
    """Return how many tonnes a node holds, now or after a day; none of what it never had."""
    code = account(node, asset)
    if not Account.objects.filter(code=code).exists():
        return 0
    return balance(code).balance if day is None else balance_at(code, at=_last_instant(day))


def held_since(node: str, asset: Asset, day: date, now: datetime) -> int:
    """Return the least that a node held after a day and ever since: what may have left on it."""
    after = _last_instant(day)
    left = [held(node, asset)]
    if left[0] and after < now:
        told = statement(account(node, asset), from_at=after, to_at=now)
        left += [told.opening, *(line.balance for line in told.lines)]
    return min(left)


def _last_instant(day: date) -> datetime:
    """Return the end of a day; what is dated the next day occurs at the midnight between."""
    return business_midnight(day + timedelta(days=1)) - timedelta(microseconds=1)


def holdings(node: str, *, market: str, day: date | None = None) -> dict[Asset, int]:
    """Return what a node holds of a market's allowances and of credits, the oldest first."""
    found = {}
    for kind, start in ((ALLOWANCE, market), (CREDIT, _CREDITS)):
        prefix = f"{node}:{start}-"
        codes = Account.objects.filter(code__startswith=prefix, kind="holder")
        for code in codes.values_list("code", flat=True):
            vintage = int(code.removeprefix(prefix))
            asset = Asset(vintage, kind, market if kind == ALLOWANCE else "")
            found[asset] = held(node, asset, day=day)
    return dict(sorted((asset, tonnes) for asset, tonnes in found.items() if tonnes))


def asset_name(asset: Asset) -> str:
    """Return what a page calls the kind of an asset."""
    return _("CCER credits") if asset.kind == CREDIT else _("allowances")

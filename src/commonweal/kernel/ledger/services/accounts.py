"""Assets and accounts: created once, never changed."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from django.db import transaction

from commonweal.errors import InputError, StateError
from commonweal.kernel.ledger.drafts import GROUP
from commonweal.kernel.ledger.models import Account, AccountKind, Asset
from commonweal.kernel.ledger.stores import store
from commonweal.kernel.ledger.table import rows_add, rows_among
from commonweal.kernel.ledger.walk import LARGEST
from commonweal.kernel.org.models import Node
from commonweal.kernel.records.canonical import instant, plain, spell
from commonweal.kernel.records.locks import log_lock
from commonweal.kernel.records.services import event_append

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

ACCOUNTS: Final = "ledger.accounts"
"""Record type of the event that holds the digest of accounts opened together."""
_MOST_DECIMALS: Final = 9


class AccountExistsError(StateError):
    """An account or asset of this code exists with other terms."""


@transaction.atomic
def asset_create(
    *,
    code: str,
    names: Mapping[str, str],
    unit: str,
    node: str,
    actor: str,
    now: datetime,
    decimals: int = 0,
    expires_after_days: int | None = None,
) -> Asset:
    """Create an asset; the same once more changes nothing.

    An asset that expires gets an account ``<code>-expired``, which takes what did.

    Args:
        code: Its code, as ``points``.
        names: By language: ``zh-hant``, ``zh-hans``, ``en``.
        unit: What is printed behind amounts.
        node: Organisation node that answers for it.
        actor: Who asks.
        now: When.
        decimals: Printed decimals; amounts are kept in the smallest part.
        expires_after_days: Days until what a holder got expires; None: never.

    Raises:
        InputError: A term breaks its rule.
        AccountExistsError: The code has other terms.
    """
    instant(now)
    log_lock()
    terms = {
        **{f"name_{lang}": names.get(lang.replace("_", "-"), "") for lang in _LANGUAGES},
        "unit": unit,
        "decimals": decimals,
        "expires_after_days": expires_after_days,
    }
    if before := Asset.objects.filter(code=code).first():
        return _same(before, terms)
    if not code or not all(terms[f"name_{lang}"] for lang in _LANGUAGES):
        raise InputError(f"asset {code!r} needs a code and a name in three languages")
    if not 0 <= decimals <= _MOST_DECIMALS or (expires_after_days or 1) < 1:
        raise InputError(
            f"asset {code!r}: {decimals} decimals, expiry after {expires_after_days} days",
            hint=f"0 to {_MOST_DECIMALS} decimals; at least one day, or none",
        )
    asset = Asset.objects.create(code=code, recorded_at=now, **terms)
    event_append(
        record_type="ledger.asset",
        record_key=code,
        action="created",
        actor=actor,
        content=plain(terms),
        now=now,
    )
    if expires_after_days:
        account_open_many(
            codes=[f"{code}-expired"],
            asset=code,
            node=node,
            kind=AccountKind.EXPIRED,
            actor=actor,
            now=now,
        )
    return asset


_LANGUAGES: Final = ("zh_hant", "zh_hans", "en")


@transaction.atomic
def account_open_many(
    *,
    codes: Iterable[str],
    asset: str,
    node: str,
    actor: str,
    now: datetime,
    kind: str = AccountKind.HOLDER,
    floor: int | None = 0,
) -> int:
    """Open accounts that share their terms, and return how many are new.

    Args:
        codes: One for each account; those that exist with the same terms stay as they are.
        asset: Code of the asset that they hold.
        node: Organisation node they belong to.
        actor: Who asks.
        now: When.
        kind: ``source``, ``holder``, ``fund``; only what holders have expires.
        floor: The balance never falls below; None: it may fall below zero, as a source's does.

    Raises:
        InputError: A code is empty, too long or given twice, or asset or node do not exist.
        AccountExistsError: An account of this code has other terms.
    """
    instant(now)
    log_lock()
    asked = list(codes)
    _codes_check(asked)
    if floor is not None and abs(floor) > LARGEST:
        raise InputError(f"floor {floor:,} lies beyond {LARGEST:,}")
    terms = (_pk(Asset, asset), _pk(Node, node), str(AccountKind(kind)), floor)
    standing: set[str] = set()
    sql = "SELECT code, asset_id, node_id, kind, floor FROM ledger_account WHERE {among}"
    for code, *others in rows_among(sql, "code", asked):
        standing.add(code)
        if tuple(others) != terms:
            raise AccountExistsError(
                f"account {code!r} exists with other terms", hint="open another one"
            )
    new = [code for code in asked if code not in standing]
    if new:
        _open(new, terms, actor=actor, now=now)
    return len(new)


def accounts_sha256(rows: Sequence[tuple[object, ...]]) -> str:
    """Return SHA-256 over rows of (number, code, asset, node, kind, floor), a JSON list a group."""
    found = sha256()
    for start in range(0, len(rows), GROUP):
        found.update(spell(rows[start : start + GROUP]) + b"\n")
    return found.hexdigest()


def _open(
    codes: list[str], terms: tuple[int, int, str, int | None], *, actor: str, now: datetime
) -> None:
    first = (Account.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    n = len(codes)
    numbers = range(first, first + n)
    columns = [numbers, codes, *([term] * n for term in terms)]
    names = ("id", "code", "asset_id", "node_id", "kind", "floor", "recorded_at")
    rows_add("ledger_account", names, [*columns, [store().instant_in(now)] * n])
    balance = ("account_id", "balance", "reserved")
    rows_add("ledger_balance", balance, [numbers, [0] * n, [0] * n])
    event_append(
        record_type=ACCOUNTS,
        record_key=str(first),
        action="opened",
        actor=actor,
        content={
            "first": first,
            "last": first + n - 1,
            "sha256": accounts_sha256(list(zip(*columns, strict=True))),
        },
        now=now,
    )


def _codes_check(codes: Sequence[str]) -> None:
    longest = getattr(Account._meta.get_field("code"), "max_length", 0)  # noqa: SLF001 - public
    for code in codes:
        if not 0 < len(code) <= longest or not code.isprintable():
            raise InputError(f"account code {code!r} must have 1 to {longest} printable characters")
    if len(set(codes)) < len(codes):
        twice = next(code for code in codes if codes.count(code) > 1)
        raise InputError(f"account code {twice!r} is given twice")


def _pk(model: type[Asset | Node], code: str) -> int:
    found = model._default_manager.filter(code=code).values_list("pk", flat=True).first()  # noqa: SLF001
    if found is None:
        raise InputError(f"there is no {model._meta.verbose_name} {code!r}")  # noqa: SLF001
    return int(found)


def _same(asset: Asset, terms: Mapping[str, object]) -> Asset:
    differing = [name for name, value in terms.items() if getattr(asset, name) != value]
    if differing:
        raise AccountExistsError(
            f"asset {asset.code!r} exists with another {differing[0]}", hint="create another one"
        )
    return asset

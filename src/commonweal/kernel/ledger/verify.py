"""Proving the ledger: everything is computed again from the transfers and compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.db import connection

from commonweal.kernel.ledger.drafts import COLUMNS, GROUP, INSTANTS, columns_sha256, instants
from commonweal.kernel.ledger.models import Account, Asset, Reservation, Transfer
from commonweal.kernel.ledger.services.accounts import ACCOUNTS, accounts_sha256
from commonweal.kernel.ledger.services.appending import BATCH
from commonweal.kernel.ledger.stores import store
from commonweal.kernel.records.models import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from commonweal.kernel.ledger.drafts import Columns

_ACCOUNT: Final = ("id", "code", "asset_id", "node_id", "kind", "floor")
_PAGE: Final = 100_000  # rows in memory at once


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not fit, and where."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """What computing everything again found."""

    n_accounts: int
    n_transfers: int
    differences: tuple[Difference, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


@dataclass(slots=True)
class _Books:
    """Arrays by number of account (place 0 is nobody), summed up from transfers."""

    asset: NDArray[np.int64]
    balance: NDArray[np.int64]
    reserved: NDArray[np.int64]
    open: dict[int, tuple[int, int]]  # pending transfers: account and amount


def ledger_verify(progress: Callable[[int], None] | None = None) -> LedgerReport:
    """Compute digests, balances and reservations again from the transfers; name what differs.

    The digests stand in the event log; ``chain_verify`` tells whether that is whole.

    Args:
        progress: Told the number of transfers read so far, now and then.
    """
    differences = list(_accounts_differ())
    n_accounts = Account.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    zero = np.zeros(n_accounts + 1, np.int64)
    books = _Books(zero.copy(), zero.copy(), zero.copy(), {})
    for pk, asset in Account.objects.values_list("pk", "asset_id").iterator(chunk_size=_PAGE):
        books.asset[pk] = asset
    n_transfers = 0
    events = Event.objects.filter(record_type=BATCH).order_by("sequence")
    for content in events.values_list("content", flat=True).iterator():
        first, last = content["first"], content["last"]
        if first != n_transfers + 1:
            what = f"the batch begins at {first}, the one before ended at {n_transfers}"
            differences.append(Difference(f"transfers {first} to {last}", what))
        found = []
        for group in _transfers(first, last):
            found.append(group)
            differences += _book(books, group)
        if columns_sha256(found) != content["sha256"]:
            what = "the batch does not have the digest that its event holds"
            differences.append(Difference(f"transfers {first} to {last}", what))
        n_transfers = last
        if progress is not None:
            progress(n_transfers)
    newest = Transfer.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    if newest > n_transfers:
        what = "no event of the log tells of them"
        differences.append(Difference(f"transfers {n_transfers + 1} to {newest}", what))
        for group in _transfers(n_transfers + 1, newest):
            differences += _book(books, group)
    differences += _derived_differ(books)
    return LedgerReport(n_accounts, newest, tuple(differences))


def _accounts_differ() -> Iterator[Difference]:
    """Compare every batch of accounts with its digest."""
    n_accounts = 0
    events = Event.objects.filter(record_type=ACCOUNTS).order_by("sequence")
    for content in events.values_list("content", flat=True).iterator():
        first, last = content["first"], content["last"]
        rows = Account.objects.filter(pk__range=(first, last)).order_by("pk")
        digest = accounts_sha256(list(rows.values_list(*_ACCOUNT)))
        if first != n_accounts + 1 or digest != content["sha256"]:
            what = "they do not have the digest that their event holds"
            yield Difference(f"accounts {first} to {last}", what)
        n_accounts = last
    if beyond := Account.objects.filter(pk__gt=n_accounts).count():
        yield Difference(f"accounts after {n_accounts}", f"no event tells of {beyond} accounts")


def _transfers(first: int, last: int) -> Iterator[Columns]:
    """Yield the recorded transfers in groups as they were hashed."""
    sql = (
        f"SELECT {', '.join(COLUMNS)} FROM ledger_transfer"  # noqa: S608 - names of ours
        " WHERE id BETWEEN %s AND %s ORDER BY id"
    )
    out = store().instant_out
    with connection.cursor() as cursor:
        for start in range(first, last + 1, GROUP):
            cursor.execute(sql, [start, min(start + GROUP - 1, last)])
            columns: list[Any] = list(zip(*cursor.fetchall(), strict=True))
            if columns:
                yield [
                    instants(column, out) if name in INSTANTS else column
                    for name, column in zip(COLUMNS, columns, strict=True)
                ]


def _book(books: _Books, group: Columns) -> Iterator[Difference]:
    """Add a group to the books; name transfers between accounts that do not fit."""
    named = dict(zip(COLUMNS, group, strict=True))
    debit, credit, amount = (
        np.asarray(named[name], np.int64) for name in ("debit_id", "credit_id", "amount")
    )
    known = (debit > 0) & (debit < books.asset.size) & (credit > 0) & (credit < books.asset.size)
    debit, credit = np.where(known, debit, 0), np.where(known, credit, 0)
    fits = known & (books.asset[debit] == books.asset[credit]) & (books.asset[debit] > 0)
    for place in np.flatnonzero(~fits).tolist():
        yield Difference(
            f"transfer {named['id'][place]}", "its accounts do not exist or hold different assets"
        )
    state = np.asarray(named["state"])
    posted = state == "posted"
    np.subtract.at(books.balance, debit[posted], amount[posted])
    np.add.at(books.balance, credit[posted], amount[posted])
    for place in np.flatnonzero(state == "pending").tolist():
        books.open[named["id"][place]] = int(debit[place]), int(amount[place])
        books.reserved[debit[place]] += amount[place]
    for pending in filter(None, named["resolves_id"]):
        account, freed = books.open.pop(pending, (0, 0))
        books.reserved[account] -= freed


def _derived_differ(books: _Books) -> Iterator[Difference]:
    """Compare balances and reservations as kept with those computed, and with the floors."""
    n_seen = 0
    sql = (
        "SELECT a.id, a.code, a.floor, b.balance, b.reserved FROM ledger_account a"
        " LEFT JOIN ledger_balance b ON b.account_id = a.id WHERE a.id > %s ORDER BY a.id LIMIT %s"
    )
    with connection.cursor() as cursor:
        while True:
            cursor.execute(sql, [n_seen, _PAGE])
            rows = cursor.fetchall()
            if not rows:
                break
            for number, code, floor, balance, reserved in rows:
                held, kept_back = int(books.balance[number]), int(books.reserved[number])
                if (balance, reserved) != (held, kept_back):
                    what = f"balance {balance} and {reserved} reserved; its transfers give {held}"
                    yield Difference(f"account {code}", f"{what} and {kept_back}")
                if floor is not None and held - kept_back < floor:
                    what = f"{held} less {kept_back} reserved lies below its floor {floor}"
                    yield Difference(f"account {code}", what)
            n_seen = rows[-1][0]
    kept = {pk: terms for pk, *terms in Reservation.objects.values_list("pk", "account", "amount")}
    for pending in sorted(kept.keys() | books.open.keys()):
        if tuple(kept.get(pending, ())) != books.open.get(pending, ()):
            what = f"reservation {kept.get(pending)}; transfers give {books.open.get(pending)}"
            yield Difference(f"transfer {pending}", what)
    for asset in Asset.objects.all():
        total = int(books.balance[books.asset == asset.pk].sum())
        if total:
            yield Difference(f"asset {asset.code}", f"all balances together are {total}, not 0")

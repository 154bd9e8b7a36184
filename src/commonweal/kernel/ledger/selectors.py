"""Reading the ledger: balances now and then, statements, lots, and which transfers paid what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet, Sum

from commonweal.errors import InputError
from commonweal.kernel.ledger.models import Account, Balance, State, Transfer
from commonweal.kernel.records.canonical import instant

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a statement: what came (positive) or went, and the balance after it."""

    transfer: Transfer
    change: int
    balance: int


@dataclass(frozen=True, slots=True)
class Statement:
    """An account over a time: ``opening`` plus the changes of the lines is ``closing``."""

    account: Account
    opening: int
    lines: tuple[Line, ...]
    closing: int


@dataclass(frozen=True, slots=True)
class Lot:
    """What is left of one credit, and when it expires."""

    transfer: int
    expires_at: datetime
    left: int


def account_get(code: str) -> Account:
    """Return an account with its asset.

    Raises:
        InputError: There is none of this code.
    """
    found = Account.objects.select_related("asset").filter(code=code).first()
    if found is None:
        raise InputError(f"there is no account {code!r}", hint="`commonweal ledger accounts`")
    return found


def accounts_list(*, asset: str = "", after: str = "", limit: int = 100) -> list[Balance]:
    """Return balances with their accounts, by code; ``after`` is the last code of the page before.

    Accounts that expired amounts went to and sources are among them.
    """
    found = Balance.objects.select_related("account__asset", "account__node")
    if asset:
        found = found.filter(account__asset__code=asset)
    return list(found.filter(account__code__gt=after).order_by("account__code")[:limit])


def balance(account: str) -> Balance:
    """Return what an account holds now, with what is reserved of it.

    What fell due since its last transfer is still in it; ``lots_expire`` and ``pending_expire``
    record that, and nobody can spend it.
    """
    return Balance.objects.select_related("account__asset").get(account=account_get(account))


def balance_at(account: str, *, at: datetime, as_of: datetime | None = None) -> int:
    """Return what an account held at an instant, from transfers that occurred by then.

    Args:
        account: Code of the account.
        at: The instant; what occurred at it counts.
        as_of: As known then: only what was recorded by this instant; None: as known now.
    """
    return _held(account_get(account), Q(occurred_at__lte=_aware(at)) & _known(as_of))


def statement(
    account: str, *, from_at: datetime, to_at: datetime, as_of: datetime | None = None
) -> Statement:
    """Return what moved in ``[from_at, to_at)`` by the time it occurred, with running balances.

    Raises:
        InputError: There is no such account, or the time is empty.
    """
    found = account_get(account)
    if _aware(from_at) >= _aware(to_at):
        raise InputError(f"a statement from {instant(from_at)} to {instant(to_at)} is empty")
    held = opening = _held(found, Q(occurred_at__lt=from_at) & _known(as_of))
    lines = []
    moved = _moved(found).filter(_known(as_of), occurred_at__gte=from_at, occurred_at__lt=to_at)
    for transfer in moved.select_related("debit", "credit").order_by("occurred_at", "pk"):
        change = transfer.amount if transfer.credit_id == found.pk else -transfer.amount
        held += change
        lines.append(Line(transfer, change, held))
    return Statement(found, opening, tuple(lines), held)


def lots(account: str, *, at: datetime) -> tuple[Lot, ...]:
    """Return what is left of each credit that has not expired, the next to expire first.

    Derived: what the account holds is what came last, because the oldest is spent first.
    """
    found = account_get(account)
    credited = Transfer.objects.filter(credit=found, expires_at__gt=_aware(at), reverses=None)
    reversed_ = dict(
        Transfer.objects.filter(debit=found, reverses__in=credited).values_list(
            "reverses", "amount"
        )
    )
    left = Balance.objects.get(account=found).balance
    kept = []
    for number, expires_at, amount in credited.order_by("-expires_at", "-pk").values_list(
        "pk", "expires_at", "amount"
    ):
        part = min(left, amount - reversed_.get(number, 0))
        if part > 0 and expires_at is not None:
            kept.append(Lot(number, expires_at, part))
            left -= part
    return tuple(reversed(kept))


def transfer_get(key: str) -> Transfer:
    """Return the transfer of an idempotency key.

    Raises:
        InputError: There is none.
    """
    found = Transfer.objects.select_related("debit__asset", "credit").filter(key=key).first()
    if found is None:
        raise InputError(f"there is no transfer with key {key!r}")
    return found


def transfers_of(
    record_type: str, record_key: str, *, after: int = 0, limit: int = 100
) -> list[Transfer]:
    """Return the transfers about a record, oldest first; ``after`` is the last number seen."""
    return _page(
        Transfer.objects.filter(record_type=record_type, record_key=record_key).exclude(
            record_type=""
        ),
        after,
        limit,
    )


def transfers_into(
    account: str, *, after: int = 0, limit: int = 100, code: str = ""
) -> list[Transfer]:
    """Return what was posted to an account, oldest first; ``code`` asks for one purpose."""
    return _side(Q(credit=account_get(account)), code, after, limit)


def transfers_out_of(
    account: str, *, after: int = 0, limit: int = 100, code: str = ""
) -> list[Transfer]:
    """Return what an account gave, oldest first; ``code`` asks for one purpose."""
    return _side(Q(debit=account_get(account)), code, after, limit)


def _side(side: Q, code: str, after: int, limit: int) -> list[Transfer]:
    found = Transfer.objects.filter(side, state=State.POSTED)
    return _page(found.filter(code=code) if code else found, after, limit)


def _page(found: QuerySet[Transfer], after: int, limit: int) -> list[Transfer]:
    told = found.filter(pk__gt=after).select_related("debit", "credit")
    return list(told.order_by("pk")[:limit])


def _moved(account: Account) -> QuerySet[Transfer]:
    return Transfer.objects.filter(Q(debit=account) | Q(credit=account), state=State.POSTED)


def _held(account: Account, when: Q) -> int:
    posted = Transfer.objects.filter(when, state=State.POSTED)
    sides = (posted.filter(credit=account), posted.filter(debit=account))
    came, went = (side.aggregate(amount=Sum("amount"))["amount"] or 0 for side in sides)
    return int(came) - int(went)


def _known(as_of: datetime | None) -> Q:
    return Q() if as_of is None else Q(recorded_at__lte=_aware(as_of))


def _aware(at: datetime) -> datetime:
    instant(at)
    return at

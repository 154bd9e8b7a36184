"""Which transfers paid for which: what came into an account first is what goes out first.

Lay all that came into an account end to end, and all that left it beside: each transfer is an
interval of both, and what paid for what is where the intervals overlap. Nothing is stored, so it
holds for any account at any time. Transfers that were reversed, and their reversals, are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Q, Sum, Window

from commonweal.kernel.ledger.models import State, Transfer

if TYPE_CHECKING:
    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class Part:
    """A part of one transfer that belongs to another one on the other side of the account."""

    transfer: Transfer
    amount: int


def paid_from(transfer: Transfer) -> tuple[Part, ...]:
    """Return what had come into the account that this transfer was paid from, oldest first.

    The amounts add up to the transfer's, unless its account went below zero.
    """
    return _overlapping(transfer, transfer.debit_id, mine="debit", others="credit")


def spent_on(transfer: Transfer) -> tuple[Part, ...]:
    """Return what left the account that this transfer came into, as far as it was spent."""
    return _overlapping(transfer, transfer.credit_id, mine="credit", others="debit")


def _overlapping(transfer: Transfer, account: int, *, mine: str, others: str) -> tuple[Part, ...]:
    if not _moved(account, mine).filter(pk=transfer.pk).exists():
        return ()
    before = _moved(account, mine).filter(pk__lt=transfer.pk).aggregate(n=Sum("amount"))["n"] or 0
    upto = before + transfer.amount
    rows = (
        _moved(account, others)
        .annotate(upto=Window(Sum("amount"), order_by="pk"))
        .filter(upto__gt=before, upto__lt=upto + F("amount"))
        .select_related("debit", "credit")
        .order_by("pk")
    )
    return tuple(
        Part(row, min(upto, row.upto) - max(before, row.upto - row.amount)) for row in rows
    )


def _moved(account: int, side: str) -> QuerySet[Transfer]:
    """Return what truly moved on one side of an account."""
    is_reversed = Exists(Transfer.objects.filter(reverses=OuterRef("pk")))
    return Transfer.objects.filter(
        ~is_reversed, Q(**{f"{side}_id": account}), state=State.POSTED, reverses=None
    )

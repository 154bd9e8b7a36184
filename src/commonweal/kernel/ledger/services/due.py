"""What falls due by the clock: pending transfers that time out, and amounts that expire.

It is appended before whatever else an account gives, so that nobody spends what is no more, and
whether a nightly job ran makes no difference to anybody.

An amount expires first in, first out. What has not expired yet of a holder's credits can be at
most the sum of those with a later expiry; what the balance exceeds this sum is due. That needs no
book of lots, and entries that are recorded late change nothing but the sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonweal.kernel.ledger.checks import OWN_KEYS
from commonweal.kernel.ledger.drafts import Draft
from commonweal.kernel.ledger.models import Account, AccountKind, Reservation, State
from commonweal.kernel.ledger.table import standing_by, unexpired

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from commonweal.kernel.ledger.table import Standing
    from commonweal.kernel.ledger.walk import Holding

_CHUNK = 500  # accounts in one query


def due_now(accounts: Collection[int], holdings: Mapping[int, Holding], now: datetime) -> Draft:
    """Return the transfers that release and expire what is due; expiries have no key yet.

    Args:
        accounts: Numbers of accounts, all in ``holdings``.
        holdings: Their present state; only ``expires_next_at`` is changed.
        now: What lies at or before it is due.
    """
    draft = Draft()
    freed = _timeouts(draft, [n for n in accounts if holdings[n].reserved], now)
    _expiries(draft, accounts, holdings, freed, now)
    return draft


def _timeouts(draft: Draft, accounts: Collection[int], now: datetime) -> dict[int, int]:
    """Add what times out to the draft, and return what it frees by account."""
    held = sorted(accounts)
    late: list[int] = []
    for start in range(0, len(held), _CHUNK):
        late += Reservation.objects.filter(
            account__in=held[start : start + _CHUNK], until__lte=now
        ).values_list("pk", flat=True)
    freed: dict[int, int] = {}
    for pending in sorted(standing_by("id", late)):
        key = f"{OWN_KEYS}timeout/{pending.id}"
        resolution_add(draft, pending, State.EXPIRED, key=key, amount=pending.amount, now=now)
        freed[pending.debit] = freed.get(pending.debit, 0) + pending.amount
    return freed


def _expiries(
    draft: Draft,
    accounts: Collection[int],
    holdings: Mapping[int, Holding],
    freed: Mapping[int, int],
    now: datetime,
) -> None:
    late = [
        number
        for number in sorted(accounts)
        if (at := holdings[number].expires_next_at) is not None and at <= now
    ]
    if not late:
        return
    lasting = unexpired(late, now)
    into = dict(Account.objects.filter(kind=AccountKind.EXPIRED).values_list("asset_id", "pk"))
    for number in late:
        held = holdings[number]
        kept, next_at = lasting.get(number, (0, None))
        available = held.balance - held.reserved + freed.get(number, 0)
        amount = max(0, available - max(kept, held.floor))
        if held.balance - amount <= kept:  # else something stays due, but it is reserved
            held.expires_next_at = next_at
        if amount:
            draft.add(
                debit=number,
                credit=into[held.asset],
                amount=amount,
                code="expired",
                occurred_at=now,
                state=str(State.POSTED),
            )


def resolution_add(
    draft: Draft, pending: Standing, state: str, *, key: str, amount: int, now: datetime
) -> None:
    """Add the transfer that posts, voids or times out a pending one."""
    draft.add(
        key=key,
        debit=pending.debit,
        credit=pending.credit,
        amount=amount,
        code=pending.code,
        record_type=pending.record_type,
        record_key=pending.record_key,
        occurred_at=now,
        state=str(state),
        resolves=pending.id,
        released=pending.amount,
    )

"""The one way in: every transfer, whoever asked for it, is appended here."""

from __future__ import annotations

from datetime import datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from django.db import connection

from commonweal.errors import StateError
from commonweal.kernel.ledger.checks import OWN_KEYS
from commonweal.kernel.ledger.drafts import columns_sha256, groups
from commonweal.kernel.ledger.models import AccountKind, Asset, Reservation, State, Transfer
from commonweal.kernel.ledger.services.due import due_now
from commonweal.kernel.ledger.stores import store
from commonweal.kernel.ledger.table import (
    balances_sum,
    balances_write,
    holdings_read,
    transfers_insert,
)
from commonweal.kernel.ledger.walk import LARGEST, FloorError, walk
from commonweal.kernel.records.canonical import instant
from commonweal.kernel.records.locks import log_lock
from commonweal.kernel.records.services import event_append

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.kernel.ledger.drafts import Draft
    from commonweal.kernel.ledger.walk import Holding

BATCH: Final = "ledger.batch"
"""Record type of the event that holds the digest of a batch."""
_CHUNK: Final = 500  # keys in one query
_BALANCE, _RESERVED = attrgetter("balance"), attrgetter("reserved")
_CLOCK_SKEW: Final = timedelta(minutes=5)  # between two machines, and the wait for the lock


class ClockError(StateError):
    """Transfers would be recorded before some that are there already."""


class UnbalancedError(StateError):
    """The balances do not add up: a bug, or somebody wrote past the ledger. Nothing was kept."""


def ledger_time(now: datetime) -> datetime:
    """Wait for the ledger, and return when to record: never before the newest transfer.

    Raises:
        ClockError: ``now`` lies well before it.
    """
    instant(now)
    log_lock()
    with connection.cursor() as cursor:
        store().begin(cursor)
    newest = Transfer.objects.order_by("-pk").values_list("recorded_at", flat=True).first()
    if newest is None or now >= newest:
        return now
    if newest - now > _CLOCK_SKEW:
        raise ClockError(
            f"transfers cannot be recorded at {instant(now)}: the newest are of {instant(newest)}",
            hint="check this machine's clock",
        )
    return newest


def draft_append(
    draft: Draft, holdings: dict[int, Holding], *, actor: str, now: datetime, each: bool = False
) -> tuple[list[int], dict[int, FloorError]]:
    """Append what the floors allow, after what fell due for the accounts that give.

    Call in a transaction, after ``ledger_time``.

    Args:
        draft: Transfers that are checked but for the floors; none: only what fell due of
            all the holdings.
        holdings: Their accounts; changed as the transfers change them.
        actor: Who asks.
        now: When, from ``ledger_time``.
        each: Leave out what is refused, instead of keeping nothing.

    Returns:
        Number of each transfer in its order, 0 where refused; refusals by place.

    Raises:
        FloorError: A transfer is refused, and ``each`` is not asked for.
        UnbalancedError: Debits and credits differ after all.
    """
    due = due_now(set(draft.debit) or holdings.keys(), holdings, now)
    holdings |= holdings_read({*due.credit, *due.debit} - holdings.keys())
    before = _sums(holdings)
    walk(due, holdings, stop=True)
    refused = walk(draft, holdings, stop=not each)
    if refused and not each:
        place, error = next(iter(refused.items()))
        raise FloorError(f"{error}; key {draft.key[place]!r}", hint=error.hint)
    kept = draft.take([i for i in range(len(draft)) if i not in refused]) if refused else draft
    kept = due + kept if len(due) else kept
    newest = Transfer.objects.order_by("-pk").values_list("pk", flat=True).first()
    first = (newest or 0) + 1
    for place in range(len(due)):  # expiries have no key yet
        kept.key[place] = kept.key[place] or f"{OWN_KEYS}expired/{first + place}"
    if len(kept):
        _keep(kept, holdings, first=first, actor=actor, now=now)
        _sums_check(holdings, before)
    numbers = iter(range(first + len(due), first + len(kept)))
    return [0 if i in refused else next(numbers) for i in range(len(draft))], refused


def _keep(
    kept: Draft, holdings: dict[int, Holding], *, first: int, actor: str, now: datetime
) -> None:
    assets = {asset.pk: asset for asset in Asset.objects.all()}
    _expiries_mark(kept, holdings, assets)
    columns = kept.columns(first, now)
    transfers_insert(columns)
    balances_write(holdings)
    _reservations_write(kept, first)
    moved: dict[int, int] = {}
    posted = str(State.POSTED)
    for debit, amount, state in zip(kept.debit, kept.amount, kept.state, strict=True):
        if state == posted:
            asset = holdings[debit].asset
            moved[asset] = moved.get(asset, 0) + amount
    event_append(
        record_type=BATCH,
        record_key=str(first),
        action="recorded",
        actor=actor,
        content={
            "first": first,
            "last": first + len(kept) - 1,
            "moved": {assets[asset].code: amount for asset, amount in moved.items()},
            "sha256": columns_sha256(groups(columns)),
        },
        now=now,
    )


def _expiries_mark(
    kept: Draft, holdings: Mapping[int, Holding], assets: Mapping[int, Asset]
) -> None:
    """Say when credits of holders expire, and tell the holdings of the first of them."""
    if not any(asset.expires_after_days for asset in assets.values()):
        return
    posted, holder = str(State.POSTED), str(AccountKind.HOLDER)
    for place, (number, state, at) in enumerate(
        zip(kept.credit, kept.state, kept.occurred_at, strict=True)
    ):
        held = holdings[number]
        days = assets[held.asset].expires_after_days
        if not days or held.kind != holder or state != posted:
            continue
        due_at = at  # what comes back by a reversal may be due at once
        if not kept.reverses[place]:
            due_at = kept.expires_at[place] = at + timedelta(days=days)
        if held.expires_next_at is None or due_at < held.expires_next_at:
            held.expires_next_at = due_at


def _reservations_write(kept: Draft, first: int) -> None:
    Reservation.objects.bulk_create(
        Reservation(
            transfer_id=first + place,
            account_id=kept.debit[place],
            amount=kept.amount[place],
            until=until,
        )
        for place, until in enumerate(kept.pending_until)
        if until is not None
    )
    resolved = [number for number in kept.resolves if number]
    for start in range(0, len(resolved), _CHUNK):
        Reservation.objects.filter(pk__in=resolved[start : start + _CHUNK]).delete()


def _sums(holdings: Mapping[int, Holding]) -> dict[int, tuple[int, int, int]]:
    """Return, by asset, number of accounts, sum of balances and sum of reserved amounts."""
    by_asset: dict[int, list[Holding]] = {}
    for held in holdings.values():
        by_asset.setdefault(held.asset, []).append(held)
    return {
        asset: (len(group), sum(map(_BALANCE, group)), sum(map(_RESERVED, group)))
        for asset, group in by_asset.items()
    }


def _sums_check(
    holdings: Mapping[int, Holding], before: Mapping[int, tuple[int, int, int]]
) -> None:
    """Read back what was written: it is what the walk left, and no asset grew or shrank."""
    for asset, sums in _sums(holdings).items():
        written = balances_sum([n for n, held in holdings.items() if held.asset == asset])
        if written != sums or sums[1] != before[asset][1]:
            raise UnbalancedError(
                f"asset {asset}: {before[asset]} accounts, held and reserved became {sums},"
                f" and {written} is what stands in the table",
                hint="`commonweal ledger verify` names every difference",
            )
    if beyond := [held.code for held in holdings.values() if held.balance > LARGEST]:
        raise UnbalancedError(f"{beyond[0]} would hold more than {LARGEST:,}")

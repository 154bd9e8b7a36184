"""Ending a pending transfer, and turning a posted one round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import transaction

from commonweal.errors import InputError, StateError
from commonweal.kernel.ledger.checks import OWN_KEYS
from commonweal.kernel.ledger.drafts import Draft
from commonweal.kernel.ledger.models import Balance, Reservation, State, Transfer
from commonweal.kernel.ledger.services.appending import draft_append, ledger_time
from commonweal.kernel.ledger.services.due import resolution_add
from commonweal.kernel.ledger.table import Standing, holdings_read, standing_by
from commonweal.kernel.records.services import event_append

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_CHUNK: Final = 8_190  # accounts settled in one transaction


class ResolvedError(StateError):
    """A pending transfer was posted, voided or timed out before."""


class ReversedError(StateError):
    """A transfer was reversed before, or is none that can be."""


@transaction.atomic
def pending_post(*, pending: str, actor: str, now: datetime, amount: int | None = None) -> Transfer:
    """Move what a pending transfer reserved, or a part of it; the rest is free again.

    Asked twice, it gives the same answer.

    Args:
        pending: Key of the pending transfer.
        actor: Who asks.
        now: When.
        amount: At most what was reserved; None: all of it.

    Raises:
        InputError: There is no such transfer, or the amount is more than it reserved.
        ResolvedError: It was ended otherwise, or its time is up.
    """
    return _resolve(pending, State.POSTED, amount, actor=actor, now=now)


@transaction.atomic
def pending_void(*, pending: str, actor: str, now: datetime) -> Transfer:
    """Free what a pending transfer reserved; asked twice, it gives the same answer.

    Raises:
        InputError: There is no such transfer.
        ResolvedError: It was posted, or its time is up.
    """
    return _resolve(pending, State.VOIDED, None, actor=actor, now=now)


def pending_expire(*, actor: str, now: datetime) -> int:
    """Record the time-outs of pending transfers, and return how many.

    A time-out counts from its instant, whenever it is recorded.
    """
    due = Reservation.objects.filter(until__lte=now).values_list("account", flat=True)
    return _settle(sorted(set(due)), actor=actor, now=now)


def lots_expire(*, actor: str, now: datetime) -> int:
    """Record what expired, and return the number of transfers; a second call finds nothing.

    Every 8,190 accounts are a transaction of their own. What expired cannot be spent, whenever
    this runs.
    """
    due = Balance.objects.filter(expires_next_at__lte=now).values_list("account", flat=True)
    return _settle(list(due.order_by("account")), actor=actor, now=now)


@transaction.atomic
def transfer_reverse(*, transfer: str, reason: str, actor: str, now: datetime) -> Transfer:
    """Move back what a posted transfer moved; asked twice, it gives the same answer.

    What comes back to a holder has the expiry that it had before.

    Args:
        transfer: Key of the transfer.
        reason: Why; kept in the event log.
        actor: Who asks.
        now: When.

    Raises:
        InputError: There is no such transfer, or no reason.
        ReversedError: It moved nothing, or is a reversal itself.
        FloorError: The account that received it has spent it.
    """
    at = ledger_time(now)
    if not reason.strip():
        raise InputError(f"no reason is given for reversing {transfer!r}", hint="say why")
    old = _standing(transfer)
    if old.state != State.POSTED or old.reverses:
        what = "is itself a reversal" if old.reverses else f"is {old.state}: it moved nothing"
        raise ReversedError(f"transfer {transfer!r} {what}", hint="post a new transfer")
    if before := Transfer.objects.filter(reverses=old.id).first():
        return before
    draft = Draft()
    draft.add(
        key=f"{OWN_KEYS}reversal/{old.id}",
        debit=old.credit,
        credit=old.debit,
        amount=old.amount,
        code=old.code,
        record_type=old.record_type,
        record_key=old.record_key,
        occurred_at=at,
        state=str(State.POSTED),
        expires_at=old.expires_at,
        reverses=old.id,
    )
    found = _append_one(draft, actor=actor, now=at)
    event_append(
        record_type="ledger.transfer",
        record_key=transfer,
        action="reversed",
        actor=actor,
        content={"reason": reason.strip(), "transfer": old.id, "by": found.pk},
        now=at,
    )
    return found


def _resolve(key: str, state: State, amount: int | None, *, actor: str, now: datetime) -> Transfer:
    at = ledger_time(now)
    pending = _standing(key)
    if pending.state != State.PENDING or pending.pending_until is None:
        raise InputError(f"transfer {key!r} is {pending.state}, not pending")
    moved = pending.amount if amount is None else amount
    if not 0 < moved <= pending.amount:
        raise InputError(f"{moved:,} of {key!r} must be from 1 to the {pending.amount:,} reserved")
    before = Transfer.objects.filter(resolves=pending.id).first()
    if before is not None and (before.state, before.amount) == (state, moved):
        return before
    if before is not None:
        raise ResolvedError(f"{key!r} is {before.state} with {before.amount:,} already")
    if pending.pending_until <= at:
        raise ResolvedError(
            f"{key!r} timed out at {pending.pending_until.isoformat()}",
            hint="post a new transfer",
        )
    draft = Draft()
    own = f"{OWN_KEYS}{state}/{pending.id}"
    resolution_add(draft, pending, state, key=own, amount=moved, now=at)
    return _append_one(draft, actor=actor, now=at)


def _standing(key: str) -> Standing:
    found = next(iter(standing_by("key", [key])), None)
    if found is None:
        raise InputError(f"there is no transfer with key {key!r}")
    return found


def _append_one(draft: Draft, *, actor: str, now: datetime) -> Transfer:
    holdings = holdings_read({*draft.debit, *draft.credit})
    numbers, _ = draft_append(draft, holdings, actor=actor, now=now)
    return Transfer.objects.get(pk=numbers[0])


def _settle(accounts: list[int], *, actor: str, now: datetime) -> int:
    n_posted = 0
    for start in range(0, len(accounts), _CHUNK):
        n_posted += _settle_some(accounts[start : start + _CHUNK], actor=actor, now=now)
    return n_posted


@transaction.atomic
def _settle_some(accounts: Iterable[int], *, actor: str, now: datetime) -> int:
    at = ledger_time(now)
    newest = Transfer.objects.order_by("-pk").values_list("pk", flat=True)
    before = newest.first() or 0
    draft_append(Draft(), holdings_read(set(accounts)), actor=actor, now=at)
    return (newest.first() or 0) - before

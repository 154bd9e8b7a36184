"""Writing facts and locking periods. The clock is an argument; one transaction for each call."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction

from commonweal.catalogue import catalogue
from commonweal.engines.merkle import leaf_hash
from commonweal.errors import InputError, StateError
from commonweal.kernel.facts.checks import facts_checked
from commonweal.kernel.facts.current import current_facts, says_the_same
from commonweal.kernel.facts.leaves import batch_digest, leaf_content
from commonweal.kernel.facts.log import log_grow, log_size
from commonweal.kernel.facts.models import Batch, Fact, PeriodLock
from commonweal.kernel.facts.rows import FactBatch, FactRow, fact_key
from commonweal.kernel.records.canonical import instant, plain
from commonweal.kernel.records.inserting import rows_insert
from commonweal.kernel.records.locks import log_lock
from commonweal.kernel.records.services import event_append

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from commonweal.periods import Period

__all__ = [
    "ClockError",
    "FactBatch",
    "FactRow",
    "PeriodLockedError",
    "ReasonRequiredError",
    "facts_record",
    "period_lock",
    "period_unlock",
]

_CHUNK: Final = 500  # rows in one statement
_CLOCK_SKEW: Final = timedelta(minutes=5)  # between two machines, and the wait for the lock


class ReasonRequiredError(StateError):
    """Facts would be restated and nobody said why."""


class PeriodLockedError(StateError):
    """A fact lies in a closed period."""


class ClockError(StateError):
    """A batch would be recorded before facts that are there already."""


@transaction.atomic
def facts_record(batch: FactBatch, *, actor: str, now: datetime) -> Batch | None:
    """Append the facts of a batch that say something new, and close those they supersede.

    A row whose current fact says the same is skipped. Leaves join the Merkle log in the order of
    the rows; the batch keeps the log's head after them; an event tells of it.

    Args:
        batch: The values; one row for each indicator, node, boundary and period.
        actor: Who records.
        now: When; timezone-aware, and not before the newest fact.

    Returns:
        The batch, or None if nothing is new.

    Raises:
        InputError: A row breaks a rule of its indicator or of the store.
        ReasonRequiredError: Facts would change and ``batch.reason`` is empty.
        PeriodLockedError: A new fact lies in a closed period.
        ClockError: ``now`` lies well before the newest fact.
    """
    instant(now)
    facts = facts_checked(batch, catalogue().indicators)
    log_lock()
    current = current_facts(fact_key(fact) for fact in facts)
    new, restated = [], []
    for fact in facts:
        old = current.get(fact_key(fact))
        if old is not None and says_the_same(old, fact):
            continue
        if old is not None:
            fact.supersedes, fact.reason = old, batch.reason
            restated.append(old)
        new.append(fact)
    if not new:
        return None
    _reason_check(new, n_restated=len(restated), reason=batch.reason)
    _locks_check(new)
    return _append(batch, new, restated, actor=actor, now=_log_time(now))


def _append(
    batch: FactBatch, new: Sequence[Fact], restated: Sequence[Fact], *, actor: str, now: datetime
) -> Batch:
    size = log_size()
    row = Batch(
        engine=batch.engine,
        version=batch.version,
        parameters=plain(batch.parameters),
        inputs=plain(batch.inputs),
        actor=actor,
        recorded_at=now,
        tree_size=size + len(new),
    )
    digest = batch_digest(row)
    leaves = []
    for place, fact in enumerate(new, size):
        fact.leaf_index, fact.recorded_at = place, now
        old = fact.supersedes.leaf_index if fact.supersedes else None
        leaves.append(leaf_hash(leaf_content(fact, batch_sha256=digest, superseded_leaf=old)))
        fact.leaf_hash = leaves[-1]
    row.root_hash = log_grow(size, leaves).hex()
    row.save(force_insert=True)
    for start in range(0, len(restated), _CHUNK):
        closed = [fact.pk for fact in restated[start : start + _CHUNK]]
        Fact.objects.filter(pk__in=closed).update(superseded_at=now)
    for fact in new:
        fact.batch_id = row.pk
    rows_insert(new)
    event_append(
        record_type="facts.batch",
        record_key=str(row.pk),
        action="recorded",
        actor=actor,
        content={
            "engine": row.engine,
            "n_facts": len(new),
            "n_restated": len(restated),
            "reason": batch.reason,
            "tree_size": row.tree_size,
            "root_hash": row.root_hash,
        },
        now=now,
    )
    return row


def _reason_check(new: Sequence[Fact], *, n_restated: int, reason: str) -> None:
    longest = getattr(Fact._meta.get_field("reason"), "max_length", 0)  # noqa: SLF001
    if len(reason) > longest:
        raise InputError(f"a reason of {len(reason)} characters; {longest} are kept")
    if n_restated and not reason.strip():
        first, old = next((fact, fact.supersedes) for fact in new if fact.supersedes)
        raise ReasonRequiredError(
            f"{n_restated} recorded facts would change, the first {first.indicator} of "
            f"{first.node} from {first.start_date}: {old.value} to {first.value} {first.unit}",
            hint="give the reason of the restatement",
        )


def _locks_check(new: Sequence[Fact]) -> None:
    for lock in PeriodLock.objects.filter(unlocked_at=None).order_by("pk"):
        for fact in new:
            if lock.start_date <= fact.start_date and fact.end_date <= lock.end_date:
                raise PeriodLockedError(
                    f"{fact.indicator} of {fact.node} from {fact.start_date} lies in {lock}, "
                    f"locked by {lock.locked_by} at {lock.locked_at:%Y-%m-%d %H:%M} UTC: "
                    f"{lock.reason}",
                    hint="ask them to unlock it: `commonweal facts unlock`",
                )


def _log_time(now: datetime) -> datetime:
    """Return when the batch is recorded: never before the newest, or old answers would change."""
    newest = Batch.objects.order_by("-pk").values_list("recorded_at", flat=True).first()
    if newest is None or now >= newest:
        return now
    if newest - now > _CLOCK_SKEW:
        raise ClockError(
            f"facts cannot be recorded at {instant(now)}: the newest are of {instant(newest)}",
            hint="check this machine's clock",
        )
    return newest


@transaction.atomic
def period_lock(*, period: Period, reason: str, actor: str, now: datetime) -> PeriodLock:
    """Close a period: no fact that lies wholly inside it is recorded until it is unlocked.

    Raises:
        InputError: No reason is given.
        StateError: Exactly this period is locked already.
    """
    _said(reason, f"locking {period}")
    log_lock()
    if lock := _active_lock(period):
        raise StateError(f"{period} is locked already, by {lock.locked_by}: {lock.reason}")
    lock = PeriodLock.objects.create(
        start_date=period.start_date,
        end_date=period.end_date,
        reason=reason,
        locked_by=actor,
        locked_at=now,
    )
    _lock_event(lock, period, "locked", reason, actor=actor, now=now)
    return lock


@transaction.atomic
def period_unlock(*, period: Period, reason: str, actor: str, now: datetime) -> PeriodLock:
    """Open a locked period again.

    Raises:
        InputError: No reason is given.
        StateError: Exactly this period is not locked.
    """
    _said(reason, f"unlocking {period}")
    log_lock()
    lock = _active_lock(period)
    if lock is None:
        raise StateError(f"{period} is not locked", hint="see `commonweal facts locks`")
    lock.unlocked_by, lock.unlocked_at, lock.unlock_reason = actor, now, reason
    lock.save(update_fields=["unlocked_by", "unlocked_at", "unlock_reason"])
    _lock_event(lock, period, "unlocked", reason, actor=actor, now=now)
    return lock


def _said(reason: str, what: str) -> None:
    if not reason.strip():
        raise InputError(f"{what} needs a reason")


def _active_lock(period: Period) -> PeriodLock | None:
    return PeriodLock.objects.filter(
        unlocked_at=None, start_date=period.start_date, end_date=period.end_date
    ).first()


def _lock_event(
    lock: PeriodLock, period: Period, action: str, reason: str, *, actor: str, now: datetime
) -> None:
    event_append(
        record_type="facts.period_lock",
        record_key=str(lock.pk),
        action=action,
        actor=actor,
        content={"period": str(period), "reason": reason},
        now=now,
    )

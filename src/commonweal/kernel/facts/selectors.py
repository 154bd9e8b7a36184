"""Reading facts, as they stand or stood at an instant, and proofs of their place in the log."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from commonweal.engines.merkle import EMPTY_HEAD
from commonweal.engines.merkle import consistency_proof as consistency_path
from commonweal.engines.merkle import inclusion_proof as inclusion_path
from commonweal.errors import InputError
from commonweal.kernel.facts.leaves import batch_digest, batch_document, leaf_content
from commonweal.kernel.facts.log import log_tree
from commonweal.kernel.facts.models import Batch, Fact, PeriodLock
from commonweal.kernel.facts.proofs import ConsistencyProof, InclusionProof
from commonweal.kernel.facts.verify import LogFault, LogReport, log_verify
from commonweal.kernel.records.canonical import instant, spell
from commonweal.kernel.records.models import Event
from commonweal.periods import PeriodKind

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from commonweal.periods import Period

__all__ = [
    "Checkpoint",
    "ConsistencyProof",
    "InclusionProof",
    "LogFault",
    "LogReport",
    "checkpoint",
    "checkpoint_fault",
    "consistency_proof",
    "fact_get",
    "fact_history",
    "fact_series",
    "facts_as_of",
    "inclusion_proof",
    "log_verify",
    "period_locks",
]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The heads of both logs: printed in a report, they fix everything before it."""

    tree_size: int
    root_hash: str
    n_events: int
    event_hash: str
    recorded_at: datetime | None


def facts_as_of(
    *,
    boundary: str,
    indicators: Collection[str] | None = None,
    nodes: Collection[str] | None = None,
    periods: Collection[Period] | None = None,
    as_of: datetime | None = None,
) -> QuerySet[Fact]:
    """Return the facts that are current, or that were current at ``as_of``.

    Args:
        boundary: Code of the reporting boundary.
        indicators: Their ids; all if None.
        nodes: Their codes; all if None.
        periods: Exactly these; all if None.
        as_of: The instant whose knowledge is asked for; now if None.

    Returns:
        Facts ordered by indicator, node and first day; one at most for each.
    """
    found = Fact.objects.filter(_known(as_of), boundary=boundary)
    if indicators is not None:
        found = found.filter(indicator__in=indicators)
    if nodes is not None:
        found = found.filter(node__in=nodes)
    if periods is not None:
        found = found.filter(_spans(periods))
    return found.order_by("indicator", "node", "start_date", "end_date", "period_kind")


def fact_series(
    *,
    indicator: str,
    node: str,
    boundary: str,
    kind: PeriodKind = PeriodKind.MONTH,
    as_of: datetime | None = None,
) -> QuerySet[Fact]:
    """Return one indicator of one node over time, as known at ``as_of``."""
    return facts_as_of(boundary=boundary, indicators=[indicator], nodes=[node], as_of=as_of).filter(
        period_kind=kind
    )


def fact_get(pk: int) -> Fact:
    """Return one fact with its batch.

    Raises:
        InputError: There is none with this number.
    """
    try:
        return Fact.objects.select_related("batch", "supersedes").get(pk=pk)
    except Fact.DoesNotExist:
        raise InputError(f"there is no fact #{pk}", hint="see `commonweal facts list`") from None


def fact_history(fact: Fact) -> QuerySet[Fact]:
    """Return everything that was ever recorded for the same thing and period, oldest first."""
    return Fact.objects.filter(
        indicator=fact.indicator,
        node=fact.node,
        boundary=fact.boundary,
        period_kind=fact.period_kind,
        start_date=fact.start_date,
        end_date=fact.end_date,
    ).order_by("leaf_index")


def period_locks() -> QuerySet[PeriodLock]:
    """Return the periods that are closed now, oldest first."""
    return PeriodLock.objects.filter(unlocked_at=None).order_by("start_date", "end_date")


def inclusion_proof(fact: Fact, *, tree_size: int | None = None) -> InclusionProof:
    """Return the proof that ``fact`` is in the log, under the head over ``tree_size`` leaves.

    Raises:
        InputError: The fact joined the log after ``tree_size`` leaves.
    """
    tree = log_tree()
    size = tree.size if tree_size is None else tree_size
    path = inclusion_path(tree, fact.leaf_index, size)
    superseded = fact.supersedes.leaf_index if fact.supersedes else None
    content = leaf_content(fact, batch_sha256=batch_digest(fact.batch), superseded_leaf=superseded)
    return InclusionProof(
        leaf=content.decode(),
        batch=spell(batch_document(fact.batch)).decode(),
        leaf_index=fact.leaf_index,
        tree_size=size,
        root_hash=tree.head(0, size).hex(),
        path=tuple(step.hex() for step in path),
    )


def consistency_proof(old_size: int, new_size: int | None = None) -> ConsistencyProof:
    """Return the proof that the log only grew from ``old_size`` to ``new_size`` leaves.

    Raises:
        InputError: Not ``1 <= old_size <= new_size <= size of the log``.
    """
    tree = log_tree()
    size = tree.size if new_size is None else new_size
    path = consistency_path(tree, old_size, size)
    return ConsistencyProof(
        old_size=old_size,
        old_root_hash=tree.head(0, old_size).hex(),
        new_size=size,
        new_root_hash=tree.head(0, size).hex(),
        path=tuple(step.hex() for step in path),
    )


def checkpoint() -> Checkpoint:
    """Return the heads of the fact log and of the event log."""
    batch = Batch.objects.order_by("-pk").first()
    event = Event.objects.order_by("-sequence").first()
    return Checkpoint(
        tree_size=batch.tree_size if batch else 0,
        root_hash=batch.root_hash if batch else EMPTY_HEAD.hex(),
        n_events=event.sequence + 1 if event else 0,
        event_hash=event.hash if event else "",
        recorded_at=batch.recorded_at if batch else None,
    )


def checkpoint_fault(old: Checkpoint) -> str:
    """Return why the logs do not extend an old checkpoint; empty if they do.

    Only this tells that the newest batches were cut off, or that all of the log was written anew.
    """
    tree = log_tree()
    if tree.size < old.tree_size:
        return f"the checkpoint has {old.tree_size} facts, the log only {tree.size}"
    if tree.head(0, old.tree_size).hex() != old.root_hash:
        return f"the first {old.tree_size} facts are not those of the checkpoint"
    if old.n_events:
        event = Event.objects.filter(sequence=old.n_events - 1).first()
        if event is None or event.hash != old.event_hash:
            return f"the first {old.n_events} events are not those of the checkpoint"
    return ""


def _known(as_of: datetime | None) -> Q:
    current = Q(superseded_at=None)
    if as_of is None:
        return current
    instant(as_of)  # refuses a naive one
    return Q(recorded_at__lte=as_of) & (current | Q(superseded_at__gt=as_of))


def _spans(periods: Collection[Period]) -> Q:
    """Match exactly these periods with few terms: of most kinds, the first day says all."""
    first_days, last_days = defaultdict(set), defaultdict(set)
    for period in periods:
        if period.kind is PeriodKind.CUMULATIVE:
            last_days[period.start_date].add(period.end_date)
        else:
            first_days[period.kind].add(period.start_date)
    matched = Q(pk__in=[])
    for kind, days in first_days.items():
        matched |= Q(period_kind=kind, start_date__in=days)
    for start, ends in last_days.items():
        matched |= Q(period_kind=PeriodKind.CUMULATIVE, start_date=start, end_date__in=ends)
    return matched

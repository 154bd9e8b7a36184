"""Whether everything recorded is still what was recorded: every hash is computed again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from django.db.models import F

from commonweal.engines.merkle import CHUNK_LEAVES, Frontier, leaf_hash, tree_head
from commonweal.kernel.facts.leaves import batch_digest, leaf_content
from commonweal.kernel.facts.models import Batch, Fact, LogChunk
from commonweal.kernel.records.selectors import chain_verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

_ROWS: Final = 2000  # read at a time


@dataclass(frozen=True, slots=True)
class LogFault:
    """One thing that does not fit: the table, the row, and what is wrong with it."""

    table: str
    row: str
    what: str


@dataclass(frozen=True, slots=True)
class LogReport:
    """What a walk over both logs found."""

    n_facts: int
    n_batches: int
    n_events: int
    root_hash: str
    event_hash: str
    faults: tuple[LogFault, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.faults


class _Walked(NamedTuple):
    """A fact with what the walk needs from its neighbours."""

    fact: Fact
    superseded_leaf: int | None
    successor_at: datetime | None


def log_verify(progress: Callable[[int], None] | None = None) -> LogReport:
    """Walk the fact log and the event log and compute every hash again.

    Checked: each fact against its leaf hash; the order of leaves without a gap; when each fact was
    superseded, against the fact that supersedes it; each batch's stored head and the heads of the
    chunks against the leaves; the chain of events. Whole batches cut off the end, with their
    events, leave no trace here: compare with a checkpoint that was published.

    Args:
        progress: Told the number of facts read so far, now and then.
    """
    newest = Batch.objects.order_by("-pk").first()
    walk = _Walk(newest.pk if newest else 0)
    for walked in _facts(newest.pk if newest else 0):
        walk.fact(walked)
        if progress is not None and walk.n_facts % _ROWS == 0:
            progress(walk.n_facts)
    walk.end()
    chain = chain_verify()
    faults = [
        *walk.faults,
        *(LogFault("records_event", f"#{f.sequence} {f.record}", f.what) for f in chain.faults),
    ]
    return LogReport(
        n_facts=walk.n_facts,
        n_batches=walk.n_batches,
        n_events=chain.n_events,
        root_hash=walk.log.head.hex(),
        event_hash=chain.head,
        faults=tuple(faults),
    )


def _facts(newest_batch: int) -> Iterator[_Walked]:
    # batches that others record meanwhile are left to the next walk
    rows = Fact.objects.filter(batch_id__lte=newest_batch).order_by("leaf_index")
    rows = rows.annotate(
        superseded_leaf=F("supersedes__leaf_index"), successor_at=F("superseded_by__recorded_at")
    )
    for fact in rows.iterator(chunk_size=_ROWS):
        yield _Walked(fact, fact.superseded_leaf, fact.successor_at)


class _Walk:
    """Goes through the leaves once, beside the batches and the chunks that cover them."""

    def __init__(self, newest_batch: int) -> None:
        self.faults: list[LogFault] = []
        self.log = Frontier()
        self.n_facts = self.n_batches = 0
        self._next_leaf = 0
        self._roots_hold = True
        batches = Batch.objects.filter(pk__lte=newest_batch).order_by("pk")
        self._batches = batches.iterator(chunk_size=_ROWS)
        self._chunk_heads = {c.number: bytes(c.head) for c in LogChunk.objects.all()}
        self._chunk: list[bytes] = []
        self._batch: Batch | None = None
        self._digest = ""
        self._batch_next()

    def fact(self, walked: _Walked) -> None:
        """Check one fact against its row, and grow the log by the leaf that its row states."""
        fact = walked.fact
        where = f"#{fact.pk} {fact.indicator} of {fact.node} in {fact.period}"
        if fact.leaf_index != self._next_leaf:
            what = f"before it, leaves {self._next_leaf} to {fact.leaf_index - 1} are missing"
            self._tell("facts_fact", where, what)
        while self._batch is not None and self._batch.tree_size <= fact.leaf_index:
            self._batch_cut()
        if self._batch is None or fact.batch_id != self._batch.pk:
            self._tell("facts_fact", where, f"batch {fact.batch_id} does not cover its place")
        if fact.superseded_at != walked.successor_at:
            self._tell("facts_fact", where, "it was not superseded when its row says")
        content = leaf_content(
            fact, batch_sha256=self._digest, superseded_leaf=walked.superseded_leaf
        )
        if leaf_hash(content) != bytes(fact.leaf_hash):
            self._tell("facts_fact", where, "its content does not have its leaf hash")
        self.n_facts += 1
        self._next_leaf = fact.leaf_index + 1
        self._grow(bytes(fact.leaf_hash))

    def end(self) -> None:
        """Check that batches and chunks end where the leaves end."""
        while self._batch is not None:
            self._batch_cut()
        for number in self._chunk_heads:
            if (number + 1) * CHUNK_LEAVES > self._next_leaf:
                self._tell("facts_logchunk", f"#{number}", "leaves it covers are missing")

    def _grow(self, leaf: bytes) -> None:
        self.log.extend([leaf])
        self._chunk.append(leaf)
        number, place = divmod(self._next_leaf, CHUNK_LEAVES)
        if place == 0:
            if self._chunk_heads.get(number - 1) != tree_head(self._chunk):
                what = "it is not the head of its leaves"
                self._tell("facts_logchunk", f"#{number - 1}", what)
            self._chunk.clear()
        if self._batch is not None and self._batch.tree_size == self._next_leaf:
            if self._roots_hold and self._batch.root_hash != self.log.head.hex():
                what = "its root is not the head of the facts up to here; nor are later ones"
                self._tell("facts_batch", f"#{self._batch.pk}", what)
                self._roots_hold = False  # every later root differs for the same cause
            self._batch_next()

    def _batch_cut(self) -> None:
        if self._batch is not None:
            self._tell("facts_batch", f"#{self._batch.pk}", "facts at its end are missing")
        self._batch_next()

    def _batch_next(self) -> None:
        self._batch = next(self._batches, None)
        if self._batch is not None:
            self.n_batches += 1
            self._digest = batch_digest(self._batch)

    def _tell(self, table: str, row: str, what: str) -> None:
        self.faults.append(LogFault(table, row, what))

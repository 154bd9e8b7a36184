"""The Merkle log over all facts: reading it from the tables, and growing it.

Writers hold ``log_lock``; readers see the leaves that were committed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonweal.engines.merkle import CHUNK_LEAVES, ChunkedTree, tree_head
from commonweal.kernel.facts.models import Batch, Fact, LogChunk

if TYPE_CHECKING:
    from collections.abc import Sequence


def log_size() -> int:
    """Return the number of leaves."""
    newest = Batch.objects.order_by("-pk").first()
    return newest.tree_size if newest else 0


def log_tree() -> ChunkedTree:
    """Return the log as it stands; leaves are read from the table when a proof needs them."""
    heads = LogChunk.objects.order_by("number").values_list("head", flat=True)
    return ChunkedTree(log_size(), [bytes(head) for head in heads], leaves_read)


def leaves_read(start: int, stop: int) -> Sequence[bytes]:
    """Return the leaf hashes from ``start`` to ``stop``."""
    rows = Fact.objects.filter(leaf_index__gte=start, leaf_index__lt=stop).order_by("leaf_index")
    return [bytes(leaf) for leaf in rows.values_list("leaf_hash", flat=True)]


def log_grow(size: int, leaves: Sequence[bytes]) -> bytes:
    """Return the head after ``leaves`` join a log of ``size``; keep the chunks they complete."""
    complete = size // CHUNK_LEAVES
    tail = [*leaves_read(complete * CHUNK_LEAVES, size), *leaves]
    heads = [bytes(h) for h in LogChunk.objects.order_by("number").values_list("head", flat=True)]
    n_new = len(tail) // CHUNK_LEAVES
    new = [tree_head(tail[n * CHUNK_LEAVES : (n + 1) * CHUNK_LEAVES]) for n in range(n_new)]
    LogChunk.objects.bulk_create(
        [LogChunk(number=complete + n, head=head) for n, head in enumerate(new)]
    )
    heads += new
    if rest := tail[n_new * CHUNK_LEAVES :]:
        heads.append(tree_head(rest))
    return tree_head(heads)

"""What a leaf of the log says: a fact's meaning, in canonical bytes.

``superseded_at`` is left out: it is filled in later, and follows from the fact that supersedes.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from commonweal.kernel.records.canonical import instant, spell

if TYPE_CHECKING:
    from commonweal.kernel.facts.models import Batch, Fact


def batch_digest(batch: Batch) -> str:
    """Return SHA-256 over what the facts of a batch have in common."""
    return sha256(spell(batch_document(batch))).hexdigest()


def batch_document(batch: Batch) -> dict[str, Any]:
    """Return the origin of a batch's facts; every leaf carries its digest."""
    return {
        "engine": batch.engine,
        "version": batch.version,
        "parameters": batch.parameters,
        "inputs": batch.inputs,
        "actor": batch.actor,
        "recorded_at": instant(batch.recorded_at),
    }


def leaf_document(fact: Fact, *, batch_sha256: str, superseded_leaf: int | None) -> dict[str, Any]:
    """Return a fact's meaning.

    Args:
        fact: The row, in the form that the database gives back.
        batch_sha256: Digest of its batch.
        superseded_leaf: ``leaf_index`` of the fact that it supersedes.
    """
    return {
        "leaf_index": fact.leaf_index,
        "batch_sha256": batch_sha256,
        "indicator": fact.indicator,
        "node": fact.node,
        "boundary": fact.boundary,
        "period_kind": fact.period_kind,
        "start_date": fact.start_date.isoformat(),
        "end_date": fact.end_date.isoformat(),
        "value": None if fact.value is None else format(fact.value, "f"),
        "unit": fact.unit,
        "decimals": fact.decimals,
        "method": fact.method,
        "estimated_share": (
            None if fact.estimated_share is None else format(fact.estimated_share, "f")
        ),
        "lineage": fact.lineage,
        "recorded_at": instant(fact.recorded_at),
        "supersedes_leaf": superseded_leaf,
        "reason": fact.reason,
    }


def leaf_content(fact: Fact, *, batch_sha256: str, superseded_leaf: int | None) -> bytes:
    """Return the canonical bytes of a fact's meaning."""
    return spell(leaf_document(fact, batch_sha256=batch_sha256, superseded_leaf=superseded_leaf))

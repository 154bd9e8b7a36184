"""An approved statement becomes rows of the lake, and a file that nobody can alter unseen."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from commonweal.domains.carbon.collection.files import signature, statement_write
from commonweal.kernel.facts.selectors import period_locks
from commonweal.kernel.programmes.services import attachment_add
from commonweal.kernel.records.canonical import canonical_json
from commonweal.kernel.records.locks import log_lock
from commonweal.kernel.records.services import event_append
from commonweal.lake.datasets import dataset_get
from commonweal.lake.segments import SegmentWriter, SourceInfo

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from commonweal.domains.carbon.collection.models import Item, Statement
    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.facts.models import PeriodLock
    from commonweal.lake.models import Source
    from commonweal.periods import Period

DATASET: Final = "submissions"


def content_sha256(statement: Statement, items: Sequence[Item]) -> str:
    """Return the hash of what a statement says: unit, period, and each item's own fields."""
    rows = [
        [
            each.indicator,
            each.is_declared,
            None if each.value is None else str(each.value),
            each.value_unit,
            each.method,
            each.reason,
            each.evidence,
        ]
        for each in sorted(items, key=lambda each: each.indicator)
    ]
    head = [statement.code, statement.node.code, statement.covers, statement.revision]
    return hashlib.sha256(canonical_json([head, rows])).hexdigest()


def period_lock_found(span: Period) -> PeriodLock | None:
    """Return a lock on any part of a period; until this transaction ends none can be added.

    Whoever locks waits for the log's lock, too: a statement is taken in before the period is
    closed, or finds it closed, never half-way.
    """
    log_lock()
    return period_locks().filter(start_date__lt=span.end_date, end_date__gt=span.start_date).first()


def statement_take_in(
    statement: Statement, items: Sequence[Item], *, actor: str, now: datetime
) -> Source | None:
    """Add what a statement declares to the lake, in the caller's transaction, with its event.

    Returns:
        The manifest's entry, named after the statement; None if nothing is declared.
    """
    declared = [each for each in items if each.is_declared and each.value is not None]
    if not declared:
        return None
    content = content_sha256(statement, items)
    document: dict[str, object] = {
        "record": "collection.statement",
        "id": str(statement.pk),
        "sha256": content,
    }
    identity = hashlib.sha256(canonical_json([DATASET, document])).hexdigest()
    info = SourceInfo(
        dataset=DATASET,
        name=f"{statement.code} {statement.node.code} {statement.covers}",
        sha256=content,
        mapping=document,
        fingerprint=identity,
        actor=actor,
    )

    def tell(source: Source) -> None:
        told = {"dataset": DATASET, "name": info.name, "sha256": content, "n_rejected": 0}
        event_append(
            record_type="lake.source",
            record_key=source.fingerprint,
            action="ingest",
            actor=actor,
            content={**told, "n_accepted": len(declared)},
            now=now,
        )

    with SegmentWriter(dataset_get(DATASET), info, now=now) as writer:
        writer.add(_rows(statement, declared))
        return writer.commit(and_then=tell)


def statement_file_attach(
    statement: Statement, items: Sequence[Item], *, scope: Scope, now: datetime
) -> None:
    """Keep the approved statement as a workbook among its files, under its hash."""
    file = io.BytesIO()
    signed = signature("approve", scope.actor, now)
    statement_write(statement, items, file, also_signed=[signed])
    file.seek(0)
    name = f"{statement.code}-{statement.node.code}-{statement.covers}.xlsx"
    attachment_add(statement, file, name=name, scope=scope, now=now, kind="statement")


def _rows(statement: Statement, declared: Sequence[Item]) -> pa.Table:
    n, span = len(declared), statement.span
    return pa.table(
        {
            "node_id": pa.array([statement.node_id] * n, pa.int32()),
            "indicator": [each.indicator for each in declared],
            "start_date": pa.array([span.start_date] * n, pa.date32()),
            "end_date": pa.array([span.end_date] * n, pa.date32()),
            "value": pa.array([float(each.value or 0) for each in declared], pa.float64()),
            "unit": [each.value_unit for each in declared],
            "evidence": [f"{statement.code} {each.evidence}".strip() for each in declared],
            "source_row": pa.array(range(1, n + 1), pa.int64()),
        }
    )

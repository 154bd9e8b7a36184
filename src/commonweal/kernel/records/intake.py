"""A file comes into the lake and the event log tells of it: both or neither."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonweal.kernel.records.services import event_append
from commonweal.lake.ingest import ingest

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from commonweal.lake.ingest import IngestResult, Progress
    from commonweal.lake.mapping import Mapping
    from commonweal.lake.models import Source


def source_ingest(
    dataset: str,
    path: Path,
    *,
    mapping: Mapping | None = None,
    actor: str,
    now: datetime,
    progress: Progress | None = None,
) -> IngestResult:
    """Bring a CSV, XLSX or Parquet file into a dataset, and append ``lake.source ingest``.

    The event is written in the transaction that makes the rows visible, so it exists if and only
    if they do. A file that was here before is answered with what became of it then, without an
    event: nothing happened.

    Raises:
        InputError: The file cannot be read as a table, or lacks a required column; nothing of it
            was taken.
    """

    def tell(source: Source) -> None:
        event_append(
            record_type="lake.source",
            record_key=source.fingerprint,
            action="ingest",
            actor=actor,
            content={
                "dataset": source.dataset,
                "name": source.name,
                "sha256": source.sha256,
                "n_accepted": source.n_accepted,
                "n_rejected": source.n_rejected,
            },
            now=now,
        )

    return ingest(
        dataset, path, mapping=mapping, actor=actor, now=now, progress=progress, and_then=tell
    )

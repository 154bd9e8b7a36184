"""The lake's front door: a file comes in, accepted rows become segments, bad rows become rejects.

The same bytes with the same mapping are ingested once: again, and the first answer is replayed.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa
from django.conf import settings

from commonweal.errors import InputError
from commonweal.lake.checks import RowChecker
from commonweal.lake.datasets import dataset_get
from commonweal.lake.mapping import Mapping
from commonweal.lake.plans import plan_file
from commonweal.lake.readers import Layout, raw_batches
from commonweal.lake.rejects import REJECT_SCHEMA
from commonweal.lake.segments import SegmentWriter, SourceInfo, source_find

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from commonweal.lake.checks import Checked
    from commonweal.lake.datasets import Dataset
    from commonweal.lake.models import Source
    from commonweal.lake.plans import Plan

    Progress = Callable[[float, int], None]
    """Called with the share of the file that is done, and the rows so far."""

_PLAIN: Final = Mapping()


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestResult:
    """What became of a file; accepted plus rejected is its rows times the mapping's repeats."""

    source: Source
    n_accepted: int
    n_rejected: int
    replayed: bool
    """The file was here before; nothing was added."""
    rejects_path: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestPreview:
    """What would become of a file."""

    n_accepted: int
    n_rejected: int
    rejects: pa.Table
    """The first rejects."""
    by_rule: dict[str, int]
    accepted: pa.Table
    """The first accepted rows, as they would be stored."""
    ignored: tuple[str, ...]
    """Headers that nothing uses."""
    replayed: bool


def ingest(
    dataset_id: str,
    path: Path,
    *,
    mapping: Mapping | None = None,
    actor: str,
    now: datetime,
    progress: Progress | None = None,
    and_then: Callable[[Source], object] | None = None,
) -> IngestResult:
    """Bring a CSV, XLSX or Parquet file into a dataset.

    Outside of tests, call ``kernel.records.intake.source_ingest``, which tells the event log too.

    Args:
        dataset_id: What the rows are.
        path: The file.
        mapping: Which column is which; a template needs none.
        actor: Who brings it.
        now: The instant from which the rows are known.
        progress: Told how far it is.
        and_then: Called with a new entry in the manifest's transaction; see ``commit``.

    Raises:
        InputError: The file cannot be read as a table, or lacks a required column; nothing of it
            was taken. A bad row raises nothing: it is among the rejects.
    """
    dataset, mapping = dataset_get(dataset_id), mapping or _PLAIN
    info = source_info(dataset, path, mapping, actor=actor)
    if (found := source_find(info.fingerprint)) is not None:
        return _result(found, replayed=True)
    with SegmentWriter(dataset, info, now=now) as writer:
        stamp = _stamp(path)
        for _, checked in checked_rows(dataset, path, mapping, progress):
            if checked.accepted.num_rows:
                writer.add(checked.accepted)
            if checked.rejects.num_rows:
                writer.add_rejects(checked.rejects)
        if _stamp(path) != stamp:
            raise InputError(f"{path.name} changed while it was read", hint="ingest it again")
        return _result(writer.commit(and_then=and_then), replayed=False)


def ingest_preview(
    dataset_id: str,
    path: Path,
    *,
    mapping: Mapping | None = None,
    n_shown: int = 20,
    progress: Progress | None = None,
) -> IngestPreview:
    """Read and check a file to its end and add nothing.

    Raises:
        InputError: As ``ingest``.
    """
    dataset, mapping = dataset_get(dataset_id), mapping or _PLAIN
    n_accepted, by_rule = 0, Counter[str]()
    rejects, accepted = REJECT_SCHEMA.empty_table(), None
    ignored: tuple[str, ...] = ()
    for plan, checked in checked_rows(dataset, path, mapping, progress):
        n_accepted += checked.accepted.num_rows
        by_rule.update(checked.rejects["rule"].to_pylist())
        ignored = plan.ignored
        rejects = pa.concat_tables([rejects, checked.rejects]).slice(0, n_shown)
        rows = [checked.accepted] if accepted is None else [accepted, checked.accepted]
        accepted = pa.concat_tables(rows).slice(0, n_shown)
    info = source_info(dataset, path, mapping, actor="")
    return IngestPreview(
        n_accepted=n_accepted,
        n_rejected=by_rule.total(),
        rejects=rejects,
        by_rule=dict(by_rule.most_common()),
        accepted=accepted,
        ignored=ignored,
        replayed=source_find(info.fingerprint) is not None,
    )


def checked_rows(
    dataset: Dataset, path: Path, mapping: Mapping, progress: Progress | None = None
) -> Iterator[tuple[Plan, Checked]]:
    """Yield the file's rows, checked, with the plan they were read by.

    Raises:
        InputError: The file cannot be read as a table, lacks a required column, or has no rows.
    """
    layout = Layout(
        sheet=mapping.sheet,
        header_row=mapping.header_row,
        encoding=mapping.encoding,
        delimiter=mapping.delimiter,
    )
    plan = checker = None
    n_rows = 0
    for batch in raw_batches(path, layout):
        if plan is None or checker is None:
            plan = _plan(dataset, mapping, batch.cells.column_names, path)
            checker = RowChecker(dataset, plan, blanks=mapping.blanks)
        for checked in checker.check(batch):
            n_rows += checked.accepted.num_rows + checked.rejects.num_rows
            yield plan, checked
        if progress is not None:
            progress(batch.share_done, n_rows)
    if not n_rows:
        raise InputError(
            f"{path.name} has a header and no rows below it", hint="fill in a row, or leave it out"
        )


def _plan(dataset: Dataset, mapping: Mapping, headers: Sequence[str], path: Path) -> Plan:
    try:
        return plan_file(dataset, mapping, headers)
    except InputError as fault:
        raise InputError(f"{path.name}: {fault}", hint=fault.hint) from fault


def source_info(dataset: Dataset, path: Path, mapping: Mapping, *, actor: str) -> SourceInfo:
    """Return what identifies a file: its bytes, the dataset, the mapping.

    Raises:
        InputError: There is no such file.
    """
    if not path.is_file():
        problem = "is not a file" if path.exists() else "does not exist"
        raise InputError(f"{path} {problem}", hint="give one CSV, XLSX or Parquet file")
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    document = mapping.document()
    identity = json.dumps([dataset.id, sha256, document], ensure_ascii=False, sort_keys=True)
    return SourceInfo(
        dataset=dataset.id,
        name=path.name,
        sha256=sha256,
        mapping=document,
        fingerprint=hashlib.sha256(identity.encode()).hexdigest(),
        actor=actor,
    )


def _result(source: Source, *, replayed: bool) -> IngestResult:
    return IngestResult(
        source=source,
        n_accepted=source.n_accepted,
        n_rejected=source.n_rejected,
        replayed=replayed,
        rejects_path=Path(settings.LAKE_ROOT) / source.rejects_path
        if source.rejects_path
        else None,
    )


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns

"""Performance files into the lake: many at a time, each once, a bad one never in the way.

Files are read in threads and written in batches; a batch is one source of each dataset, becoming
visible at once with the list of its files. A process that is killed goes on with the files of the
batch that it was at.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from commonweal.domains.radio.models import PerformanceFile
from commonweal.domains.radio.network.pm.file_rows import FileRows
from commonweal.domains.radio.network.pm.judging import UnreadableError
from commonweal.domains.radio.network.pm.merging import merged
from commonweal.domains.radio.network.pm.netdata import netdata_read
from commonweal.domains.radio.network.pm.reading import blocks
from commonweal.domains.radio.network.pm.tables import rows_add
from commonweal.domains.radio.schemas import CELL_COUNTERS, ELEMENT_POWER
from commonweal.errors import InputError
from commonweal.kernel.records.services import event_append
from commonweal.lake.models import Source
from commonweal.lake.rejects import REJECT_SCHEMA
from commonweal.lake.segments import SegmentWriter, SourceInfo, source_find

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from commonweal.domains.radio.network.pm.counters import CounterMapping
    from commonweal.lake.datasets import Dataset

    Progress = Callable[[int], None]
    """Called with the bytes that were read."""

_BATCH_FILES: Final = 5_000
_BATCH_ROWS: Final = 2_000_000
_ENDINGS: Final = {"pm": (".xml", ".gz", ".xz"), "netdata": (".csv", ".gz")}


@dataclass(slots=True, kw_only=True)
class PmIngested:
    """What became of performance files."""

    n_files: int = 0
    n_known: int = 0
    """Files that were read before."""
    n_values: int = 0
    n_rows: Counter[str] = field(default_factory=Counter)
    """Rows in the lake, by dataset."""
    n_merged: int = 0
    """Rows that went up in another of their key: several infos, or a later file."""
    n_snapped: int = 0
    by_rule: Counter[str] = field(default_factory=Counter)
    refused: dict[str, str] = field(default_factory=dict)
    """Files of which nothing was taken, and why."""
    unknown: Counter[str] = field(default_factory=Counter)
    shifted: dict[str, float] = field(default_factory=dict)
    sources: list[int] = field(default_factory=list)


def pm_files(paths: Iterable[Path], *, kind: str = "pm") -> list[Path]:
    """Return the files that these are, or that lie in these folders, in the order of their names.

    Raises:
        InputError: One does not exist, or there is no file at all.
    """
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise InputError(f"{path} does not exist", hint="give files or folders")
        inside = (each for each in path.rglob("*") if each.suffix.lower() in _ENDINGS[kind])
        found += sorted(each for each in inside if each.is_file()) if path.is_dir() else [path]
    if not found:
        raise InputError(
            "there are no performance files there",
            hint=f"files in folders end in {', '.join(_ENDINGS[kind])}",
        )
    return found


def pm_ingest(
    paths: Sequence[Path],
    *,
    mapping: CounterMapping,
    actor: str,
    now: datetime,
    kind: str = "pm",
    n_jobs: int = 2,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> PmIngested:
    """Bring performance files into ``cell_counters`` and ``element_power``.

    Args:
        paths: Files, in the order in which they correct one another.
        mapping: Which counter becomes which column.
        actor: Who brings them.
        now: The instant from which the rows are known.
        kind: ``pm``, or ``netdata``.
        n_jobs: Files that are read at once.
        dry_run: Read and check, and add nothing.
        progress: Told the bytes that were read.
    """
    told = PmIngested(n_files=len(paths))
    with ThreadPoolExecutor(n_jobs) as pool:
        digests = dict(zip(paths, pool.map(_sha256, paths), strict=True))
        known = _known(digests.values(), mapping)
        told.n_known = sum(digest in known for digest in digests.values())
        seen = set(known)
        fresh = []
        for path in paths:
            if digests[path] not in seen:
                fresh.append(path)
                seen.add(digests[path])
            elif progress is not None:
                progress(path.stat().st_size)
        read = partial(_file_read, kind=kind, mapping=mapping)
        files = _in_order(pool, read, fresh, n_ahead=n_jobs + 1)
        for batch in _batches(files, progress):
            _tell(told, batch)
            if not dry_run:
                listed = [(path, digests[path], rows) for path, rows in batch]
                _Batch(listed, mapping, actor, now).write(told)
    return told


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_LOOKED_UP: Final = 500


def _known(digests: Iterable[str], mapping: CounterMapping) -> set[str]:
    listed = sorted(set(digests))
    known: set[str] = set()
    for first in range(0, len(listed), _LOOKED_UP):
        found = PerformanceFile.objects.filter(
            mapping=mapping.digest, sha256__in=listed[first : first + _LOOKED_UP]
        )
        known.update(found.values_list("sha256", flat=True))
    return known


def _file_read(path: Path, *, kind: str, mapping: CounterMapping) -> FileRows:
    """Read one file whole, or take nothing of it and say why."""
    found = FileRows(path.name)
    try:
        if kind == "netdata":
            netdata_read(found, path, mapping)
        else:
            for block in blocks(path):
                rows_add(found, block, mapping)
    except UnreadableError as fault:
        found = FileRows(path.name, refused=str(fault))
        found.reject(1, fault.rule, f"nothing of it was taken: {fault}", fault.hint)
    return found


def _in_order(
    pool: ThreadPoolExecutor,
    read: Callable[[Path], FileRows],
    paths: Sequence[Path],
    *,
    n_ahead: int,
) -> Iterator[tuple[Path, FileRows]]:
    """Read files in threads, a few ahead, and yield them in their order."""
    waiting = deque((path, pool.submit(read, path)) for path in paths[:n_ahead])
    ahead = iter(paths[n_ahead:])
    while waiting:
        path, future = waiting.popleft()
        rows = future.result()
        if (following := next(ahead, None)) is not None:
            waiting.append((following, pool.submit(read, following)))
        yield path, rows


def _batches(
    files: Iterable[tuple[Path, FileRows]], progress: Progress | None
) -> Iterator[list[tuple[Path, FileRows]]]:
    batch: list[tuple[Path, FileRows]] = []
    n_rows = 0
    for path, rows in files:
        batch.append((path, rows))
        n_rows += rows.n_rows
        if progress is not None:
            progress(path.stat().st_size)
        if len(batch) >= _BATCH_FILES or n_rows >= _BATCH_ROWS:
            yield batch
            batch, n_rows = [], 0
    if batch:
        yield batch


def _tell(told: PmIngested, batch: list[tuple[Path, FileRows]]) -> None:
    for path, rows in batch:
        told.n_values += rows.n_values
        told.n_snapped += rows.n_snapped
        told.by_rule.update(str(each["rule"]) for each in rows.rejects)
        told.unknown.update(rows.unknown)
        told.shifted.update(rows.shifted)
        if rows.refused:
            told.refused[str(path)] = rows.refused


class _MergingWriter(SegmentWriter):
    """Writes rows of one key as one."""

    n_merged = 0

    def __init__(self, dataset: Dataset, source: SourceInfo, *, now: datetime) -> None:
        super().__init__(dataset, source, now=now)
        self.n_longer = 0

    def _unique(self, groups: Iterator[pa.Table]) -> Iterator[pa.Table]:
        n_before = n_after = 0

        def counted() -> Iterator[pa.Table]:
            nonlocal n_before
            for group in groups:
                n_before += group.num_rows
                yield group

        for group in merged(self._dataset, counted(), self._refuse_longer):
            n_after += group.num_rows
            yield group
        self.n_merged += n_before - n_after - self.n_longer

    def _refuse_longer(self, rows: pa.Table) -> None:
        self.n_longer += rows.num_rows
        names = [
            name for name in ("element_dn", "cell_dn", "start_at") if name in rows.schema.names
        ]
        self.add_rejects(
            pa.Table.from_pylist(
                [
                    {
                        "source_row": row["source_row"],
                        "repeat": 1,
                        "column": "duration_s",
                        "value": str(row["duration_s"]),
                        "rule": "longer_period",
                        "sentence": f"{', '.join(str(row[name]) for name in names)}: a shorter"
                        f" period than {row['duration_s']} s begins at the same time",
                        "hint": "report each object at one period",
                        "also": "",
                        "raw": json.dumps(row, default=str, ensure_ascii=False),
                    }
                    for row in rows.to_pylist()
                ],
                REJECT_SCHEMA,
            )
        )


class _Batch:
    """Files that become visible together."""

    def __init__(
        self,
        files: list[tuple[Path, str, FileRows]],
        mapping: CounterMapping,
        actor: str,
        now: datetime,
    ) -> None:
        self.files, self.mapping, self.actor, self.now = files, mapping, actor, now
        said = json.dumps([[digest for _, digest, _ in files], mapping.digest])
        self.digest = hashlib.sha256(said.encode()).hexdigest()

    def write(self, told: PmIngested) -> None:
        """Write both sources and the list of files: all or nothing."""
        datasets = (CELL_COUNTERS, ELEMENT_POWER)
        with ExitStack() as stack:
            writers = [
                stack.enter_context(_MergingWriter(dataset, self._info(dataset), now=self.now))
                for dataset in datasets
            ]
            first_rows = self._add(*writers)
            counters, power = writers

            def then(source: Source) -> None:
                self._event(source)
                PerformanceFile.objects.bulk_create(self._entries(first_rows))
                told.sources += [source.pk, power.commit(and_then=self._event).pk]

            if source_find(self._info(CELL_COUNTERS).fingerprint) is None:
                counters.commit(and_then=then)
            for writer in writers:
                told.n_merged += writer.n_merged
                if writer.n_longer:
                    told.by_rule["longer_period"] += writer.n_longer
        for dataset in datasets:
            found = source_find(self._info(dataset).fingerprint)
            told.n_rows[dataset.id] += found.n_accepted if found else 0

    def _info(self, dataset: Dataset) -> SourceInfo:
        shas = [digest for _, digest, _ in self.files]
        identity = json.dumps([dataset.id, self.digest])
        first = self.files[0][0].name
        more = f" and {len(self.files) - 1:,} more" if len(self.files) > 1 else ""
        one = shas[0] if len(shas) == 1 else hashlib.sha256("".join(shas).encode()).hexdigest()
        return SourceInfo(
            dataset=dataset.id,
            name=f"{first[:200]}{more}",
            sha256=one,
            mapping={
                "reader": "pm",
                "counters": self.mapping.digest,
                "n_files": len(shas),
                "batch": self.digest,
            },
            fingerprint=hashlib.sha256(identity.encode()).hexdigest(),
            actor=self.actor,
        )

    def _add(self, counters: SegmentWriter, power: SegmentWriter) -> list[int]:
        """Give the writers all rows; return the first row of each file, less one."""
        first_rows, first = [], 0
        for _, _, rows in self.files:
            for writer, tables in ((counters, rows.counters), (power, rows.power)):
                for table in tables:
                    numbers = pc.add(table["source_row"], first)
                    place = table.column_names.index("source_row")
                    writer.add(table.set_column(place, "source_row", numbers))
                tables.clear()  # the writer has them now
            if rows.rejects:
                counters.add_rejects(rows.rejects_table(first))
            first_rows.append(first)
            first += max(rows.n_rows, 1)
        return first_rows

    def _entries(self, first_rows: list[int]) -> list[PerformanceFile]:
        return [
            PerformanceFile(
                sha256=digest,
                mapping=self.mapping.digest,
                name=path.name[:255],
                batch=self.digest,
                first_row=first + 1,
                n_values=rows.n_values,
                refused=rows.refused[:400],
            )
            for (path, digest, rows), first in zip(self.files, first_rows, strict=True)
        ]

    def _event(self, source: Source) -> None:
        event_append(
            record_type="lake.source",
            record_key=source.fingerprint,
            action="ingest",
            actor=self.actor,
            content={
                "dataset": source.dataset,
                "name": source.name,
                "sha256": source.sha256,
                "n_accepted": source.n_accepted,
                "n_rejected": source.n_rejected,
                "n_files": len(self.files),
            },
            now=self.now,
        )


def file_of(source_key: int, source_row: int) -> PerformanceFile | None:
    """Return the performance file that a row of the lake came from; None if from another kind.

    Args:
        source_key: Of the row, in ``cell_counters`` or ``element_power``.
        source_row: Of the row.
    """
    source = Source.objects.filter(key=source_key).first()
    if source is None or source.mapping.get("reader") != "pm":
        return None
    return (
        PerformanceFile.objects.filter(batch=source.mapping["batch"], first_row__lte=source_row)
        .order_by("-first_row")
        .first()
    )

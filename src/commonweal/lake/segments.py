"""Adding rows to the lake: one source file becomes sorted segments and one manifest entry.

Nothing is visible before the transaction at the end, everything is durable after it. A process
that is killed in between leaves files that the manifest does not list; ``lake sweep`` takes them.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.db import IntegrityError, transaction

from commonweal.errors import InputError, StateError
from commonweal.lake.models import Segment, Source
from commonweal.lake.rejects import REJECT_SCHEMA
from commonweal.lake.segments_files import (
    SegmentFile,
    file_flush,
    files_place,
    lake_lock,
    month_split,
    segment_write,
    sorted_groups,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date, datetime
    from types import TracebackType

    from commonweal.lake.datasets import Dataset

_SPILL_BYTES: Final = 192 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceInfo:
    """What is known of an ingested file before its rows are."""

    dataset: str
    name: str
    sha256: str
    mapping: dict[str, object]
    fingerprint: str
    """SHA-256 of the dataset's id, the file's bytes and the mapping, in hexadecimal."""
    actor: str

    @property
    def key(self) -> int:
        """The source's number in every row: the first 8 bytes of the fingerprint."""
        return int.from_bytes(bytes.fromhex(self.fingerprint[:16]), "big", signed=True)


def source_find(fingerprint: str) -> Source | None:
    """Return the source with this fingerprint, if it was ingested before."""
    return Source.objects.filter(fingerprint=fingerprint).first()


class SegmentWriter:
    """Takes the rows of one source in any order and makes them visible all at once.

    >>> with SegmentWriter(dataset, source, now=now) as writer:   # doctest: +SKIP
    ...     writer.add(rows)
    ...     writer.commit()

    Leaving the block without ``commit`` discards everything.
    """

    def __init__(
        self,
        dataset: Dataset,
        source: SourceInfo,
        *,
        now: datetime,
        root: Path | None = None,
    ) -> None:
        """Prepare; nothing is written yet.

        Args:
            dataset: What the rows are.
            source: Where they come from.
            now: The instant from which they are known.
            root: Folder of the lake, ``settings.LAKE_ROOT`` by default.
        """
        self._dataset, self._source, self._now = dataset, source, now
        self._root = Path(root or settings.LAKE_ROOT)
        self._folder = self._root / "tmp" / uuid4().hex
        self._held: dict[date, list[pa.Table]] = {}
        self._n_held_bytes = 0
        self._spilled: dict[date, list[Path]] = {}
        self._rejects: list[pa.Table] = []

    def __enter__(self) -> Self:
        """Make the folder for unfinished files."""
        self._folder.mkdir(parents=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove whatever was not put in place."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, rows: pa.Table) -> None:
        """Take accepted rows: the dataset's columns and ``source_row``, any months, any order.

        Raises:
            InputError: A required column has an empty cell.
        """
        for name in {*self._dataset.key, self._dataset.month_of}:
            if rows[name].null_count:
                raise InputError(f"{self._source.name}: {name} is empty in an accepted row")
        schema = self._dataset.schema
        for month, part in month_split(self._dataset, rows):
            constants = {
                "month": pa.repeat(pa.scalar(month, pa.date32()), part.num_rows),
                "source_key": pa.repeat(pa.scalar(self._source.key, pa.int64()), part.num_rows),
            }
            columns = [
                constants[name] if name in constants else part[name] for name in schema.names
            ]
            complete = pa.table(columns, names=schema.names).cast(schema)
            self._held.setdefault(month, []).append(complete)
            self._n_held_bytes += complete.nbytes
        if self._n_held_bytes > _SPILL_BYTES:
            self._spill()

    def _spill(self) -> None:
        for month, tables in self._held.items():
            paths = self._spilled.setdefault(month, [])
            path = self._folder / f"{month}-{len(paths)}.arrow"
            with pa.ipc.new_file(path, self._dataset.schema) as file:
                for table in tables:
                    file.write_table(table)
            paths.append(path)
        self._held, self._n_held_bytes = {}, 0

    def add_rejects(self, rejects: pa.Table) -> None:
        """Take rejected rows (``REJECT_SCHEMA``); they are kept beside the source."""
        self._rejects.append(rejects.cast(REJECT_SCHEMA))

    def commit(
        self,
        *,
        at: datetime | None = None,
        and_then: Callable[[Source], object] | None = None,
    ) -> Source:
        """Make everything visible and return the manifest's entry.

        If another process committed the same source meanwhile, its entry is returned and nothing
        is added.

        Args:
            at: The instant of becoming known, where ``now`` was long ago; ``now`` by default.
            and_then: Called with a new entry, inside the manifest's transaction: what it writes
                is kept with the entry or not at all. Not called where nothing is added.

        Raises:
            InputError: Two rows have the same key.
            StateError: The month was compacted with later knowledge than ``now``.
        """
        months = sorted({*self._held, *self._spilled})
        files = [self._write_month(month) for month in months]
        rejects = self._write_rejects()
        with lake_lock(self._root):
            placed = [(file.written, file.path) for file in files]
            files_place(self._root, [*placed, *([rejects] if rejects else [])])
            try:
                with transaction.atomic():
                    if (found := source_find(self._source.fingerprint)) is not None:
                        return found
                    entry = self._enter(files, rejects[1] if rejects else "", at or self._now)
                    if and_then is not None:
                        and_then(entry)
                    return entry
            except IntegrityError:
                if (found := source_find(self._source.fingerprint)) is None:
                    raise
                return found

    def _write_month(self, month: date) -> SegmentFile:
        spilled = self._spilled.pop(month, [])
        mapped = [pa.ipc.open_file(pa.memory_map(str(path))).read_all() for path in spilled]
        rows = pa.concat_tables([*mapped, *self._held.pop(month, [])])
        groups = self._unique(sorted_groups(self._dataset, rows, self._folder))
        return segment_write(self._dataset, month, groups, self._folder)

    def _unique(self, groups: Iterator[pa.Table]) -> Iterator[pa.Table]:
        """Pass sorted rows on; equal keys would make the latest row a matter of chance."""
        last: pa.Table | None = None
        for group in groups:
            keys = group.select(self._dataset.key)
            before = pa.concat_tables([*([last] if last else []), keys]).combine_chunks()
            equal = _equals_previous(before).slice(before.num_rows - keys.num_rows)
            last = keys.slice(keys.num_rows - 1)
            if pc.any(equal).as_py():
                raise self._repeated(group.filter(equal))
            yield group

    def _repeated(self, rows: pa.Table) -> InputError:
        key = rows.select(self._dataset.key).slice(0, 1).to_pylist()[0]
        shown = ", ".join(f"{name} {value}" for name, value in key.items())
        return InputError(
            f"{self._source.name}, row {rows['source_row'][0].as_py()}: {shown} stands there twice",
            hint="a key may stand once in a file; a later file with the same key corrects it",
        )

    def _write_rejects(self) -> tuple[Path, str] | None:
        if not self._rejects:
            return None
        written = self._folder / "rejects.parquet"
        rejects = pa.concat_tables(self._rejects).combine_chunks()
        pq.write_table(rejects.sort_by("source_row"), written, compression="zstd")
        return written, f"rejects/{self._dataset.id}/{file_flush(written)}.parquet"

    def _enter(self, files: list[SegmentFile], rejects_path: str, at: datetime) -> Source:
        info = self._source
        _refuse_behind_compaction(self._dataset.id, files, at)
        source = Source.objects.create(
            dataset=self._dataset.id,
            name=info.name,
            sha256=info.sha256,
            mapping=info.mapping,
            fingerprint=info.fingerprint,
            key=info.key,
            n_accepted=sum(file.n_rows for file in files),
            n_rejected=sum(table.num_rows for table in self._rejects),
            rejects_path=rejects_path,
            actor=info.actor,
            known_at=at,
        )
        Segment.objects.bulk_create(
            segment_entry(self._dataset.id, file, source=source, known_at=at, at=at)
            for file in files
        )
        return source


def segment_entry(
    dataset_id: str, file: SegmentFile, *, source: Source | None, known_at: datetime, at: datetime
) -> Segment:
    """Return the unsaved manifest entry of a file that is in its place."""
    return Segment(
        dataset=dataset_id,
        month=file.month,
        path=file.path,
        sha256=file.sha256,
        source=source,
        n_rows=file.n_rows,
        n_bytes=file.n_bytes,
        key_min=file.key_min,
        key_max=file.key_max,
        known_at=known_at,
        added_at=at,
    )


def _equals_previous(keys: pa.Table) -> pa.Array:
    """Return for every row whether its key equals the row's before it; false for the first."""
    if keys.num_rows == 0:
        return pa.array([], pa.bool_())
    same = pa.repeat(True, keys.num_rows - 1)  # noqa: FBT003 - a value, not a switch
    for column in keys.itercolumns():
        values = column.combine_chunks()
        same = pc.and_(same, pc.equal(values.slice(1), values.slice(0, len(values) - 1)))
    return pa.concat_arrays([pa.array([False]), same])


def _refuse_behind_compaction(dataset_id: str, files: list[SegmentFile], at: datetime) -> None:
    """Refuse knowledge older than a compacted file holds: it would lose where it should win."""
    later = Segment.objects.filter(
        dataset=dataset_id,
        month__in={file.month for file in files},
        source=None,
        removed_at=None,
        known_at__gt=at,
    ).first()
    if later is not None:
        raise StateError(
            f"{dataset_id} {later.month:%Y-%m} was compacted as known at {later.known_at}; "
            f"rows known from {at} cannot be added behind it",
            hint="ingest with the present instant",
        )

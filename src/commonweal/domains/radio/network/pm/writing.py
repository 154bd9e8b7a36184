"""Rows of many performance files written as one source of each dataset, with their list."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from commonweal.domains.radio.models import PerformanceFile
from commonweal.domains.radio.network.pm.merging import merged
from commonweal.domains.radio.schemas import CELL_COUNTERS, ELEMENT_POWER
from commonweal.kernel.records.services import event_append
from commonweal.lake.rejects import REJECT_SCHEMA
from commonweal.lake.segments import SegmentWriter, SourceInfo, source_find

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from commonweal.domains.radio.network.pm.counters import CounterMapping
    from commonweal.domains.radio.network.pm.file_rows import FileRows
    from commonweal.lake.datasets import Dataset
    from commonweal.lake.models import Source


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


class Batch:
    """Files that become visible together."""

    def __init__(
        self,
        files: list[tuple[Path, str, FileRows]],
        mapping: CounterMapping,
        actor: str,
        now: datetime,
    ) -> None:
        """Take files with their digests and rows, in the order in which they correct one another.

        Args:
            files: Path, SHA-256 and rows of each.
            mapping: Which counter became which column.
            actor: Who brings them.
            now: The instant from which the rows are known.
        """
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

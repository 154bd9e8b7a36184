"""Exported tables of counters and energy (CSV, XLSX, Parquet), by mappings."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from commonweal.domains.radio.schemas import CELL_COUNTERS
from commonweal.errors import InputError
from commonweal.kernel.records.intake import source_ingest
from commonweal.lake.ingest import ingest_preview
from commonweal.lake.mapping import Mapping, mapping_read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Tabular:
    """What became of one file in one dataset."""

    file: str
    dataset: str
    n_accepted: int
    n_rejected: int
    replayed: bool

    def document(self) -> dict[str, object]:
        """Return it for JSON."""
        return asdict(self)


def tabular_ingest(
    paths: Sequence[Path],
    *,
    mappings: Sequence[Path],
    actor: str,
    now: datetime,
    dry_run: bool = False,
) -> list[Tabular]:
    """Bring every file in by every mapping: a line of an export may tell of a cell and its element.

    Args:
        paths: Files.
        mappings: TOML files as ``lake.mapping`` has them, each with its ``dataset``; none where the
            files are filled templates of ``cell_counters``.
        actor: Who brings them.
        now: The instant from which the rows are known.
        dry_run: Read and check, and add nothing.

    Raises:
        InputError: A file cannot be read as a table, or a mapping names no dataset.
    """
    read = [mapping_read(path) for path in mappings] or [Mapping(dataset=CELL_COUNTERS.id)]
    for path, mapping in zip(mappings, read, strict=False):
        if not mapping.dataset:
            raise InputError(
                f"mapping {path.name} names no dataset",
                hint='write dataset = "cell_counters", or "element_power"',
            )
    told = []
    for path in paths:
        for mapping in read:
            if dry_run:
                seen = ingest_preview(mapping.dataset, path, mapping=mapping)
                counts = seen.n_accepted, seen.n_rejected, seen.replayed
            else:
                taken = source_ingest(mapping.dataset, path, mapping=mapping, actor=actor, now=now)
                counts = taken.n_accepted, taken.n_rejected, taken.replayed
            told.append(
                Tabular(
                    file=path.name,
                    dataset=mapping.dataset,
                    n_accepted=counts[0],
                    n_rejected=counts[1],
                    replayed=counts[2],
                )
            )
    return told

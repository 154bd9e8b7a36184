"""Performance files into the lake: many at a time, each once, a bad one never in the way.

Files are read in threads and written in batches; a batch is one source of each dataset, becoming
visible at once with the list of its files. A process that is killed goes on with the files of the
batch that it was at.
"""

from __future__ import annotations

import hashlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final

from commonweal.domains.radio.models import PerformanceFile
from commonweal.domains.radio.network.pm.file_rows import FileRows
from commonweal.domains.radio.network.pm.judging import UnreadableError
from commonweal.domains.radio.network.pm.netdata import netdata_read
from commonweal.domains.radio.network.pm.reading import blocks
from commonweal.domains.radio.network.pm.tables import rows_add
from commonweal.domains.radio.network.pm.writing import Batch, PmIngested
from commonweal.errors import InputError
from commonweal.lake.models import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from commonweal.domains.radio.network.pm.counters import CounterMapping

    Progress = Callable[[int], None]
    """Called with the bytes that were read."""

_BATCH_FILES: Final = 5_000
_BATCH_ROWS: Final = 2_000_000
_ENDINGS: Final = {"pm": (".xml", ".gz", ".xz"), "netdata": (".csv", ".gz")}


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
        now: The instant from which the rows are known; what ends a day later is refused.
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
        read = partial(_file_read, kind=kind, mapping=mapping, now=now)
        files = _in_order(pool, read, fresh, n_ahead=n_jobs + 1)
        for batch in _batches(files, progress):
            _tell(told, batch)
            if not dry_run:
                listed = [(path, digests[path], rows) for path, rows in batch]
                Batch(listed, mapping, actor, now).write(told)
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


def _file_read(path: Path, *, kind: str, mapping: CounterMapping, now: datetime) -> FileRows:
    """Read one file whole, or take nothing of it and say why."""
    found = FileRows(path.name)
    try:
        if kind == "netdata":
            netdata_read(found, path, mapping, now)
        else:
            for block in blocks(path):
                rows_add(found, block, mapping, now)
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

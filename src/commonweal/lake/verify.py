"""Is the lake what its manifest says: files with wrong bytes, and files that nobody lists."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from commonweal.lake.models import Segment, Source
from commonweal.lake.segments_files import file_sha256, lake_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One listed file; ``fault`` is empty where all is well."""

    path: str
    n_bytes: int
    fault: str = ""


def verify(*, root: Path | None = None) -> Iterator[Finding]:
    """Read every listed file again and compare it with its hash; yield a finding for each."""
    place = Path(root or settings.LAKE_ROOT)
    for path in _listed():
        file = place / path
        if not file.exists():
            yield Finding(path=path, n_bytes=0, fault="missing")
            continue
        fault = "" if file_sha256(file) == file.stem else "its content differs from its hash"
        yield Finding(path=path, n_bytes=file.stat().st_size, fault=fault)


def n_listed() -> int:
    """Return how many files the manifest lists."""
    return len(_listed())


def sweep(
    *, now: datetime, grace: timedelta, dry_run: bool = False, root: Path | None = None
) -> list[Finding]:
    """Delete what killed processes left: unlisted files untouched for longer than ``grace``.

    Unfinished files of one process are one thing: they go when the last of them is old enough.
    """
    place = Path(root or settings.LAKE_ROOT)
    with lake_lock(place, alone=True):
        listed = {place / path for path in _listed()}
        found = [*_expired_folders(place / "tmp", now - grace)]
        found += _expired_folders(Path(settings.HOME) / "spill", now - grace)
        for file in sorted(place.glob("*/*/*.parquet")):
            is_old = _touched_at(file) < now - grace
            if is_old and file not in listed and file.relative_to(place).parts[0] != "tmp":
                found.append(file)
        findings = [Finding(path=str(each), n_bytes=_size(each)) for each in found]
        if not dry_run:
            for each in found:
                if each.is_dir():
                    shutil.rmtree(each)
                else:
                    each.unlink()
    return findings


def _listed() -> list[str]:
    segments = Segment.objects.filter(vacuumed_at=None).order_by("path")
    rejects = Source.objects.exclude(rejects_path="").order_by("rejects_path")
    return [
        *segments.values_list("path", flat=True),
        *rejects.values_list("rejects_path", flat=True).distinct(),
    ]


def _expired_folders(place: Path, before: datetime) -> list[Path]:
    if not place.is_dir():
        return []
    folders = [each for each in sorted(place.iterdir()) if each.is_dir()]
    return [
        folder
        for folder in folders
        if max(_touched_at(each) for each in (folder, *folder.rglob("*"))) < before
    ]


def _touched_at(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:  # its writer is at work
        return datetime.max.replace(tzinfo=UTC)


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())

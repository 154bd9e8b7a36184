"""What a reader has waiting, seen from outside its process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Waiting:
    """Files that are not in the lake yet; ``oldest_at`` is when the oldest began to wait."""

    n_files: int
    n_rows: int
    n_bytes: int
    oldest_at: datetime | None


def waiting(folder: Path) -> Waiting:
    """Count what waits in a spool."""
    paths = [*folder.glob("*.csv"), *folder.glob("*.part")]
    found = [(path.stat(), path.read_bytes().count(b"\n") - 1) for path in paths]
    return Waiting(
        n_files=len(found),
        n_rows=sum(max(n_lines, 0) for _, n_lines in found),
        n_bytes=sum(status.st_size for status, _ in found),
        oldest_at=min(
            (datetime.fromtimestamp(status.st_mtime, UTC) for status, _ in found), default=None
        ),
    )

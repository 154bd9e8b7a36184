"""The journal of acting on a plan: lines that are only ever appended.

What is about to be asked of cells is on disk before it is asked, what they answered comes after. So
whatever moment a run is killed in, the file tells what was certainly done, and what may have been.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings

from commonweal.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def journal_path(plan_code: str) -> Path:
    """Return where the journal of a plan lies."""
    return Path(settings.HOME) / "radio" / "acts" / plan_code / "journal.jsonl"


class Journal:
    """Lines of JSON in one file."""

    def __init__(self, path: Path) -> None:
        """Open or begin a journal; a line that a crash left unfinished is cut off.

        Raises:
            StateError: Somebody else is writing it: two hands on one plan would undo each other.
        """
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            self._file.close()
            raise StateError(
                f"another run is acting on plan {path.parent.name}",
                hint="stop the plan, or wait for that run",
            ) from fault
        self._file.seek(0)
        content = self._file.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            self._file.truncate(whole)
        self._file.seek(0, os.SEEK_END)

    def append(self, line: Mapping[str, Any], *, synced: bool = True) -> None:
        """Add a line; it is on disk when this returns.

        Without ``synced`` it survives this process and not the machine: enough for what would be
        believed asleep, and asked again, if it were lost.
        """
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
        self._file.write(text.encode() + b"\n")
        self._file.flush()
        if synced:
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Let the file go."""
        self._file.close()

    def __enter__(self) -> Self:
        """Use it in a ``with``."""
        return self

    def __exit__(self, *_fault: object) -> None:
        """Close it."""
        self.close()


def lines_read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a journal, the oldest first; an unfinished last one is no line."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield json.loads(line)

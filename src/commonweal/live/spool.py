"""What arrived and is not in the lake yet, as files: appended and synced before it is acknowledged.

``7.part`` grows; sealed, it is ``7.csv`` and waits to be ingested; then it is ``7.done`` until the
next one is. A crash leaves at most a torn last line, which nobody was told we had.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import io
import os
from typing import TYPE_CHECKING, Final, Self

from commonweal.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from types import TracebackType

_REMEMBERED: Final = 2
"""Last files whose lines a repeated message is compared with, after a restart."""


class Spool:
    """The files of one reader; one process at a time holds it.

    Raises:
        StateError: Another process holds it.
    """

    def __init__(self, folder: Path, columns: Sequence[str]) -> None:
        """Take the folder, and take up what a crash left."""
        self.folder = folder
        self.n_rows = 0
        """Rows of the file that grows."""
        self._header = _encoded([columns])
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as fault:
            os.close(self._lock)
            raise StateError(
                f"another process reads into {folder.name}", hint="stop it first"
            ) from fault
        self._number = max((int(path.stem) for path in self._all()), default=0) + 1
        self._part: io.BufferedWriter | None = None
        for path in self._files(".part"):
            self._recover(path)
        self._seen = self._before = self._remembered()

    def __enter__(self) -> Self:
        """Hold the spool for a block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go; what grows is sealed."""
        self.seal()
        os.close(self._lock)

    def append(self, lines: Iterable[Sequence[str]], *, is_repeat: bool = False) -> int:
        """Write lines; they are safe after ``sync``. Returns how many were new.

        Args:
            lines: Cells, in the order of the columns.
            is_repeat: The sender may have sent them before; those that we have are left out.
        """
        n_new = 0
        for line in lines:
            encoded = _encoded([line])
            digest = _digest(encoded)
            if is_repeat and (digest in self._seen or digest in self._before):
                continue
            self._seen.add(digest)
            self._open().write(encoded)
            n_new += 1
        self.n_rows += n_new
        return n_new

    def sync(self) -> None:
        """Bring what was appended to the disk."""
        if self._part is not None:
            self._part.flush()
            os.fdatasync(self._part.fileno())

    def seal(self) -> None:
        """Close the file that grows; it waits to be ingested."""
        if self._part is None:
            return
        self.sync()
        self._part.close()
        path = self.folder / f"{self._number}.part"
        path.rename(path.with_suffix(".csv"))
        self._sync_folder()
        self._part, self.n_rows, self._number = None, 0, self._number + 1
        self._before, self._seen = self._seen, set()

    def waiting(self) -> list[Path]:
        """Return the sealed files, the oldest first."""
        return self._files(".csv")

    @property
    def n_bytes(self) -> int:
        """Size of everything that is not in the lake yet."""
        paths = [*self.waiting(), *self._files(".part")]
        return sum(path.stat().st_size for path in paths if path.exists())

    def retire(self, path: Path) -> None:
        """Put an ingested file away; the last ones stay, to know repeated messages by."""
        path.rename(path.with_suffix(".done"))
        for old in self._files(".done")[:-_REMEMBERED]:
            old.unlink()
        self._sync_folder()

    def _open(self) -> io.BufferedWriter:
        if self._part is None:
            path = self.folder / f"{self._number}.part"
            self._part = path.open("xb")
            self._part.write(self._header)
        return self._part

    def _recover(self, path: Path) -> None:
        """Cut a torn last line off and seal the rest; a file without a row is removed."""
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if whole.count(b"\n") <= 1:
            path.unlink()
            return
        if len(whole) < len(content):
            os.truncate(path, len(whole))
        path.rename(path.with_suffix(".csv"))
        self._sync_folder()

    def _remembered(self) -> set[bytes]:
        paths = sorted([*self.waiting(), *self._files(".done")], key=lambda p: int(p.stem))
        return {
            _digest(line)
            for path in paths[-_REMEMBERED:]
            for line in path.read_bytes().splitlines(keepends=True)[1:]
        }

    def _files(self, suffix: str) -> list[Path]:
        return sorted(self.folder.glob(f"*{suffix}"), key=lambda path: int(path.stem))

    def _all(self) -> list[Path]:
        return [path for path in self.folder.iterdir() if path.stem.isdecimal()]

    def _sync_folder(self) -> None:
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _encoded(lines: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue().encode()


def _digest(line: bytes) -> bytes:
    return hashlib.blake2b(line, digest_size=12).digest()

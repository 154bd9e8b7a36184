"""A backup as one file: a tar whose last member tells the digest of every other.

A file that was cut off has no such member, so it cannot be taken for a whole one.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, Final, Protocol

from commonweal.errors import InputError, StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
_CHUNK: Final = 1 << 20
_PLAIN: Final = (tarfile.REGTYPE, tarfile.AREGTYPE)
"""A file with holes is none of ours: it takes no room in the backup and all room at its place."""


class Told(Protocol):
    """Told the bytes since the last call, and what is being done."""

    def __call__(self, n_bytes: int, what: str) -> None:
        """Tell."""


@dataclass(slots=True)
class _Hashing:
    """A file that is hashed while it is read."""

    file: IO[bytes]
    told: Told
    name: str
    sha256: Any = field(default_factory=hashlib.sha256)

    def read(self, size: int = -1) -> bytes:
        chunk = self.file.read(size)
        self.sha256.update(chunk)
        self.told(len(chunk), self.name)
        return chunk


class ArchiveWriter:
    """Adds files to a backup and keeps their digests."""

    def __init__(self, tar: tarfile.TarFile, told: Told) -> None:
        """Begin with nothing."""
        self._tar, self._told = tar, told
        self.files: list[dict[str, Any]] = []

    def add(self, name: str, path: Path) -> None:
        """Add a file as large as it is now; what is appended meanwhile belongs to the next backup.

        Raises:
            StateError: It became shorter while it was read.
        """
        with path.open("rb") as file:
            stat = os.fstat(file.fileno())
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = stat.st_size, int(stat.st_mtime), 0o600
            hashing = _Hashing(file, self._told, name)
            try:
                self._tar.addfile(entry, hashing)
            except OSError as fault:
                raise StateError(f"{path} cannot be read: {fault}", hint="try again") from fault
        digest = hashing.sha256.hexdigest()
        self.files.append({"name": name, "bytes": entry.size, "sha256": digest})

    def end(self, manifest: Mapping[str, Any]) -> None:
        """Add the manifest, the last member."""
        told = {"format": FORMAT, **manifest, "files": self.files}
        content = json.dumps(told, ensure_ascii=False, indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode = len(content), 0o600
        self._tar.addfile(entry, io.BytesIO(content))


@contextmanager
def archive_write(path: Path, told: Told) -> Iterator[ArchiveWriter]:
    """Write a backup beside its place, flush it, and give it its name: whole or not at all.

    Raises:
        InputError: Something of that name is there, or its folder is not.
    """
    if path.exists():
        raise InputError(f"{path} is there already", hint="choose another name")
    if not path.parent.is_dir():
        raise InputError(f"there is no folder {path.parent}")
    draft = path.with_name(f".{path.name}.part")
    draft.unlink(missing_ok=True)  # of a run that was killed, or laid there by somebody else
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                yield ArchiveWriter(tar, told)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def archive_read(path: Path) -> tuple[dict[str, Any], int]:
    """Return a backup's manifest and the bytes of its files.

    Raises:
        InputError: It is no backup, was cut off, or is of a newer format.
    """
    try:
        with tarfile.open(path, "r:") as tar:  # never packed: what it holds is as large as it is
            found = [each for each in tar.getmembers() if each.name == MANIFEST]
            file = tar.extractfile(found[-1]) if found else None
            manifest = json.loads(file.read()) if file else None
    except (OSError, tarfile.TarError, ValueError) as fault:
        raise InputError(f"{path} is no backup: {fault}") from fault
    if not isinstance(manifest, dict):
        raise InputError(f"{path} has no manifest: it was cut off", hint="use another backup")
    if manifest.get("format") != FORMAT:
        raise InputError(
            f"{path} has format {manifest.get('format')!r}, this version reads {FORMAT}",
            hint="restore it with the version that made it",
        )
    try:
        return manifest, sum(int(each["bytes"]) for each in manifest["files"])
    except (KeyError, TypeError, ValueError) as fault:
        raise InputError(f"{path} has a manifest that lists no files") from fault


def archive_extract(
    path: Path, manifest: Mapping[str, Any], place: Callable[[str], Path | None], told: Told
) -> None:
    """Write the files of a backup to their places and check each digest on the way.

    Args:
        path: The backup.
        manifest: Of it.
        place: From a member's name to where it goes; None leaves it out.
        told: Told the bytes.

    Raises:
        InputError: A file is missing, is not what the manifest says, or has a name that leads out.
    """
    expected = {each["name"]: each for each in manifest["files"]}
    with tarfile.open(path, "r:") as tar:
        for member in tar:
            if member.name == MANIFEST:
                continue
            entry = expected.pop(member.name, None)
            source = tar.extractfile(member) if member.type in _PLAIN else None
            if entry is None or source is None or not _stays_inside(member.name):
                raise InputError(f"{path}: {member.name!r} is not of this backup")
            digest = _written(source, place(member.name), partial(told, what=member.name))
            if digest != entry["sha256"]:
                raise InputError(
                    f"{path}: {member.name} is not what was saved", hint="use another backup"
                )
    if expected:
        raise InputError(f"{path} lacks {min(expected)}", hint="use another backup")


def _stays_inside(name: str) -> bool:
    """Return whether a name is written as we write names: ``a//b`` would begin anew at the root."""
    return name == str(PurePosixPath(name)) and not {"..", "/"} & {*PurePosixPath(name).parts}


def _written(source: IO[bytes], target: Path | None, told: Callable[[int], None]) -> str:
    sha256 = hashlib.sha256()
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(target or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        while chunk := source.read(_CHUNK):
            sha256.update(chunk)
            file.write(chunk)
            told(len(chunk))
        if target is not None:
            file.flush()
            os.fsync(file.fileno())
    return sha256.hexdigest()

"""A consistent copy of everything while others go on writing.

The lake's lock is held as writers hold it: files may be added meanwhile, none is removed. The
register is copied first, at one instant; every file that this copy lists is there then, and stays.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from commonweal import __version__
from commonweal.kernel.facts.selectors import checkpoint
from commonweal.kernel.operation.archive import archive_write
from commonweal.kernel.operation.databases import database_dump
from commonweal.kernel.records.canonical import plain
from commonweal.lake.models import Segment, Source
from commonweal.lake.segments_files import lake_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    Progress = Callable[[int, int, str], None]
    """Called with bytes done, bytes in all, and what is being done."""

REGISTER: Final = "commonweal.sqlite3"
MARK: Final = "restoring"
SECRETS: Final = ("commonweal.toml", "secret_key", "keys")
"""What of a home nobody but the operator may have: in a backup only when asked for."""
_LEFT_OUT: Final = frozenset(
    {"static", "spill", "workers", "uploads", "backups", "api-spool", "lake", MARK}
)


@dataclass(frozen=True, slots=True)
class Backup:
    """What was saved."""

    path: Path
    n_files: int
    n_bytes: int
    made_at: datetime
    has_keys: bool
    checkpoint: dict[str, Any]


def backup_make(
    path: Path,
    *,
    now: datetime,
    with_keys: bool = False,
    progress: Progress = lambda _done, _total, _what: None,
) -> Backup:
    """Save register, lake and home as one file.

    Args:
        path: The file; it appears when it is whole.
        now: When.
        with_keys: Save the configuration and the keys, too: who has the file can then sign in the
            operator's name.
        progress: Told how far it is.

    Raises:
        InputError: The file is there already, or its folder is not.
        StateError: A file cannot be read, or a tool of the database fails.
    """
    home, lake = Path(settings.HOME), Path(settings.LAKE_ROOT)
    with lake_lock(lake), tempfile.TemporaryDirectory(dir=home, prefix=".backup-") as scratch:
        dump = Path(scratch) / "register"
        progress(0, 0, "register")
        heads = asdict(checkpoint())  # read before: what is saved extends it
        database_dump(dump)
        files = [("register", dump), *_lake_files(lake), *_home_files(home, with_keys=with_keys)]
        total, done = sum(each.stat().st_size for _, each in files if each.exists()), 0

        def told(n_bytes: int, what: str) -> None:
            nonlocal done
            done += n_bytes
            progress(done, total, what)

        with archive_write(path, told) as archive:
            for name, file in files:
                if name.startswith("home/") and not file.exists():
                    continue  # gone since it was listed, as spools do
                archive.add(name, file)
            manifest = {
                "version": __version__,
                "made_at": now.isoformat(),
                "vendor": connection.vendor,
                "has_keys": with_keys,
                "checkpoint": plain(heads),
                "migrations": sorted(
                    ".".join(each) for each in MigrationRecorder(connection).applied_migrations()
                ),
            }
            archive.end(manifest)
    return Backup(path, len(files), path.stat().st_size, now, with_keys, heads)


def _lake_files(lake: Path) -> Iterator[tuple[str, Path]]:
    """Yield what the manifest lists; since the copy was made it may list more, never less."""
    listed = {
        *Segment.objects.filter(vacuumed_at=None).values_list("path", flat=True),
        *Source.objects.exclude(rejects_path="").values_list("rejects_path", flat=True),
    }
    for path in sorted(listed):
        yield f"lake/{path}", lake / path


def _home_files(home: Path, *, with_keys: bool) -> Iterator[tuple[str, Path]]:
    for top in sorted(home.iterdir()):
        if not is_of_home(top.name) or (top.name in SECRETS and not with_keys):
            continue
        for file in [top] if top.is_file() else sorted(top.rglob("*")):
            inside = file.relative_to(home)
            if (
                file.is_file()
                and not file.is_symlink()
                and inside.parts[:2] != ("reports", "cache")
            ):
                yield f"home/{inside.as_posix()}", file


def is_of_home(name: str) -> bool:
    """Return whether what lies in a home under this name is saved, and so may be restored.

    A journal beside the register would change it after it was proved.
    """
    return name not in _LEFT_OUT and not name.startswith((REGISTER, "."))


def backups_prune(folder: Path, *, keep: int) -> list[Path]:
    """Delete all but the newest backups of a folder; return what went."""
    old = sorted(folder.glob("commonweal-*.tar"))[:-keep]
    for path in old:
        path.unlink()
    return old


def room_for(path: Path) -> int:
    """Return the bytes that are free where a file would lie."""
    return shutil.disk_usage(path.parent).free

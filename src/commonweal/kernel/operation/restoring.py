"""From a backup to a home that holds: every digest, both logs and the ledger are checked.

The register gets its name last, when all is proved. A home where that was cut off has a mark and
no register; restoring again clears it and begins anew.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from commonweal.errors import InputError, StateError
from commonweal.kernel.facts.selectors import Checkpoint, checkpoint, checkpoint_fault
from commonweal.kernel.facts.verify import log_verify
from commonweal.kernel.ledger.verify import ledger_verify
from commonweal.kernel.operation.archive import archive_extract, archive_read
from commonweal.kernel.operation.backups import MARK, REGISTER, SECRETS, is_of_home
from commonweal.kernel.operation.databases import database_load, database_open
from commonweal.lake.verify import verify as lake_verify

if TYPE_CHECKING:
    from collections.abc import Callable

    Progress = Callable[[int, int, str], None]

_MAY_BE_THERE: Final = {*SECRETS, "static", "spill", "workers"}
_STAGED: Final = f"{REGISTER}.{MARK}"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and proved."""

    made_at: str
    n_files: int
    n_facts: int
    n_events: int
    n_transfers: int
    n_lake_files: int
    checkpoint: Checkpoint
    has_keys: bool


def restore(path: Path, *, progress: Progress = lambda _done, _total, _what: None) -> Restored:
    """Restore a backup into this home, which must be empty, and prove what was restored.

    Raises:
        InputError: The file is no whole backup, or a digest differs.
        StateError: The home or the database is not empty, the backup is of a newer version or of
            another database, or what was restored does not hold.
    """
    home, lake = Path(settings.HOME), Path(settings.LAKE_ROOT)
    manifest, total = archive_read(path)
    _fits_check(manifest)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    _empty_check(home, lake)
    (home / MARK).touch()
    done = 0

    def told(n_bytes: int, what: str) -> None:
        nonlocal done
        done += n_bytes
        progress(done, total, what)

    def place(name: str) -> Path:
        top, _, rest = name.partition("/")
        if name == "register":
            return home / _STAGED
        first = rest.partition("/")[0]
        if not rest or top not in {"home", "lake"} or (top == "home" and not is_of_home(first)):
            raise InputError(f"{path}: {name!r} is not of this backup")
        return (home if top == "home" else lake) / rest

    try:
        archive_extract(path, manifest, place, told)
        if connection.vendor == "sqlite":
            database_open(home / _STAGED)
        else:
            database_load(home / _STAGED)
        call_command("migrate", verbosity=0, interactive=False)
        proved = _proved(manifest, lake, progress)
    except BaseException:
        connection.close()
        _clear(home, lake)
        raise
    connection.close()
    if connection.vendor == "sqlite":
        (home / _STAGED).replace(home / REGISTER)
        for rest in home.glob(f"{_STAGED}-*"):
            rest.unlink()
        database_open(home / REGISTER)
    else:
        (home / _STAGED).unlink()
    (home / MARK).unlink()
    return proved


def _proved(manifest: dict[str, Any], lake: Path, progress: Progress) -> Restored:
    progress(0, 0, "lake")
    faults = [f"{each.path}: {each.fault}" for each in lake_verify(root=lake) if each.fault]
    progress(0, 0, "logs")
    logs = log_verify()
    faults += [str(each) for each in logs.faults]
    heads = manifest["checkpoint"]
    if fault := checkpoint_fault(Checkpoint(**{**heads, "recorded_at": None})):
        faults.append(fault)
    progress(0, 0, "ledger")
    books = ledger_verify()
    faults += [f"{each.where}: {each.what}" for each in books.differences]
    if faults:
        raise StateError(
            f"what was restored does not hold: {faults[0]} ({len(faults)} faults)",
            hint="nothing was kept; use another backup",
        )
    n_lake = sum(each["name"].startswith("lake/") for each in manifest["files"])
    return Restored(
        made_at=manifest["made_at"],
        n_files=len(manifest["files"]),
        n_facts=logs.n_facts,
        n_events=logs.n_events,
        n_transfers=books.n_transfers,
        n_lake_files=n_lake,
        checkpoint=checkpoint(),
        has_keys=manifest["has_keys"],
    )


def _fits_check(manifest: dict[str, Any]) -> None:
    if manifest["vendor"] != connection.vendor:
        raise StateError(
            f"the backup is of {manifest['vendor']}, this home uses {connection.vendor}",
            hint="set `database` in commonweal.toml as it was",
        )
    known = {".".join(each) for each in MigrationLoader(None).disk_migrations or ()}
    if newer := sorted(set(manifest["migrations"]) - known):
        raise StateError(
            f"the backup is of version {manifest['version']}, which knows {newer[0]}",
            hint="restore it with that version or a newer one",
        )


def _empty_check(home: Path, lake: Path) -> None:
    if (home / MARK).exists():
        _clear(home, lake)
    there = sorted(each.name for each in home.iterdir() if each.name not in _MAY_BE_THERE)
    if there or (lake.is_dir() and any(each.name != "lock" for each in lake.iterdir())):
        raise StateError(
            f"the home {home} is not empty: it has {there[0] if there else lake}",
            hint="restore into a new home: COMMONWEAL_HOME=… commonweal restore FILE",
        )
    if connection.vendor != "sqlite" and connection.introspection.table_names():
        raise StateError("the database is not empty", hint="name a new one in commonweal.toml")


def _clear(home: Path, lake: Path) -> None:
    """Take away what a restore began; never a home that has a register of its own."""
    if (home / REGISTER).exists():
        raise InputError(f"{home} has a register and the mark of a restore", hint=f"delete {MARK}")
    for each in home.iterdir():
        if each.name not in {*_MAY_BE_THERE, MARK}:
            shutil.rmtree(each) if each.is_dir() else each.unlink()
    if lake.is_dir():
        shutil.rmtree(lake)
    (home / MARK).unlink(missing_ok=True)

"""The folder of a run: found again after a crash, kept by one run at a time, finished once."""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from datetime import datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from commonweal.domains.radio.energy_saving.planning.store import (
    MANIFEST,
    StoredPlan,
    plan_read,
    plans_folder,
)
from commonweal.domains.radio.energy_saving.planning.writing import manifest_write
from commonweal.errors import StateError
from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from commonweal.domains.radio.energy_saving.planning.policy import Policy

_STARTED: Final = "run"


@contextmanager
def folder_of(
    node: str, dates: tuple[date, ...], policy: Policy, *, is_dry: bool
) -> Iterator[Path]:
    """Give the folder of a run that was cut off, or a new one."""
    if is_dry:
        plans_folder().parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=plans_folder().parent, prefix="dry-run-") as name:
            yield Path(name)
        return
    text = json.dumps([node, len(dates), policy.sha256])
    stem = f"{dates[0]:%Y%m%d}-{node}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    number = 1
    while (folder := plans_folder() / f"{stem}-{number}").joinpath(MANIFEST).exists():
        number += 1
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        if folder.exists() and not any(folder.glob("*.parquet")):
            rmtree(folder)  # nothing came of it


@contextmanager
def alone(folder: Path) -> Iterator[Path]:
    """Keep other runs out of the folder; the lock goes with the process, however it ends.

    Raises:
        StateError: Another run is at work there.
    """
    started = folder / _STARTED
    with started.open("a") as file:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError as fault:
            raise StateError(
                f"another run is at work on plan {folder.name}", hint="wait until it is done"
            ) from fault
        yield started


def as_of_run(started: Path, now: datetime) -> datetime:
    """Return the instant whose knowledge counts: that of a run cut off today, or now."""
    if written := started.read_text("utf-8"):
        began_at = datetime.fromisoformat(written)
        if business_date(began_at) == business_date(now):
            return began_at
    started.write_text(now.isoformat(), "utf-8")
    return now


def published(folder: Path, document: dict[str, Any]) -> StoredPlan:
    """Finish the folder; or give back an earlier plan that says the same."""
    stem, _, number = folder.name.rpartition("-")
    for earlier in range(1, int(number)):
        stored = plan_read(f"{stem}-{earlier}")
        if stored.sha256 == document["sha256"]:
            rmtree(folder)
            return stored
    manifest_write(folder, document)
    folder.joinpath(_STARTED).unlink()
    return plan_read(folder.name)

"""A table of records on its way in: uploaded, previewed, applied, and what was refused.

Between the steps the file lies in ``<home>/uploads/<account>-<key>/``; what became of it lies
beside it, so that applying twice shows the same result and does nothing. After a day it is gone.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from commonweal.errors import InputError
from commonweal.kernel.programmes.imports import records_import
from commonweal.kernel.programmes.values import named
from commonweal.web.pages.work.kinds import OfKind
from commonweal.web.pages.work.timeline import Shown, told_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.core.files.uploadedfile import UploadedFile

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.imports import ImportResult
    from commonweal.kernel.programmes.registry import RecordType

_KEPT_S: Final = 86_400
_SHOWN: Final = 20
LARGE_BYTES: Final = 4_000_000
_ENDINGS: Final = (".csv", ".txt", ".tsv", ".xlsx", ".xls", ".ods", ".parquet", ".gz", ".zip")
_RESULT: Final = "result.json"
_REJECTS: Final = "rejects.csv"


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """One record that a row changes."""

    row: int
    code: str
    differences: tuple[Shown, ...]
    is_merged: bool


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One row that is refused."""

    row: int
    code: str
    column: str
    value: str
    sentence: str
    hint: str


@dataclass(frozen=True, slots=True)
class ImportPage(OfKind):
    """Everything that a step of the import shows; without a key it is the first."""

    key: str
    file: str
    is_applied: bool
    n_rows: int
    n_opened: int
    n_changed: int
    n_unchanged: int
    n_refused: int
    opened: tuple[str, ...]
    changed: tuple[ChangedRow, ...]
    refused: tuple[RefusedRow, ...]
    ignored: tuple[str, ...]
    has_rejects: bool
    message: str
    hint: str
    is_large: bool = False
    """Too large to be read while somebody waits: it is tried and taken in the background."""


def import_start(kind: RecordType, *, message: str = "", hint: str = "") -> ImportPage:
    """Return the first step: a template to fill in, and a file to choose."""
    return ImportPage(
        kind=kind, key="", file="", is_applied=False, n_rows=0, n_opened=0, n_changed=0,
        n_unchanged=0, n_refused=0, opened=(), changed=(), refused=(), ignored=(),
        has_rejects=False, message=message, hint=hint,
    )  # fmt: skip


def upload_keep(file: UploadedFile[Any] | None, *, home: Path, user_id: int | None) -> str:
    """Keep an uploaded file and return the key under which it lies.

    Raises:
        InputError: There is no file, or it is no table.
    """
    if file is None or not file.name:
        raise InputError(_("no file was chosen"))
    name = get_valid_filename(Path(file.name).name)
    if not name.lower().endswith(_ENDINGS):
        raise InputError(
            _("%(file)s is no table") % {"file": name},
            hint=_("there are: %(known)s") % {"known": ", ".join(_ENDINGS)},
        )
    uploads = home / "uploads"
    _sweep(uploads)
    key = secrets.token_hex(16)
    folder = uploads / f"{user_id}-{key}"
    folder.mkdir(parents=True)
    with (folder / name).open("wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    return key


def upload_find(key: str, *, home: Path, user_id: int | None) -> Path:
    """Return the file that was uploaded under a key by this account.

    Raises:
        InputError: There is none, or not any more.
    """
    folder = home / "uploads" / f"{user_id}-{key}"
    is_key = re.fullmatch("[0-9a-f]{32}", key) is not None
    kept = sorted(folder.iterdir()) if is_key and folder.is_dir() else []
    files = [each for each in kept if each.name not in {_RESULT, _REJECTS}]
    if not files:
        raise InputError(_("this upload is no longer here"), hint=_("choose the file again"))
    return files[0]


def import_page(
    kind: RecordType, key: str, path: Path, *, scope: Scope, now: datetime, language: str
) -> ImportPage:
    """Return the preview of an uploaded file, or what became of it once applied."""
    kept = path.parent / _RESULT
    if kept.exists():
        told = json.loads(kept.read_text("utf-8"))
        told["refused"] = tuple(RefusedRow(**each) for each in told["refused"])
        told["opened"], told["ignored"] = tuple(told["opened"]), tuple(told["ignored"])
        return ImportPage(
            kind=kind, key=key, file=path.name, is_applied=True, changed=(), message="", hint="",
            **told,
        )  # fmt: skip
    if is_large(path):
        return replace(import_start(kind), key=key, file=path.name, is_large=True)
    result = records_import(kind, path, scope=scope, now=now)
    return ImportPage(
        kind=kind,
        key=key,
        file=path.name,
        is_applied=False,
        changed=tuple(_changed(kind, result, language)),
        message="",
        hint="",
        **_told(result),
    )


def is_large(path: Path) -> bool:
    """Return whether nobody should wait for a file."""
    return path.stat().st_size > LARGE_BYTES


def import_apply(kind: RecordType, path: Path, *, scope: Scope, now: datetime) -> None:
    """Bring the file in; once, however often it is asked."""
    kept = path.parent / _RESULT
    if kept.exists():
        return
    rejects = path.parent / _REJECTS
    result = records_import(kind, path, scope=scope, now=now, mode="apply", rejects=rejects)
    told = _told(result)
    kept.write_text(
        json.dumps(told | {"refused": [asdict(each) for each in _refused(result)]}), "utf-8"
    )


def rejects_find(path: Path) -> Path:
    """Return the file of refused rows beside an uploaded one.

    Raises:
        InputError: No row was refused.
    """
    found = path.parent / _REJECTS
    if not found.exists():
        raise InputError(_("no row was refused"))
    return found


def _told(result: ImportResult) -> dict[str, Any]:
    return {
        "n_rows": result.n_rows,
        "n_opened": result.n_opened,
        "n_changed": result.n_changed,
        "n_unchanged": result.n_unchanged,
        "n_refused": result.n_refused,
        "opened": tuple(result.opened[:_SHOWN]),
        "refused": tuple(_refused(result)),
        "ignored": result.ignored,
        "has_rejects": result.rejects_path is not None,
    }


def _changed(kind: RecordType, result: ImportResult, language: str) -> Iterator[ChangedRow]:
    for each in result.changed[:_SHOWN]:
        found = tuple(
            Shown(
                named(kind.spec.fields[name].name) if name in kind.spec.fields else name,
                told_text(kind, name, old, language),
                told_text(kind, name, new, language),
            )
            for name, (old, new) in each.changes.items()
        )
        yield ChangedRow(each.row, each.code, found, each.is_merged)


def _refused(result: ImportResult) -> Iterator[RefusedRow]:
    for each in result.refused:
        sentence = f"{each.sentence}; {each.also}" if each.also else each.sentence
        yield RefusedRow(each.row, each.code, each.column, each.value, sentence, each.hint)


def _sweep(uploads: Path) -> None:
    """Remove what was uploaded more than a day ago."""
    if uploads.is_dir():
        for folder in uploads.iterdir():
            if time.time() - folder.stat().st_mtime > _KEPT_S:
                shutil.rmtree(folder, ignore_errors=True)

"""Files that belong to records: their bytes once, under their hash, written whole."""

from __future__ import annotations

import os
import re
import tempfile
import unicodedata
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from commonweal.errors import StateError
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.programmes.models import Attachment
from commonweal.kernel.programmes.registry import record_type, type_of
from commonweal.kernel.programmes.services.holding import record_held
from commonweal.kernel.programmes.services.refusals import RefusedError, RoleError
from commonweal.kernel.programmes.services.telling import record_tell
from commonweal.kernel.programmes.values import ValuesError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType

MOST_BYTES: Final = 25 * 1024 * 1024
_BLOCK: Final = 1024 * 1024
_LONGEST: Final = 120
_KIND: Final = re.compile(r"[a-z][a-z0-9_]{0,31}|")

SAFE_HEADERS: Final = {
    "Content-Type": "application/octet-stream",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}
"""Whoever serves an attachment sends these and ``Content-Disposition: attachment``: what people
upload is saved by a browser, never shown as a page of ours."""


def attachments_root() -> Path:
    """Return the folder of attachments, beside the lake."""
    return Path(settings.LAKE_ROOT).parent / "attachments"


def attachment_add(
    record: Record,
    file: BinaryIO,
    *,
    name: str,
    scope: Scope,
    now: datetime,
    kind: str = "",
    most_bytes: int = MOST_BYTES,
) -> Attachment:
    """Attach a file to a record; the same file under the same kind is attached once.

    Args:
        record: To which; who handles it or holds a role of its next actions may.
        file: Its bytes.
        name: As its owner called it; folders and control characters are dropped.
        scope: Who.
        now: When.
        kind: What it is evidence of, as transitions name it.
        most_bytes: More are refused.

    Raises:
        ValuesError: It is empty, too large, or has no name.
        RoleError: The scope may only read the record.
    """
    of = type_of(record)
    shown = _name_clean(name)
    if not _KIND.fullmatch(kind):
        raise ValuesError({"kind": _("%(kind)r is no kind of file") % {"kind": kind}})
    digest, n_bytes = _store(file, most_bytes)
    with transaction.atomic():
        held = record_held(of, record.pk, scope)
        _may_check(of, held, scope)
        attached, is_new = Attachment.objects.get_or_create(
            record_type=of.id,
            record_id=held.pk,
            kind=kind,
            sha256=digest,
            defaults={
                "name": shown,
                "n_bytes": n_bytes,
                "added_by": scope.actor,
                "added_at": now,
            },
        )
        if is_new:
            content = {"kind": kind, "name": shown, "sha256": digest, "n_bytes": n_bytes}
            record_tell(of, held, action="attach", scope=scope, now=now, content=content)
    return attached


def attachment_open(attachment: Attachment, *, scope: Scope) -> BinaryIO:
    """Open an attachment's bytes for reading, if its record may be read.

    Raises:
        RefusedError: The record is not the scope's to see.
        StateError: The bytes are gone, or are not what they were.
    """
    kind = record_type(attachment.record_type)
    if not scope.visible(kind.model.objects.filter(pk=attachment.record_id)).exists():
        raise RefusedError(_("there is no such record, or it is not yours to see"))
    path = _path(attachment.sha256)
    if not path.exists() or path.stat().st_size != attachment.n_bytes:
        raise StateError(
            _("the bytes of %(name)s are not as they were kept") % {"name": attachment.name},
            hint=_("restore %(path)s from a backup") % {"path": path.name},
        )
    return path.open("rb")


def _may_check(kind: RecordType, record: Record, scope: Scope) -> None:
    """Let those attach who could do anything else here: reading alone is not enough."""
    is_owner = scope.user_id is not None and record.owner_id == scope.user_id
    roles = {str(each.role) for each in kind.spec.transitions_from(record.state)}
    roles |= {kind.spec.opened_by, Role.PROGRAMME_MANAGER}
    if not is_owner and not any(scope.holds(role, record.node_id) for role in roles):
        raise RoleError.of(kind.spec.opened_by, record.node, _("attach a file"))


def _store(file: BinaryIO, most_bytes: int) -> tuple[str, int]:
    """Write bytes under their hash and return it with their number; twice is once."""
    root = attachments_root()
    root.mkdir(parents=True, exist_ok=True)
    digest, n_bytes = sha256(), 0
    with tempfile.NamedTemporaryFile(dir=root, prefix=".part-") as part:
        for block in _blocks(file):
            n_bytes += len(block)
            if n_bytes > most_bytes:
                refusal = _("the file has more than %(most)d MiB") % {"most": most_bytes >> 20}
                raise ValuesError({"file": refusal})
            digest.update(block)
            part.write(block)
        if not n_bytes:
            raise ValuesError({"file": _("the file is empty")})
        part.flush()
        os.fsync(part.fileno())
        _place(Path(part.name), _path(digest.hexdigest()))
    return digest.hexdigest(), n_bytes


def _place(part: Path, path: Path) -> None:
    """Give whole bytes their name: a link that fails where they lie already."""
    path.parent.mkdir(exist_ok=True)
    try:
        path.hardlink_to(part)
    except FileExistsError:
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(_BLOCK):
        yield block


def _path(digest: str) -> Path:
    return attachments_root() / digest[:2] / digest


def _name_clean(name: str) -> str:
    """Return the last part of a name without what a system or a reader could trip over."""
    last = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    plain = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip(" .")
    if not plain:
        raise ValuesError({"file": _("the file has no name")})
    stem, dot, suffix = plain.rpartition(".")
    short = suffix[:16]
    return f"{stem[: _LONGEST - len(short) - 1]}{dot}{short}" if stem else plain[:_LONGEST]

"""A request that comes twice gets the first answer, and nothing happens twice."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext as _

from commonweal.errors import InputError
from commonweal.kernel.programmes.models import Answer
from commonweal.kernel.records.canonical import canonical_json

if TYPE_CHECKING:
    from datetime import datetime

    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType


def request_sha256(*parts: object) -> str:
    """Return the hash of what a request asks."""
    return hashlib.sha256(canonical_json([_spelt(part) for part in parts])).hexdigest()


def _spelt(part: object) -> object:
    return {key: str(value) for key, value in part.items()} if isinstance(part, dict) else str(part)


def answer_find(key: str, sha256: str) -> Answer | None:
    """Return what became of the request before; None if it is new or has no key.

    Call inside the request's transaction: a twin that arrives meanwhile waits for its end.

    Raises:
        InputError: The key was used for a different request.
    """
    if not key:
        return None
    _wait_for(key)
    found = Answer.objects.filter(key=key).first()
    if found is not None and found.request_sha256 != sha256:
        raise InputError(
            _("request key %(key)s was used for a different request") % {"key": key},
            hint=_("use a new key for a new request"),
        )
    return found


def _wait_for(key: str) -> None:
    """Wait until another transaction with this key has ended; SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def answer_keep(
    key: str, sha256: str, kind: RecordType, record: Record, *, message: str, now: datetime
) -> None:
    """Keep an answer under its key, if it has one."""
    if key:
        Answer.objects.create(
            key=key,
            request_sha256=sha256,
            record_type=kind.id,
            record_id=record.pk,
            version=record.version,
            state=record.state,
            message=message,
            answered_at=now,
        )

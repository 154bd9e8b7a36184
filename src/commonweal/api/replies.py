"""A request with an ``Idempotency-Key`` happens once, however often it is sent.

What was answered is kept beside what was done, in one transaction. A key belongs to who asked; the
same key with another request is refused.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from commonweal.api.callers import caller
from commonweal.api.models import Reply
from commonweal.api.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.http import HttpRequest

HEADER: Final = "Idempotency-Key"
_LONGEST: Final = 255
_KEPT: Final = timedelta(days=7)
_TOLD: Final = ("ETag", "Location")


def once(request: HttpRequest, do: Callable[[], HttpResponse]) -> HttpResponse:
    """Do something and return its answer, or the answer that the same request got before.

    Raises:
        ProblemError: The key is too long, or was used for a different request.
    """
    asked = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    asked.update(request.headers.get("If-Match", "").encode() + b"\n")
    asked.update(request.body)
    return once_of(request, asked.hexdigest(), do)


def once_of(request: HttpRequest, asked: str, do: Callable[[], HttpResponse]) -> HttpResponse:
    """Do as ``once``, for a request whose digest is known."""
    key = key_of(request)
    if not key:
        with transaction.atomic():
            return do()
    if (before := reply_find(key, asked)) is not None:
        return before
    try:
        with transaction.atomic():
            # The row comes first: a twin that arrives meanwhile waits for it.
            row = Reply.objects.create(
                key=key, request_sha256=asked, status=0, answered_at=caller(request).now
            )
            answer = do()
            _fill(row, answer)
            return answer
    except IntegrityError:
        before = reply_find(key, asked)
        if before is None:  # not of the key: a rule of the register refused
            raise
        return before


def reply_keep(request: HttpRequest, asked: str, answer: HttpResponse) -> None:
    """Keep the answer to something that was done in transactions of its own."""
    if key := key_of(request):
        now = caller(request).now
        values = {"request_sha256": asked, "answered_at": now, **_told(answer)}
        Reply.objects.get_or_create(key=key, defaults=values)  # whole, or a twin would read half
        _forget(now)


def key_of(request: HttpRequest) -> str:
    """Return the digest of the request's key and of who asked; empty if it has none.

    Raises:
        ProblemError: The key is too long.
    """
    written = request.headers.get(HEADER, "")
    if len(written) > _LONGEST:
        detail = _("%(header)s has more than %(most)d characters") % {
            "header": HEADER,
            "most": _LONGEST,
        }
        raise ProblemError(HTTPStatus.BAD_REQUEST, "key", detail)
    if not written:
        return ""
    person = caller(request).user.pk  # a renewed token goes on where the old one stopped
    return hashlib.sha256(f"{person}\n{written}".encode()).hexdigest()


def reply_find(key: str, asked: str) -> HttpResponse | None:
    """Return what was answered under a key; None if nothing was.

    Raises:
        ProblemError: It was used for a different request.
    """
    found = Reply.objects.filter(key=key).first() if key else None
    if found is None:
        return None
    if found.request_sha256 != asked:
        detail = _("this idempotency key was used for a different request")
        hint = _("use a new key for a new request")
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "key", detail, hint=hint)
    return HttpResponse(
        found.body,
        status=found.status,
        content_type="application/json; charset=utf-8",
        headers={**found.headers, "Idempotency-Replayed": "true"},
    )


def _fill(row: Reply, answer: HttpResponse) -> None:
    Reply.objects.filter(pk=row.pk).update(**_told(answer))
    _forget(row.answered_at)


def _forget(now: datetime) -> None:
    Reply.objects.filter(answered_at__lt=now - _KEPT).delete()


def _told(answer: HttpResponse) -> dict[str, Any]:
    headers = {name: answer[name] for name in _TOLD if name in answer}
    return {"status": answer.status_code, "body": answer.content.decode(), "headers": headers}


def json_answer(document: object, *, status: int = 200) -> HttpResponse:
    """Return a document that is JSON already in its values."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(body, status=status, content_type="application/json; charset=utf-8")

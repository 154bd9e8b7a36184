"""What went wrong, told as RFC 9457 says: ``application/problem+json``.

``type`` is ``urn:commonweal:problem:<code>``; ``detail`` is the same sentence that pages and
commands show, and ``hint`` what to do about it.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from ninja.errors import AuthenticationError, HttpError, ValidationError

from commonweal.errors import CommonwealError, DefinitionError, InputError
from commonweal.kernel.programmes.services import ConflictError, RoleError
from commonweal.kernel.programmes.values import ValuesError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest
    from ninja import NinjaAPI

CONTENT_TYPE: Final = "application/problem+json"
_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="commonweal"'}


class ProblemError(Exception):
    """A refusal that HTTP has a status for; ``headers`` go with the answer."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        hint: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Keep what will be told."""
        super().__init__(detail)
        self.status, self.code, self.hint = status, code, hint
        self.headers = dict(headers or {})


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    hint: str = "",
    headers: Mapping[str, str] | None = None,
    **more: Any,  # noqa: ANN401 - whatever JSON can say
) -> HttpResponse:
    """Return an answer that says what went wrong."""
    document = {
        "type": f"urn:commonweal:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "hint": hint,
        **more,
    }
    body = json.dumps(document, ensure_ascii=False)
    return HttpResponse(body, status=status, content_type=CONTENT_TYPE, headers=dict(headers or {}))


def problem_of(error: CommonwealError) -> HttpResponse:
    """Return the answer for an anticipated error."""
    detail, hint = str(error), error.hint
    match error:
        case ConflictError():
            return problem(412, "version", detail, hint=hint, theirs=sorted(error.theirs))
        case RoleError():
            return problem(403, "role", detail, hint=hint)
        case ValuesError():
            return problem(422, "values", detail, hint=hint, fields=error.fields)
        case InputError():
            return problem(422, "input", detail, hint=hint)
        case DefinitionError():
            return problem(500, "definition", detail, hint=hint)
        case _:
            return problem(error.http_status, "state", detail, hint=hint)


def handlers_add(api: NinjaAPI) -> None:
    """Let every error of a route be told as a problem."""
    for kind, told in _TOLD.items():
        api.add_exception_handler(kind, told)


def _told(_request: HttpRequest, error: ProblemError) -> HttpResponse:
    return problem(error.status, error.code, str(error), hint=error.hint, headers=error.headers)


def _unfit(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Name each part of the request that does not fit its type; values are not repeated."""
    fields = {
        ".".join(str(part) for part in each["loc"]): str(each["msg"]) for each in error.errors
    }
    place, sentence = next(iter(fields.items()))
    hint = _("/api/v1/openapi.json says what each part may be")
    return problem(422, "request", f"{place}: {sentence}", hint=hint, fields=fields)


def _unknown(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    return problem(
        401,
        "unauthenticated",
        _("the request says nothing of who asks"),
        hint=_("send a token: Authorization: Bearer …"),
        headers=_CHALLENGE,
    )


def token_refused() -> ProblemError:
    """Return the refusal of a token that opens nothing."""
    headers = {"WWW-Authenticate": f'{_CHALLENGE["WWW-Authenticate"]}, error="invalid_token"'}
    detail = _("the token is unknown, expired or revoked")
    return ProblemError(401, "token", detail, hint=_("issue a new one"), headers=headers)


def not_found() -> HttpResponse:
    """Return that there is nothing here, or nothing for this reader."""
    return problem(404, "missing", _("there is nothing here, or it is not yours to see"))


def _missing(_request: HttpRequest, _error: Http404) -> HttpResponse:
    return not_found()


def _http(_request: HttpRequest, error: HttpError) -> HttpResponse:
    code = "csrf" if error.status_code == HTTPStatus.FORBIDDEN else "request"
    return problem(error.status_code, code, str(error))


def _large(_request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
    detail = _("the request is too large")
    return problem(413, "large", detail, hint=_("send rows to /api/v1/datasets/…/rows"))


_TOLD: Final[Mapping[type[Exception], Callable[[HttpRequest, Any], HttpResponse]]] = {
    CommonwealError: lambda _request, error: problem_of(error),
    ProblemError: _told,
    ValidationError: _unfit,
    AuthenticationError: _unknown,
    Http404: _missing,
    HttpError: _http,
    RequestDataTooBig: _large,
}

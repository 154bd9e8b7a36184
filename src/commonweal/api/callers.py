"""Who asks: a token, or somebody who is signed in. What they may is the same as in the pages."""

from __future__ import annotations

from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.security import APIKeyCookie, HttpBearer

from commonweal.api.limits import taken
from commonweal.api.problems import ProblemError, token_refused
from commonweal.kernel.accounts.scopes import scope_of
from commonweal.kernel.accounts.tokens import SCOPES, token_holder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.http import HttpRequest

    from commonweal.kernel.accounts.scopes import Scope


class Caller:
    """Somebody who asks, at one instant."""

    def __init__(self, user: Any, *, key: str, may: frozenset[str], now: datetime) -> None:  # noqa: ANN401 - whatever user model
        """Keep who it is; ``key`` tells tokens and people apart where requests are counted."""
        self.user, self.key, self.may, self.now = user, key, may, now

    @cached_property
    def scope(self) -> Scope:
        """What this caller may read and do."""
        return scope_of(self.user, now=self.now, interface="api")


class TokenAuth(HttpBearer):
    """``Authorization: Bearer cw_…``, for one of the things that tokens are for."""

    openapi_name = "Token"

    def __init__(self, purpose: str) -> None:
        """Ask for tokens that are for ``purpose``."""
        self.purpose = purpose
        super().__init__()

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        """Return who holds the token.

        Raises:
            ProblemError: It opens nothing, is for something else, or asked too often.
        """
        now = timezone.now()
        holder = token_holder(token, now)
        if holder is None:
            raise token_refused()
        found = Caller(holder.user, key=f"token:{holder.token_id}", may=holder.scopes, now=now)
        return _let_in(request, found, self.purpose)


class SessionAuth(APIKeyCookie):
    """Who is signed in to the pages; what writes asks for their CSRF token."""

    openapi_name = "Session"
    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self, purpose: str) -> None:
        """Ask for a session; whoever is signed in may ask for anything that is theirs."""
        self.purpose = purpose
        super().__init__(csrf=True)

    def authenticate(self, request: HttpRequest, key: str | None) -> Caller | None:  # noqa: ARG002 - ninja's contract
        """Return who is signed in."""
        if not request.user.is_authenticated or not request.user.is_active:
            return None
        found = Caller(
            request.user,
            key=f"user:{request.user.pk}",
            may=frozenset(SCOPES),
            now=timezone.now(),
        )
        return _let_in(request, found, self.purpose)


def needs(purpose: str) -> Sequence[Any]:
    """Return the ways in to a route that reads, writes, ingests or administers."""
    return [TokenAuth(purpose), SessionAuth(purpose)]


def caller(request: HttpRequest) -> Caller:
    """Return who asks."""
    return cast("Caller", request.auth)  # type: ignore[attr-defined] # set by ninja


def _let_in(request: HttpRequest, found: Caller, purpose: str) -> Caller:
    if purpose not in found.may:
        raise ProblemError(
            HTTPStatus.FORBIDDEN,
            "purpose",
            _("this token is for %(may)s, not for %(what)s")
            % {"may": ", ".join(sorted(found.may)), "what": purpose},
            hint=_("issue one that is"),
        )
    quota = taken(found.key, now=found.now, most=settings.API_REQUESTS_PER_MINUTE)
    request.quota = quota  # type: ignore[attr-defined] # told in the answer's headers
    if quota.n_left < 0:
        raise ProblemError(
            HTTPStatus.TOO_MANY_REQUESTS,
            "quota",
            _("more than %(most)d requests in a minute") % {"most": quota.most},
            hint=_("wait, or ask for more at once"),
            headers={"Retry-After": str(quota.resets_s)},
        )
    return found

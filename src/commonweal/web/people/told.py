"""What happens at sign-in is told: changes of an account to its events, tries to the log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from allauth.account.signals import password_changed
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver
from django.utils import timezone

from commonweal.kernel.accounts.people import RECORD_TYPE
from commonweal.kernel.records.services import event_append

if TYPE_CHECKING:
    from django.http import HttpRequest

_log: Final = logging.getLogger("commonweal.sign_in")
_LONGEST: Final = 64


@receiver(password_changed)
def _password_changed(user: Any, **_rest: object) -> None:  # noqa: ANN401 - whatever user model
    _tell(user, "password", {})


@receiver(authenticator_added)
def _factor_added(user: Any, authenticator: Any, **_rest: object) -> None:  # noqa: ANN401
    _tell(user, "mfa_add", {"factor": authenticator.type})


@receiver(authenticator_removed)
def _factor_removed(user: Any, authenticator: Any, **_rest: object) -> None:  # noqa: ANN401
    _tell(user, "mfa_remove", {"factor": authenticator.type})


@receiver(authenticator_reset)
def _factor_reset(user: Any, authenticator: Any, **_rest: object) -> None:  # noqa: ANN401
    _tell(user, "mfa_renew", {"factor": authenticator.type})


@receiver(user_logged_in)
def _signed_in(request: HttpRequest | None, user: Any, **_rest: object) -> None:  # noqa: ANN401
    _log.info("signed in: %s from %s", user.get_username(), _address(request))


@receiver(user_login_failed)
def _refused(
    credentials: dict[str, Any], request: HttpRequest | None = None, **_rest: object
) -> None:
    name = str(credentials.get("username", ""))[:_LONGEST]
    _log.warning("sign-in refused: %r from %s", name, _address(request))


@receiver(authentication_failed)
def _factor_refused(request: HttpRequest, user: Any, **_rest: object) -> None:  # noqa: ANN401
    _log.warning("second factor refused: %s from %s", user.get_username(), _address(request))


def _address(request: HttpRequest | None) -> str:
    return str(request.META.get("REMOTE_ADDR", "")) if request else ""


def _tell(user: Any, action: str, content: dict[str, Any]) -> None:  # noqa: ANN401
    name = user.get_username()
    event_append(
        record_type=RECORD_TYPE,
        record_key=name,
        action=action,
        actor=f"web:{name}",
        content=content,
        now=timezone.now(),
    )

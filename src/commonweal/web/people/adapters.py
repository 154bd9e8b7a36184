"""Our answers to what the sign-in library asks: who may, where to, and what is kept how."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth import get_user_model
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from commonweal.errors import CommonwealError
from commonweal.kernel.accounts.models import Grant
from commonweal.kernel.accounts.people import account_add
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.accounts.scopes import owner_scope

if TYPE_CHECKING:
    from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # it has no types
    """Accounts are opened by administrators; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - the library's signature
        """Refuse."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Lead who has work to do to it, and everybody else to the overview."""
        grants = Grant.objects.filter(user=request.user.pk)
        return reverse("work" if grants.exclude(role=Role.VIEWER).exists() else "dashboard")


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc] # it has no types
    """Secrets of one-time codes lie encrypted: a stolen copy of the register is not enough."""

    def encrypt(self, text: str) -> str:
        """Return what is kept."""
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return what was given."""
        return _fernet().decrypt(encrypted_text.encode()).decode()


def _fernet() -> Fernet:
    key = sha256(b"commonweal second factors\0" + settings.SECRET_KEY.encode()).digest()
    return Fernet(urlsafe_b64encode(key))


class SingleSignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc] # it has no types
    """The provider says who somebody is; what they may do is said here, by grants."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:  # noqa: ANN401, ARG002
        """Refuse: an account is made below or not at all."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:  # noqa: ANN401
        """Find the account of the name that the provider tells, at the first time.

        Later the provider's own identifier decides, which no renaming there changes. A superuser
        is never found by name: whoever may rename people at the provider would be one.
        """
        if sociallogin.is_existing or (sso := settings.SINGLE_SIGN_ON) is None:
            return
        told = sociallogin.account.get_provider_account().get_user_data() or {}
        name = told.get(sso.claim)
        if not isinstance(name, str) or not name:
            raise _refused(request, _("the provider does not say who you are"))
        if sso.claim == "email" and told.get("email_verified") is not True:
            raise _refused(request, _("the provider has not verified this address"))
        user = get_user_model().objects.filter(username=name).first()
        if user is None and sso.create:
            user = _opened(request, name)
        if user is None:
            raise _refused(request, _("there is no open account %(name)r") % {"name": name})
        if user.is_superuser:
            raise _refused(request, _("this account signs in with its password"))
        if user.is_active:
            sociallogin.connect(request, user)
        else:
            raise _refused(request, _("there is no open account %(name)r") % {"name": name})


def _opened(request: HttpRequest, name: str) -> Any:  # noqa: ANN401 - whatever user model
    try:
        return account_add(name, scope=owner_scope("sso:commonweal"), now=timezone.now())
    except CommonwealError as fault:  # it is no name, or one that differs in case from another
        raise _refused(request, str(fault)) from fault


def _refused(request: HttpRequest, message: str) -> ImmediateHttpResponse:
    context = {"message": message, "hint": _("ask an administrator")}
    answer = render(request, "web/error.html", context, status=HTTPStatus.FORBIDDEN)
    return ImmediateHttpResponse(answer)

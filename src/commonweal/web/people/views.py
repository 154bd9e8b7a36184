"""HTTP of sign-in and of one's own account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from allauth.account.views import LoginView
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from commonweal.kernel.accounts.reads import OVERSEERS, reads_listed
from commonweal.kernel.accounts.scopes import scope_of
from commonweal.kernel.accounts.selectors import grants_held

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_READS: Final = 100


class SignIn(LoginView):  # type: ignore[misc] # it has no types
    """The sign-in page; it tells of the demonstration's login where there is one."""

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """Add whether the demonstration is installed, and the button of single sign-on."""
        has_demo = get_user_model().objects.filter(username="demo", is_active=True).exists()
        own = {"has_demo": has_demo, "sso": settings.SINGLE_SIGN_ON}
        return {**super().get_context_data(**kwargs), **own}


@never_cache
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show what an account's holder may set: password, second factors, sessions, roles."""
    user: Any = request.user
    name = user.get_username()
    kinds = list(Authenticator.objects.filter(user_id=user.pk).values_list("type", flat=True))
    roles = list(grants_held(now=timezone.now(), user=name))
    context = {
        "roles": roles,
        "has_password": user.has_usable_password(),
        "has_factor": is_mfa_enabled(user),
        "has_codes": Authenticator.Type.TOTP in kinds,
        "n_keys": kinds.count(Authenticator.Type.WEBAUTHN),
        "oversees": any(each.role in OVERSEERS for each in roles) or user.is_superuser,
        "n_sessions": UserSession.objects.filter(user_id=user.pk).count(),
    }
    return render(request, "account/account.html", context)


@never_cache
@require_safe
def reads(request: HttpRequest) -> HttpResponse:
    """Show who was shown personal values at the nodes that the reader oversees."""
    scope = scope_of(request.user, now=timezone.now())
    if not any(scope.nodes_of(role) != frozenset() for role in OVERSEERS):
        raise PermissionDenied
    page = Paginator(reads_listed(scope=scope), _READS).get_page(request.GET.get("page"))
    return render(request, "account/reads.html", {"page": page})

"""Who may ask for what: every address declares it here, once, and is closed until it does.

Figures are for everybody with an account: an operator's own people compare provinces. Records go by
scope (``accounts.scopes``): what a role at a node does not cover is not found. Measured rows belong
to figures and are read like them; rows that were refused may hold anything that somebody typed, so
their content is for those who handle such values. The rule of an address is checked before its view
runs; which records a view shows is asked of the scope inside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from commonweal.kernel.accounts.scopes import scope_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase


class Who(StrEnum):
    """Whom an address answers."""

    ANYBODY = "anybody"
    SELF = "self"
    """Whoever is signed in, about the own account: open even while a second factor is lacking."""
    ACCOUNT = "account"
    """Whoever is signed in."""
    STAFF = "staff"
    """The administration: staff, and each table by its own permission."""
    TOKEN = "token"  # noqa: S105 - a kind of asker
    """The API: it asks for a token or a session itself, and answers 401."""


class Over(StrEnum):
    """What an address shows, which decides how much of it."""

    NOTHING = ""
    FIGURES = "figures"
    RECORDS = "records"
    """Only those that the scope covers; another's record is not found."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may ask, and over what."""

    who: Who
    over: Over = Over.NOTHING


_OPEN: Final = Rule(Who.ANYBODY)
_OWN: Final = Rule(Who.SELF)
_PLAIN: Final = Rule(Who.ACCOUNT)
_FIGURES: Final = Rule(Who.ACCOUNT, Over.FIGURES)
_RECORDS: Final = Rule(Who.ACCOUNT, Over.RECORDS)
_STAFF: Final = Rule(Who.STAFF, Over.RECORDS)
_API: Final = Rule(Who.TOKEN, Over.RECORDS)


def _each(rule: Rule, names: str) -> dict[str, Rule]:
    return dict.fromkeys(names.split(), rule)


ACCESS: Final[Mapping[str, Rule]] = {
    **_each(_OPEN, "login account_login logout account_logout account_inactive mfa_authenticate"),
    **_each(_OPEN, "mfa_login_webauthn openid_connect_login openid_connect_callback"),
    **_each(_OPEN, "socialaccount_login_cancelled set_language theme public receipts receipt_do"),
    **_each(_OPEN, "open open_indicator open_indicator_table open_edition open_table"),
    **_each(_OPEN, "health ready metrics livez readyz healthz"),
    **_each(_OWN, "account account_change_password account_reauthenticate mfa_reauthenticate"),
    **_each(_OWN, "mfa_reauthenticate_webauthn mfa_index mfa_activate_totp mfa_deactivate_totp"),
    **_each(_OWN, "mfa_view_recovery_codes mfa_generate_recovery_codes"),
    **_each(_OWN, "mfa_download_recovery_codes mfa_list_webauthn mfa_add_webauthn"),
    **_each(_OWN, "mfa_remove_webauthn mfa_edit_webauthn usersessions_list"),
    **_each(_FIGURES, "dashboard node wall report standards indicator fact proof evidence rows"),
    **_each(_FIGURES, "data source findings programme figures"),
    **_each(_PLAIN, "programmes tokens token_end"),
    **_each(_RECORDS, "search reads work programme_page records record_new records_act view_save"),
    **_each(_RECORDS, "view_drop records_import import_step import_rejects records_template"),
    **_each(_RECORDS, "records_export record record_edit record_do record_comment record_assign"),
    **_each(_RECORDS, "jobs job_live job_ask job job_download job_do"),
    **_each(_RECORDS, "record_restore record_merge record_unmerge record_attach record_file"),
}
SPACES: Final[Mapping[str, Rule]] = {"admin": _STAFF, "api": _API}
"""Rules of whole families of addresses, by the first part of their name."""


def rule_of(name: str) -> Rule | None:
    """Return the rule of an address by its name (``record``, ``admin:index``), if it has one."""
    space, colon, _rest = name.partition(":")
    if colon:
        return SPACES.get(space.partition("-")[0])
    return ACCESS.get(name)


class AccessMiddleware:
    """Asks the rule of an address before its view runs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Go on; the rule is asked once the address is known."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponseBase | None:
        """Return a refusal, or None to let the view answer.

        Raises:
            ImproperlyConfigured: The address declares nothing, and stays closed.
        """
        del view, args, kwargs
        name = request.resolver_match.view_name if request.resolver_match else ""
        rule = rule_of(name)
        if rule is None:
            raise ImproperlyConfigured(
                f"the address {name!r} does not declare who may ask for it: add it to "
                f"commonweal.web.access"
            )
        if rule.who is Who.ANYBODY:
            return None
        if rule.who is Who.TOKEN:
            if request.user.is_authenticated and factor_lacks(request):
                raise PermissionDenied
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if rule.who is Who.STAFF and not request.user.is_staff:
            raise PermissionDenied
        if rule.who is not Who.SELF and factor_lacks(request):
            messages.warning(request, _("your role asks for a second factor: set one up first"))
            return redirect("mfa_index")
        return None


def factor_lacks(request: HttpRequest) -> bool:
    """Return whether a role of who asks needs a second factor that the account does not have.

    Who came by single sign-on showed it to the provider.
    """
    needing = settings.MFA_REQUIRED_FOR
    if not needing or is_mfa_enabled(request.user):
        return False
    ways = {each["method"] for each in get_authentication_records(request, request.user)}
    if "socialaccount" in ways:
        return False
    scope = scope_of(request.user, now=timezone.now())  # a role that was delegated counts, too
    return any(scope.nodes_of(role) != frozenset() for role in needing)

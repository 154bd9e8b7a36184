"""Roles: who is what for whom, granted and revoked through services; and delegations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from commonweal.kernel.accounts import services
from commonweal.kernel.accounts.models import Delegation, Grant
from commonweal.kernel.accounts.scopes import person_of, scope_of
from commonweal.web.admin.base import ServiceAdmin
from commonweal.web.admin.forms import OperationForm, ServiceForm

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class ByScope:
    """Calls services in the scope of who is signed in."""

    actor = ""

    def by(self) -> dict[str, Any]:
        """Return who does it, and when."""
        now = timezone.now()
        user = get_user_model().objects.get_by_natural_key(person_of(self.actor))
        return {"scope": scope_of(user, now=now), "now": now}


class KeptForm(ServiceForm):
    """Shows a row that was made and is not edited."""

    def apply(self) -> None:
        """Do nothing: no field of it can be changed."""


class GrantForm(ByScope, ServiceForm):
    """Grants a role."""

    def apply(self) -> Grant:
        """Call the service."""
        given = self.cleaned_data
        return services.role_grant(
            given["user"].get_username(),
            given["role"],
            node=given["node"].code,
            valid_from=given["valid_from"],
            valid_to=given["valid_to"],
            **self.by(),
        )


class DelegationForm(ByScope, ServiceForm):
    """Lets one account act for another."""

    def apply(self) -> Delegation:
        """Call the service."""
        given = self.cleaned_data
        return services.role_delegate(
            given["delegator"].get_username(),
            given["delegate"].get_username(),
            valid_from=given["valid_from"],
            valid_to=given["valid_to"],
            **self.by(),
        )


class RevokeForm(ByScope, OperationForm):
    """Takes a role back from today on."""

    title = _("Revoke from today on")

    def apply(self) -> None:
        """Call the service."""
        for grant in self.records:
            user = grant.user.get_username()
            services.role_revoke(user, grant.role, node=grant.node.code, **self.by())


class DelegationEndForm(ByScope, OperationForm):
    """Ends a delegation today."""

    title = _("End from today on")

    def apply(self) -> None:
        """Call the service."""
        for each in self.records:
            giver, taker = each.delegator.get_username(), each.delegate.get_username()
            services.delegation_end(giver, taker, **self.by())


class SpanServiceAdmin(ServiceAdmin):
    """Rows that are made and ended, never edited."""

    change_service_form = KeptForm

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ANN401, ARG002
        """Keep what was granted as it was granted."""
        return self.fields if obj else ()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Offer no saving of what cannot be edited."""
        buttons = ("show_save", "show_save_and_continue", "show_save_and_add_another")
        hidden = dict.fromkeys(buttons, False) if object_id else {}
        return super().changeform_view(
            request, object_id, form_url, {**hidden, **(extra_context or {})}
        )


@admin.register(Grant)
class GrantAdmin(SpanServiceAdmin):
    """Who is what, where."""

    record_type = "accounts.grant"
    add_service_form = GrantForm
    operations: ClassVar = {"revoke": RevokeForm}
    fields = ("user", "role", "node", "valid_from", "valid_to")
    list_display = ("user", "role", "node", "valid_from", "valid_to")
    list_filter: ClassVar = ("role", ("valid_to", admin.EmptyFieldListFilter))
    list_select_related = ("user", "node")
    search_fields = ("user__username", "node__code")
    autocomplete_fields = ("user", "node")
    ordering = ("user__username", "role", "node__code")

    def record_key(self, record: Any) -> str:  # noqa: ANN401 - a grant
        """Return the grant's key in the event log."""
        return services.grant_key(record)


@admin.register(Delegation)
class DelegationAdmin(SpanServiceAdmin):
    """Who acts for whom."""

    record_type = "accounts.delegation"
    add_service_form = DelegationForm
    operations: ClassVar = {"end": DelegationEndForm}
    fields = ("delegator", "delegate", "valid_from", "valid_to")
    list_display = ("delegator", "delegate", "valid_from", "valid_to")
    list_filter: ClassVar = (("valid_to", admin.EmptyFieldListFilter),)
    list_select_related = ("delegator", "delegate")
    search_fields = ("delegator__username", "delegate__username")
    autocomplete_fields = ("delegator", "delegate")
    ordering = ("delegator__username", "valid_from")

    def record_key(self, record: Any) -> str:  # noqa: ANN401 - a delegation
        """Return the delegation's key in the event log: who delegates."""
        return str(record.delegator.get_username())

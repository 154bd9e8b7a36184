"""Sites with their meters; who runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from commonweal.errors import InputError
from commonweal.kernel.org.models import Meter, Node, NodeKind, Site, SiteOwnership
from commonweal.kernel.org.selectors import subtree_ids
from commonweal.kernel.org.spans import known, valid_on
from commonweal.periods import business_date
from commonweal.web.admin.base import ReadOnlyInline, ServiceAdmin, name_field
from commonweal.web.admin.forms import (
    MeterAddForm,
    MeterChangeForm,
    MeterReplaceForm,
    SiteAddForm,
    SiteChangeForm,
    SiteTransferForm,
)
from commonweal.web.admin.organisation import SpanAdmin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse


class OwnerFilter(admin.SimpleListFilter):
    """Sites of a node and of all below it today; offers the levels just below the group."""

    title = _("run by")
    parameter_name = "owner"

    def lookups(
        self,
        request: HttpRequest,
        model_admin: Any,  # noqa: ANN401, ARG002 - Django's signature
    ) -> Iterable[tuple[str, str]]:
        """Offer the provinces, and the node that is chosen."""
        name = name_field()
        nodes = Node.objects.filter(kind=NodeKind.PROVINCE).order_by("code")
        offered = dict(nodes.values_list("code", name))
        chosen = request.GET.get(self.parameter_name)
        if chosen and chosen not in offered:
            offered[chosen] = chosen
        return list(offered.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Site]) -> QuerySet[Site]:  # noqa: ARG002
        """Keep the sites run by the chosen node or below."""
        if not self.value():
            return queryset
        today = business_date(timezone.now())
        try:
            nodes = subtree_ids(str(self.value()), today)
        except InputError:
            return queryset.none()
        rows = SiteOwnership.objects.filter(known(), valid_on(today), node__in=nodes)
        return queryset.filter(pk__in=rows.values("site"))


class OwnershipInline(ReadOnlyInline):
    """Who ran the site, in time, as known now."""

    model = SiteOwnership
    fields = ("node", "valid_from", "valid_to", "recorded_at")
    ordering = ("valid_from",)
    verbose_name_plural = _("run by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SiteOwnership]:
        """Leave out what is superseded."""
        return super().get_queryset(request).filter(known()).select_related("node")


class MeterInline(ReadOnlyInline):
    """Meters at the site."""

    model = Meter
    fields = readonly_fields = (
        "link",
        "carrier",
        "unit",
        "multiplier",
        "rollover_at",
        "max_rate_per_h",
        "installed_date",
        "removed_date",
    )
    ordering = ("code",)

    @admin.display(description=_("code"))
    def link(self, meter: Meter) -> str:
        """Return the code, with a link to the meter."""
        url = reverse("admin:org_meter_change", args=[meter.pk])
        return format_html('<a href="{}">{}</a>', url, meter.code)


@admin.register(Site)
class SiteAdmin(ServiceAdmin):
    """Sites."""

    record_type = "site"
    add_service_form = SiteAddForm
    change_service_form = SiteChangeForm
    operations: ClassVar = {"transfer": SiteTransferForm}
    list_display = ("code", "name", "kind", "place", "owner")
    list_filter = ("kind", OwnerFilter, "place")
    search_fields = ("code", "name")
    search_help_text = _("Code or name")
    ordering = ("code",)
    actions = ("transfer_selected",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Site]:
        """Add today's owner in the same query."""
        today = business_date(timezone.now())
        held = SiteOwnership.objects.filter(known(), valid_on(today), site=OuterRef("pk"))
        owner = Subquery(held.values("node__code")[:1])
        sites: QuerySet[Site] = super().get_queryset(request)
        return sites.annotate(owner_code=owner)

    def get_fields(self, request: HttpRequest, obj: Site | None = None) -> Any:  # noqa: ANN401, ARG002
        """Ask for the owner and the day only when a site is opened."""
        common = ("name", "kind", "place", ("longitude_deg", "latitude_deg"))
        return ("code", *common, "reason") if obj else ("code", "node", "from_date", *common)

    def get_readonly_fields(self, request: HttpRequest, obj: Site | None = None) -> Any:  # noqa: ANN401, ARG002
        """Keep the code as it is."""
        return ("code",) if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Site | None = None) -> Any:  # noqa: ANN401, ARG002
        """Show what a site has."""
        return (OwnershipInline, MeterInline) if obj else ()

    @admin.display(description=_("run by"), ordering="owner_code")
    def owner(self, site: Any) -> str:  # noqa: ANN401 - with the annotation
        """Return today's owner."""
        return site.owner_code or "–"

    @admin.action(description=_("Transfer the chosen sites …"), permissions=["change"])
    def transfer_selected(
        self, request: HttpRequest, queryset: QuerySet[Site]
    ) -> HttpResponse | None:
        """Ask where to, then do it."""
        hidden = {
            "action": "transfer_selected",
            ACTION_CHECKBOX_NAME: [str(pk) for pk in queryset.values_list("pk", flat=True)],
        }
        return self.operation_page(
            request, SiteTransferForm, list(queryset), request.get_full_path(), hidden
        )


@admin.register(SiteOwnership)
class SiteOwnershipAdmin(SpanAdmin):
    """Who ran which site; changed by transfers."""

    list_display = ("site", "node", "valid_from", "valid_to", "recorded_at", "superseded_at")
    list_select_related = ("site", "node")
    search_fields = ("site__code", "node__code")
    ordering = ("-pk",)


@admin.register(Meter)
class MeterAdmin(ServiceAdmin):
    """Meters."""

    record_type = "meter"
    add_service_form = MeterAddForm
    change_service_form = MeterChangeForm
    operations: ClassVar = {"replace": MeterReplaceForm}
    list_display = (
        "code",
        "site",
        "carrier",
        "unit",
        "multiplier",
        "installed_date",
        "removed_date",
    )
    list_filter = ("carrier", "unit", ("removed_date", admin.EmptyFieldListFilter))
    list_select_related = ("site",)
    autocomplete_fields = ("site",)
    search_fields = ("code", "site__code")
    search_help_text = _("Code of the meter or of its site")
    ordering = ("code",)

    def get_fields(self, request: HttpRequest, obj: Meter | None = None) -> Any:  # noqa: ANN401, ARG002
        """Ask for a reason only when a meter is corrected."""
        common = ("code", "site", "carrier", "unit", "multiplier", "rollover_at", "max_rate_per_h")
        return (
            (*common, "installed_date", "removed_date", "reason")
            if obj
            else (*common, "installed_date")
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Meter | None = None) -> Any:  # noqa: ANN401, ARG002
        """Keep the code and the site as they are."""
        return ("code", "site") if obj else ()

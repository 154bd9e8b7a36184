"""Nodes as a tree, memberships, reporting boundaries."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from commonweal.kernel.org.models import Boundary, BoundaryShare, Membership, Node, SiteOwnership
from commonweal.kernel.org.selectors import tree
from commonweal.kernel.org.spans import known, valid_on
from commonweal.periods import business_date
from commonweal.web.admin.base import ReadOnlyAdmin, ReadOnlyInline, ServiceAdmin, name_field
from commonweal.web.admin.forms import (
    BoundaryForm,
    BoundaryShareForm,
    NodeAddForm,
    NodeChangeForm,
    NodeMergeForm,
    NodeMoveForm,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

_NAMES = ("name_zh_hant", "name_zh_hans", "name_en")


class TreeChangeList(ChangeList):
    """Nodes in the order of today's tree, with their depth and the sites below; then ended ones."""

    def get_results(self, request: HttpRequest) -> None:
        """Lay the nodes that match out in tree order."""
        super().get_results(request)
        today = business_date(timezone.now())
        held = tree(today)
        below = _sites_below(held, today)
        place = {int(node_id): i for i, node_id in enumerate(held.node_id)}
        last = len(place)
        keys = list(self.queryset.order_by("code").values_list("pk", flat=True))
        keys.sort(key=lambda key: place.get(key, last))
        first = (
            0 if self.show_all and self.can_show_all else (self.page_num - 1) * self.list_per_page
        )
        shown = keys[first:] if self.show_all else keys[first : first + self.list_per_page]
        nodes = Node.objects.in_bulk(shown)
        self.result_list = []
        for key in shown:
            node: Any = nodes[key]
            i = place.get(key)
            node.depth_today = int(held.depth[i]) if i is not None else 0
            node.sites_below = int(below[i]) if i is not None else None
            self.result_list.append(node)


def _sites_below(held: Any, today: Any) -> Any:  # noqa: ANN401 - Tree, date, array
    rows = SiteOwnership.objects.filter(known(), valid_on(today))
    own = Counter(dict(rows.values_list("node").annotate(n=Count("pk")).order_by()))
    below = np.array([own[int(node_id)] for node_id in held.node_id], np.int64)
    for i in range(len(below) - 1, 0, -1):
        if held.parent[i] >= 0:
            below[held.parent[i]] += below[i]
    return below


class CurrentInline(ReadOnlyInline):
    """Memberships as known now."""

    model = Membership
    ordering = ("valid_from",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """Leave out what is superseded."""
        return super().get_queryset(request).filter(known()).select_related("node", "parent")


class BelongsInline(CurrentInline):
    """Where the node belongs, in time."""

    fk_name = "node"
    fields = ("parent", "valid_from", "valid_to", "recorded_at")
    verbose_name_plural = _("belongs to")


class MembersInline(CurrentInline):
    """Who belongs to the node today."""

    fk_name = "parent"
    fields = ("node", "valid_from", "valid_to", "recorded_at")
    ordering = ("node__code",)
    verbose_name_plural = _("current members")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """Leave out those that left."""
        return super().get_queryset(request).filter(valid_on(business_date(timezone.now())))


@admin.register(Node)
class NodeAdmin(ServiceAdmin):
    """The organisation as a tree."""

    record_type = "node"
    add_service_form = NodeAddForm
    change_service_form = NodeChangeForm
    operations: ClassVar = {"move": NodeMoveForm, "merge": NodeMergeForm}
    list_display = ("tree_code", "own_name", "kind", "place", "n_sites")
    list_display_links = ("tree_code",)
    list_filter = ("kind",)
    list_per_page = 100
    search_fields = ("code", *_NAMES)
    search_help_text = _("Code or name, in any language")
    ordering = ("code",)
    sortable_by = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ARG002, ANN401
        """Lay the list out as a tree."""
        return TreeChangeList

    def get_fields(self, request: HttpRequest, obj: Node | None = None) -> Any:  # noqa: ANN401, ARG002
        """Ask for parent and day only when a node is founded."""
        if obj is None:
            return ("code", "parent", "from_date", "kind", "place", *_NAMES)
        return ("code", "kind", "place", *_NAMES, "reason")

    def get_readonly_fields(self, request: HttpRequest, obj: Node | None = None) -> Any:  # noqa: ANN401, ARG002
        """Keep the code as it is."""
        return ("code",) if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Node | None = None) -> Any:  # noqa: ANN401, ARG002
        """Show memberships of a node that exists."""
        return (BelongsInline, MembersInline) if obj else ()

    @admin.display(description=_("code"))
    def tree_code(self, node: Any) -> str:  # noqa: ANN401 - with what the list added
        """Return the code, indented by level."""
        ended = node.sites_below is None
        return format_html(
            '<span class="cw-level{}" style="--cw-depth: {}">{}</span>',
            " cw-ended" if ended else "",
            node.depth_today,
            node.code,
        )

    @admin.display(description=_("name"))
    def own_name(self, node: Node) -> str:
        """Return the name in the reader's language."""
        return str(getattr(node, name_field()))

    @admin.display(description=_("sites, with all below"))
    def n_sites(self, node: Any) -> str:  # noqa: ANN401
        """Return how many sites it runs today, with a link to them."""
        if node.sites_below is None:
            return format_html('<span class="cw-faint">{}</span>', _("ended"))
        url = reverse("admin:org_site_changelist")
        return format_html('<a href="{}?owner={}">{}</a>', url, node.code, f"{node.sites_below:,}")


class SpanAdmin(ReadOnlyAdmin):
    """Bitemporal rows: when they held, when they were known."""

    date_hierarchy = "valid_from"
    list_filter = (("superseded_at", admin.EmptyFieldListFilter),)


@admin.register(Membership)
class MembershipAdmin(SpanAdmin):
    """Who belonged to whom; changed by moving and merging nodes."""

    list_display = ("node", "parent", "valid_from", "valid_to", "recorded_at", "superseded_at")
    list_select_related = ("node", "parent")
    search_fields = ("node__code", "parent__code")
    ordering = ("node__code", "valid_from", "recorded_at")


class ShareInline(ReadOnlyInline):
    """Shares as known now."""

    model = BoundaryShare
    fields = ("node", "share", "valid_from", "valid_to", "recorded_at")
    ordering = ("node__code", "valid_from")

    def get_queryset(self, request: HttpRequest) -> QuerySet[BoundaryShare]:
        """Leave out what is superseded."""
        return super().get_queryset(request).filter(known()).select_related("node")


@admin.register(Boundary)
class BoundaryAdmin(ServiceAdmin):
    """Reporting boundaries."""

    record_type = "boundary"
    add_service_form = BoundaryForm
    change_service_form = BoundaryForm
    operations: ClassVar = {"share": BoundaryShareForm}
    list_display = ("code", "own_name", "approach")
    list_filter = ("approach",)
    search_fields = ("code", *_NAMES)
    ordering = ("code",)
    fields = ("code", "approach", *_NAMES)

    def get_readonly_fields(self, request: HttpRequest, obj: Boundary | None = None) -> Any:  # noqa: ANN401, ARG002
        """Keep what published figures rely on."""
        return ("code", "approach") if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Boundary | None = None) -> Any:  # noqa: ANN401, ARG002
        """Show the shares of a boundary that exists."""
        return (ShareInline,) if obj else ()

    @admin.display(description=_("name"))
    def own_name(self, boundary: Boundary) -> str:
        """Return the name in the reader's language."""
        return str(getattr(boundary, name_field()))

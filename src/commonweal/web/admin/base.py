"""Two kinds of admin: tables that are only read, and tables that services change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commonweal.errors import CommonwealError
from commonweal.kernel.records.selectors import record_history

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db.models import Model
    from django.urls import URLPattern

    from commonweal.web.admin.forms import OperationForm, ServiceForm

    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    from django.contrib.admin import ModelAdmin, TabularInline

_HISTORY_PAGE = 50


def name_field() -> str:
    """Return which of the three name columns the reader's language has."""
    language = (get_language() or "en").replace("-", "_")
    return f"name_{language}" if language in {"zh_hant", "zh_hans"} else "name_en"


def by(request: HttpRequest) -> str:
    """Return who acts, as events name them."""
    return f"web:{request.user.get_username()}"


class PlainTitleMixin(ModelAdmin):
    """Heads a list with what it lists."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list."""
        title = capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": title, **(extra_context or {})})


class HistoryMixin(PlainTitleMixin):
    """Shows what happened to a record from the event log, in place of the admin's own notes."""

    record_type: ClassVar[str] = ""

    def record_key(self, record: Model) -> str:
        """Return the record's key in the event log."""
        return str(record)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the events of one record, the newest first."""
        record = self.get_object(request, object_id)
        if record is None:
            raise Http404
        if not self.has_view_or_change_permission(request, record):
            raise PermissionDenied
        events = record_history(self.record_type, self.record_key(record)).order_by("-sequence")
        page = Paginator(events, _HISTORY_PAGE).get_page(request.GET.get("page"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("History of %s") % record,
            "opts": self.opts,
            "object": record,
            "page": page,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/commonweal/history.html", context)


class ReadOnlyAdmin(PlainTitleMixin):
    """A table that people look at; only programs write it."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Refuse."""
        return False


class ReadOnlyInline(TabularInline):
    """Rows shown on their parent's page."""

    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Refuse."""
        return False


class ServiceAdmin(HistoryMixin):
    """A table that services change: its forms try the service first, then call it.

    ``operations`` are further changes of one record (move, merge, replace …), each a small page.
    """

    list_per_page = 50
    show_full_result_count = False
    add_service_form: ClassVar[type[ServiceForm] | None] = None
    change_service_form: ClassVar[type[ServiceForm] | None] = None
    operations: ClassVar[Mapping[str, type[OperationForm]]] = {}
    change_form_template = "admin/commonweal/change_form.html"

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Refuse: what was in the register stays in it."""
        return False

    def get_form(
        self,
        request: HttpRequest,
        obj: Model | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 - Django's own contract
        **kwargs: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Return the form that calls the service."""
        service_form = self.change_service_form if change else self.add_service_form
        form = super().get_form(request, obj, change=change, form=service_form, **kwargs)
        return type(form.__name__, (form,), {"actor": by(request)})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: ANN401, ARG002, FBT001
        """Call the service in place of ``save``."""
        saved = form.apply()
        if saved is not None:
            obj.pk = saved.pk

    def get_urls(self) -> list[URLPattern]:
        """Add one address for each operation."""
        wrap = self.admin_site.admin_view
        info = f"{self.opts.app_label}_{self.opts.model_name}"
        own = [
            path(
                f"<path:object_id>/{name}/",
                wrap(self._operation_view(name)),
                name=f"{info}_{name}",
            )
            for name in self.operations
        ]
        return [*own, *super().get_urls()]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Offer the operations on the record's page."""
        offered = []
        if object_id is not None and self.has_change_permission(request):
            info = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}"
            offered = [
                (reverse(f"{info}_{name}", args=[object_id]), form.title)
                for name, form in self.operations.items()
            ]
        context = {"operations": offered, **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)

    def _operation_view(self, name: str) -> Callable[..., HttpResponse]:
        form_class = self.operations[name]

        def view(request: HttpRequest, object_id: str) -> HttpResponse:
            record = self.get_object(request, object_id)
            if record is None:
                raise Http404
            if not self.has_change_permission(request, record):
                raise PermissionDenied
            back = reverse(
                f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_change",
                args=[record.pk],
            )
            return self.operation_page(request, form_class, [record], back)

        return view

    def operation_page(
        self,
        request: HttpRequest,
        form_class: type[OperationForm],
        records: list[Any],
        back: str,
        hidden: Mapping[str, Any] | None = None,
    ) -> HttpResponse:
        """Show an operation's form, or do it and go back."""
        sent = request.POST if request.method == "POST" and "apply" in request.POST else None
        form = form_class(sent, records=records, actor=by(request), admin_site=self.admin_site)
        if sent is not None and form.is_valid():
            try:
                form.apply()
            except CommonwealError as fault:  # another change came between the trial and this
                messages.error(request, str(fault))
            else:
                messages.success(request, _("Done: %s") % form.title)
                return HttpResponseRedirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": form.title,
            "opts": self.opts,
            "form": form,
            "records": records,
            "back": back,
            "hidden": hidden or {},
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "admin/commonweal/operation.html", context)

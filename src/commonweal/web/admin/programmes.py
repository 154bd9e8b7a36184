"""Every type of record in the administration: read, searched, with its history; only what one sees.

Records are changed on the pages of work. Registering waits until addresses are read; a wrong
definition is told on the pages of programmes and stops no other.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.translation import get_language, pgettext_lazy

from commonweal.errors import DefinitionError
from commonweal.kernel.accounts.scopes import scope_of
from commonweal.kernel.programmes.registry import record_types
from commonweal.kernel.programmes.values import named
from commonweal.web.admin.base import HistoryMixin, ReadOnlyAdmin
from commonweal.web.pages.work.texts import references, value_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from commonweal.catalogue.reading import Names
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType

_named = lazy(named, str)


class RecordAdmin(HistoryMixin, ReadOnlyAdmin):
    """Records of one type, as far as the reader may see them."""

    kind: RecordType
    list_select_related = ("node", "owner")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        """Let staff look; which rows they see is the scope's rule, as everywhere."""
        return bool(request.user.is_staff)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the programme to staff."""
        return bool(request.user.is_staff)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the records that may be read."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return scope_of(request.user, now=timezone.now()).visible(rows)

    def record_key(self, record: Model) -> str:
        """Return the record's key in the event log."""
        return str(record.pk)

    @admin.display(description=pgettext_lazy("of a record", "State"), ordering="state")
    def state_name(self, record: Record) -> str:
        """Return the state in the reader's language."""
        return named(self.kind.spec.state(record.state).name)

    @admin.display(description=pgettext_lazy("of a record", "Page"))
    def page(self, record: Record) -> str:
        """Link to where the record is worked on."""
        address = reverse("record", args=[*self.kind.id.split("."), record.pk])
        return format_html('<a href="{}">{}</a>', address, record.code)


def _shown(kind: RecordType, name: str) -> Callable[[Any], str]:
    def shown(record: Any) -> str:  # noqa: ANN401 - a record of this type
        return value_text(kind, name, getattr(record, name), get_language() or "en")

    shown.__name__ = name
    described = admin.display(description=_named(kind.spec.fields[name].name), ordering=name)
    return described(shown)


def _filters(kind: RecordType) -> Iterator[type[admin.SimpleListFilter]]:
    """Yield filters by state and by fields of few values, with names instead of codes."""
    state = pgettext_lazy("of a record", "State")
    yield _filter("state", state, {each.id: each.name for each in kind.spec.states})
    for name in kind.spec.filters:
        if choices := kind.spec.fields[name].choices:
            yield _filter(name, _named(kind.spec.fields[name].name), choices)


def _filter(
    name: str, title: StrOrPromise, choices: Mapping[str, Names]
) -> type[admin.SimpleListFilter]:
    def lookups(_self: object, _request: object, _model_admin: object) -> list[tuple[str, str]]:
        return [(value, named(names)) for value, names in choices.items()]

    def queryset(self: Any, _request: object, rows: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ANN401
        return rows.filter(**{name: self.value()}) if self.value() else rows

    own = {"title": title, "parameter_name": name, "lookups": lookups, "queryset": queryset}
    return type(f"{name.title()}Filter", (admin.SimpleListFilter,), own)


def records_register() -> None:
    """Register what is not yet registered, with the names of its definition."""
    kinds: Iterable[RecordType] = ()
    with suppress(DefinitionError):
        kinds = record_types().values()
    for kind in kinds:
        if admin.site.is_registered(kind.model):
            continue
        options = kind.model._meta  # noqa: SLF001 - names shown; migrations read what models state
        options.verbose_name = options.verbose_name_plural = _named(kind.spec.name)
        app = apps.get_app_config(kind.programme.id)
        app.verbose_name = _named(kind.programme.spec.name)
        admin.site.register(kind.model, _admin_of(kind))


def _admin_of(kind: RecordType) -> type[RecordAdmin]:
    column = partial(_shown, kind)
    name = kind.spec.title
    title = (f"{name}__code" if name in references(kind) else name,) if name else ()
    fields = tuple(column(name) for name in kind.columns)
    listed = tuple(column(name) for name in kind.spec.columns)
    envelope = ("page", "state_name", "node", "owner", "due_at", "opened_at", "changed_at")
    return type(
        f"{kind.model.__name__}Admin",
        (RecordAdmin,),
        {
            "kind": kind,
            "record_type": kind.id,
            "list_display": ("code", *listed, "state_name", "node", "due_at"),
            "list_filter": tuple(_filters(kind)),
            "list_select_related": ("node", "owner", *references(kind)),
            "search_fields": ("code", *title),
            "ordering": ("-id",),
            "fields": (*envelope, *fields, "version", "privacy"),
            "readonly_fields": (*envelope, *fields, "version", "privacy"),
        },
    )

"""Forms that call services.

Each is tried in a transaction that is undone, so that a refusal shows beside the fields; then it
is done when saved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AdminDateWidget, AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from commonweal.errors import CommonwealError
from commonweal.kernel.org import services
from commonweal.kernel.org.models import (
    BoundaryShare,
    Membership,
    Meter,
    Node,
    Site,
    SiteOwnership,
)

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite
    from django_stubs_ext import StrOrPromise

    ModelForm = forms.ModelForm[Any]
else:
    from django.forms import ModelForm


def attempt(apply: Any) -> None:  # noqa: ANN401 - any callable
    """Do and undo it, and turn a refusal into a form's error."""
    try:
        with transaction.atomic():
            apply()
            transaction.set_rollback(True)
    except CommonwealError as fault:
        text = f"{fault} ({fault.hint})" if fault.hint else str(fault)
        raise ValidationError(text) from fault


def day_field(label: StrOrPromise, *, required: bool = True) -> forms.DateField:
    """Return a field for a business day."""
    return forms.DateField(label=label, required=required, widget=AdminDateWidget)


def reason_field() -> forms.CharField:
    """Return a field for a reason."""
    return forms.CharField(
        label=_("reason"),
        required=False,
        max_length=500,
        help_text=_("Kept in the history."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


class ServiceForm(ModelForm):
    """A form whose saving is a service; ``actor`` is set by the admin."""

    actor = ""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - Django's own
        """Write every label as the model's labels are written."""
        super().__init__(*arguments, **options)
        for shown in self.fields.values():
            shown.label = capfirst(shown.label)

    def apply(self) -> Any:  # noqa: ANN401 - the record, or None
        """Call the service."""
        raise NotImplementedError

    def by(self) -> dict[str, Any]:
        """Return who does it, and when."""
        return {"actor": self.actor, "now": timezone.now()}

    def changes(self, *ignored: str) -> dict[str, Any]:
        """Return the model's fields that were changed."""
        skipped = {"reason", *ignored}
        return {n: self.cleaned_data[n] for n in self.changed_data if n not in skipped}

    def clean(self) -> dict[str, Any]:
        """Try the service once the fields are right."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and (self.instance.pk is None or self.changes()):
            attempt(self.apply)
        return cleaned


class NodeAddForm(ServiceForm):
    """Founds a node."""

    parent = forms.ModelChoiceField(Node.objects.all(), label=_("parent"), required=False)
    from_date = day_field(_("first day"))

    def apply(self) -> Node:
        """Call the service."""
        given = self.cleaned_data
        parent = given.get("parent")
        return services.node_create(
            code=given["code"],
            kind=given["kind"],
            place=given["place"],
            names={name: given[f"name_{name}"] for name in ("zh_hant", "zh_hans", "en")},
            from_date=given["from_date"],
            parent=parent.code if parent else None,
            **self.by(),
        )


class NodeChangeForm(ServiceForm):
    """Changes what a node is called."""

    reason = reason_field()

    def apply(self) -> None:
        """Call the service."""
        if changes := self.changes():
            reason = self.cleaned_data["reason"]
            services.node_update(
                node=self.instance.code, changes=changes, reason=reason, **self.by()
            )


class SiteAddForm(ServiceForm):
    """Opens a site."""

    node = forms.ModelChoiceField(Node.objects.all(), label=_("run by"))
    from_date = day_field(_("first day"))

    def apply(self) -> Site:
        """Call the service."""
        given = dict(self.cleaned_data)
        return services.site_create(**{**given, "node": given["node"].code}, **self.by())


class SiteChangeForm(ServiceForm):
    """Changes what a site is called, what stands there and where it lies."""

    reason = reason_field()

    def apply(self) -> None:
        """Call the service."""
        if changes := self.changes():
            reason = self.cleaned_data["reason"]
            services.site_update(
                site=self.instance.code, changes=changes, reason=reason, **self.by()
            )


class MeterAddForm(ServiceForm):
    """Installs a meter."""

    def apply(self) -> Meter:
        """Call the service."""
        given = dict(self.cleaned_data)
        return services.meter_install(**{**given, "site": given["site"].code}, **self.by())


class MeterChangeForm(ServiceForm):
    """Corrects a meter."""

    reason = reason_field()

    def apply(self) -> None:
        """Call the service."""
        if changes := self.changes():
            reason = self.cleaned_data["reason"]
            services.meter_update(
                meter=self.instance.code, changes=changes, reason=reason, **self.by()
            )


class BoundaryForm(ServiceForm):
    """Creates or renames a boundary."""

    def apply(self) -> Any:  # noqa: ANN401 - the record
        """Call the service."""
        given = self.cleaned_data
        return services.boundary_set(
            code=given.get("code", self.instance.code),
            approach=given.get("approach", self.instance.approach),
            names={name: given[f"name_{name}"] for name in ("zh_hant", "zh_hans", "en")},
            **self.by(),
        )


class OperationForm(forms.Form):
    """A change of one or several records."""

    title: ClassVar[StrOrPromise]
    related: ClassVar[dict[str, Any]] = {}
    """Fields that get a search box, with the model field whose target they choose."""

    def __init__(
        self,
        posted: Any,  # noqa: ANN401 - what was sent, or None
        *,
        records: list[Any],
        actor: str,
        admin_site: AdminSite,
    ) -> None:
        """Take what is changed and who changes it."""
        super().__init__(posted)
        self.records, self.actor = records, actor
        for shown in self.fields.values():
            shown.label = capfirst(shown.label)
        for name, field in self.related.items():
            chosen: Any = self.fields[name]
            chosen.widget = AutocompleteSelect(field, admin_site)
            chosen.widget.choices = chosen.choices

    def by(self) -> dict[str, Any]:
        """Return who does it, and when."""
        return {"actor": self.actor, "now": timezone.now()}

    def apply(self) -> None:
        """Call the service."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """Try the service once the fields are right."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            attempt(self.apply)
        return cleaned


class NodeMoveForm(OperationForm):
    """Puts a node under another parent."""

    title = _("Move to another parent")
    related: ClassVar = {"parent": Membership._meta.get_field("parent")}  # noqa: SLF001 - public _meta
    parent = forms.ModelChoiceField(Node.objects.all(), label=_("parent"))
    from_date = day_field(_("first day"))
    until_date = day_field(_("day after the last"), required=False)
    reason = reason_field()

    def apply(self) -> None:
        """Call the service."""
        given = dict(self.cleaned_data)
        services.node_move(
            node=self.records[0].code, **{**given, "parent": given["parent"].code}, **self.by()
        )


class NodeMergeForm(OperationForm):
    """Ends a node and hands over all it has."""

    title = _("Merge into another node")
    related: ClassVar = {"into": Membership._meta.get_field("parent")}  # noqa: SLF001
    into = forms.ModelChoiceField(Node.objects.all(), label=_("merge into"))
    from_date = day_field(_("first day"))
    reason = reason_field()

    def apply(self) -> None:
        """Call the service."""
        given = dict(self.cleaned_data)
        services.node_merge(
            node=self.records[0].code, **{**given, "into": given["into"].code}, **self.by()
        )


class SiteTransferForm(OperationForm):
    """Gives sites to another node."""

    title = _("Transfer to another node")
    related: ClassVar = {"node": SiteOwnership._meta.get_field("node")}  # noqa: SLF001
    node = forms.ModelChoiceField(Node.objects.all(), label=_("run by"))
    from_date = day_field(_("first day"))
    until_date = day_field(_("day after the last"), required=False)
    reason = reason_field()

    def apply(self) -> None:
        """Call the service."""
        given = dict(self.cleaned_data)
        sites = [record.code for record in self.records]
        services.site_transfer(sites=sites, **{**given, "node": given["node"].code}, **self.by())


class MeterReplaceForm(OperationForm):
    """Removes a meter and installs its successor."""

    title = _("Replace the meter")
    new_code = forms.SlugField(label=_("code of the new meter"), max_length=64)
    on_date = day_field(_("first day"))
    multiplier = forms.FloatField(label=_("multiplier"), required=False)
    rollover_at = forms.FloatField(label=_("rolls over at"), required=False)

    def apply(self) -> None:
        """Call the service."""
        given = self.cleaned_data
        changes = {n: given[n] for n in ("multiplier", "rollover_at") if given[n] is not None}
        services.meter_replace(
            meter=self.records[0].code,
            new_code=given["new_code"],
            on_date=given["on_date"],
            changes=changes,
            **self.by(),
        )


class BoundaryShareForm(OperationForm):
    """Sets the share of a node within a boundary."""

    title = _("Set the share of a node")
    related: ClassVar = {"node": BoundaryShare._meta.get_field("node")}  # noqa: SLF001
    node = forms.ModelChoiceField(Node.objects.all(), label=_("organisation node"))
    share = forms.DecimalField(label=_("share"), max_digits=7, decimal_places=6)
    from_date = day_field(_("first day"))
    until_date = day_field(_("day after the last"), required=False)
    reason = reason_field()

    def apply(self) -> None:
        """Call the service."""
        given = dict(self.cleaned_data)
        services.boundary_share_set(
            boundary=self.records[0].code, **{**given, "node": given["node"].code}, **self.by()
        )

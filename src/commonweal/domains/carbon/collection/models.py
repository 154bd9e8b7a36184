"""A campaign, a unit's statement in it, and the items of a statement."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from commonweal.catalogue import catalogue
from commonweal.domains.carbon.collection.checking import item_check
from commonweal.errors import InputError
from commonweal.kernel.programmes.models import Record
from commonweal.periods import Period, PeriodKind, period

_SPANS = {PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.HALF_YEAR, PeriodKind.YEAR}


class Campaign(Record):
    """What is asked of every unit of one level below a node, for one period, by one day."""

    title = models.CharField(max_length=200)
    covers = models.CharField(max_length=16)
    begin_date = models.DateField(null=True, blank=True)
    level = models.CharField(max_length=16)
    indicators = models.TextField()
    due_date = models.DateField()
    boundary = models.CharField(max_length=64, default="operational")
    n_statements = models.PositiveIntegerField(null=True, blank=True)

    @property
    def span(self) -> Period:
        """The period that statements cover."""
        return period(self.covers)

    @property
    def asked(self) -> tuple[str, ...]:
        """Ids of the indicators, in the order in which they are asked for."""
        return tuple(dict.fromkeys(self.indicators.replace(",", " ").split()))

    def clean(self) -> None:
        """Refuse what no unit could answer."""
        try:
            span = self.span
        except InputError as fault:
            said = _("write a month, quarter, half-year or year")
            raise ValidationError({"covers": said}) from fault
        if span.kind not in _SPANS:
            raise ValidationError({"covers": _("write a month, quarter, half-year or year")})
        self.begin_date = span.start_date
        known = catalogue().indicators
        if unknown := [each for each in self.asked if each not in known]:
            said = _("there is no indicator %(id)r") % {"id": unknown[0]}
            raise ValidationError({"indicators": said})
        if self.due_date < span.end_date - timedelta(days=1):
            raise ValidationError({"due_date": _("this lies before the end of the period")})


class Statement(Record):
    """What one unit states for a campaign; a correction is a further revision."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="statements")
    covers = models.CharField(max_length=16, blank=True)
    begin_date = models.DateField(null=True, blank=True)
    due_date = models.DateField(null=True, blank=True)
    revision = models.PositiveSmallIntegerField(default=1)
    replaces = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="corrections"
    )
    why = models.TextField(blank=True)
    note = models.TextField(blank=True)
    n_items = models.PositiveIntegerField(null=True, blank=True)
    n_odd = models.PositiveIntegerField(null=True, blank=True)
    submitted_date = models.DateField(null=True, blank=True)
    is_late = models.BooleanField(null=True, blank=True)
    content_sha256 = models.CharField(max_length=64, blank=True)

    class Meta(Record.Meta):
        """A unit has one statement of each revision in a campaign."""

        constraints = [  # noqa: RUF012 - Django's own idiom
            *Record.Meta.constraints,
            models.UniqueConstraint(
                name="collection_statement_once", fields=["campaign", "node", "revision"]
            ),
        ]

    @property
    def span(self) -> Period:
        """The period that it covers."""
        return period(self.covers)

    def clean(self) -> None:
        """Take period and deadline from the campaign, which must be running."""
        if self.campaign.state != "running" and self.state == "due":
            raise ValidationError({"campaign": _("this campaign is not running")})
        self.covers, self.begin_date = self.campaign.covers, self.campaign.begin_date
        self.due_date = self.due_date or self.campaign.due_date


class Item(Record):
    """One figure of a statement, with what it is compared with, in the indicator's unit."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="items")
    indicator = models.CharField(max_length=64)
    is_declared = models.BooleanField(null=True, blank=True)
    value = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    value_unit = models.CharField(max_length=32)
    method = models.CharField(max_length=32, blank=True)
    reason = models.TextField(blank=True)
    evidence = models.CharField(max_length=200, blank=True)
    amount = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    previous_amount = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    computed_amount = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    odd = models.CharField(max_length=200, blank=True)
    is_odd = models.BooleanField(default=False)

    class Meta(Record.Meta):
        """A statement has an indicator once."""

        constraints = [  # noqa: RUF012 - Django's own idiom
            *Record.Meta.constraints,
            models.UniqueConstraint(name="collection_item_once", fields=["statement", "indicator"]),
        ]

    def clean(self) -> None:
        """Refuse what cannot be, and note what is odd."""
        item_check(self)

"""Tables of the fact store: append-only, bitemporal, in a Merkle log.

A fact is (indicator, node, boundary, period, value). A restatement is a new fact that supersedes,
with a reason; the old row stays and only its ``superseded_at`` is filled in, so every published
figure can be read again. Leaves of the RFC 6962 log are the facts in order of ``leaf_index``.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from commonweal.kernel.facts.fields import ExactDecimalField
from commonweal.periods import Period, PeriodKind


class Method(models.TextChoices):
    """How a value came to be; the order runs from the strongest evidence to the weakest."""

    MEASURED = "measured", _("measured")
    CALCULATED = "calculated", _("calculated")
    ESTIMATED = "estimated", _("estimated")
    DECLARED = "declared", _("declared")


class Batch(models.Model):
    """Facts recorded together, with what they have in common, and the log's head after them."""

    engine = models.CharField(_("engine"), max_length=64)
    version = models.CharField(_("version"), max_length=32)
    parameters = models.JSONField(_("parameters"))
    inputs = models.JSONField(_("inputs"))  # datasets: snapshot instant, segment hashes
    actor = models.CharField(_("actor"), max_length=150)
    recorded_at = models.DateTimeField(_("recorded at"))
    tree_size = models.BigIntegerField(_("log size after"))
    root_hash = models.CharField(_("log root after"), max_length=64)

    class Meta:
        """Words of the admin."""

        verbose_name = _("fact batch")
        verbose_name_plural = _("fact batches")

    def __str__(self) -> str:
        """Identify the batch."""
        return f"batch {self.pk} by {self.engine} {self.version}"


class Fact(models.Model):
    """One value of one indicator for one node over one half-open period."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="facts")
    leaf_index = models.BigIntegerField(_("place in the log"), unique=True)
    leaf_hash = models.BinaryField(max_length=32)
    indicator = models.SlugField(_("indicator"), max_length=96, db_index=False)
    node = models.SlugField(_("organisation node"), max_length=64, db_index=False)
    boundary = models.SlugField(_("boundary"), max_length=64, db_index=False)
    period_kind = models.CharField(_("kind of period"), max_length=16)
    start_date = models.DateField(_("first day"))
    end_date = models.DateField(_("day after the last day"))
    value = ExactDecimalField(
        _("value"), max_digits=30, decimal_places=9, null=True
    )  # null: no data
    unit = models.CharField(_("unit"), max_length=32)
    decimals = models.SmallIntegerField(_("printed decimals"))
    method = models.CharField(_("method"), max_length=16, choices=Method)
    estimated_share = models.DecimalField(
        _("share estimated"), max_digits=7, decimal_places=6, null=True, blank=True
    )
    lineage = models.JSONField(_("lineage"))  # formula, input facts, factor rows and fallback steps
    recorded_at = models.DateTimeField(_("recorded at"))
    superseded_at = models.DateTimeField(_("superseded at"), null=True, blank=True)
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    reason = models.CharField(_("reason of restatement"), max_length=500, blank=True)

    class Meta:
        """Rules that hold whatever code writes the row."""

        verbose_name = _("fact")
        verbose_name_plural = _("facts")
        indexes = [  # noqa: RUF012
            models.Index(fields=["indicator", "node", "start_date"], name="facts_fact_series"),
        ]
        constraints = [  # noqa: RUF012
            models.CheckConstraint(
                name="facts_fact_period_ordered", condition=Q(start_date__lt=F("end_date"))
            ),
            models.CheckConstraint(
                name="facts_fact_reasoned", condition=Q(supersedes=None) | ~Q(reason="")
            ),
            models.UniqueConstraint(
                name="facts_fact_one_current",
                fields=["indicator", "node", "boundary", "start_date", "end_date", "period_kind"],
                condition=Q(superseded_at=None),
            ),
        ]

    def __str__(self) -> str:
        """Identify the fact."""
        return f"#{self.pk} {self.indicator} {self.node} {self.period}"

    @property
    def period(self) -> Period:
        """The half-open period that the value is of."""
        return Period(self.start_date, self.end_date, PeriodKind(self.period_kind))

    @property
    def printed(self) -> str:
        """The value with its printed decimals, half to even; empty where there is no data."""
        return "" if self.value is None else f"{self.value:,.{self.decimals}f}"


class LogChunk(models.Model):
    """The head over 4,096 leaves of the log in a row, so that a proof need not read them all."""

    number = models.BigIntegerField(_("number"), unique=True)  # leaves 4096·number and following
    head = models.BinaryField(max_length=32)

    class Meta:
        """Words of the admin."""

        verbose_name = _("chunk of the log")
        verbose_name_plural = _("chunks of the log")

    def __str__(self) -> str:
        """Identify the chunk."""
        return f"chunk {self.number}"


class PeriodLock(models.Model):
    """A closed period: facts inside it are refused until a person unlocks it with a reason."""

    start_date = models.DateField(_("first day"))
    end_date = models.DateField(_("day after the last day"))
    reason = models.CharField(_("reason"), max_length=500)
    locked_by = models.CharField(_("locked by"), max_length=150)
    locked_at = models.DateTimeField(_("locked at"))
    unlocked_by = models.CharField(_("unlocked by"), max_length=150, blank=True)
    unlocked_at = models.DateTimeField(_("unlocked at"), null=True, blank=True)
    unlock_reason = models.CharField(_("reason of unlocking"), max_length=500, blank=True)

    class Meta:
        """Words of the admin."""

        verbose_name = _("period lock")
        verbose_name_plural = _("period locks")

    def __str__(self) -> str:
        """Say what is closed."""
        return f"{self.start_date} to {self.end_date}"

"""What the quality rules noticed, kept as a list that people work through."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Finding(models.Model):
    """One rule broken by one subject in one month; closed when a later computation clears it."""

    dataset = models.SlugField(_("activity"), max_length=64)
    subject_kind = models.CharField(_("kind of subject"), max_length=8)
    subject_id = models.BigIntegerField(_("subject"))
    month = models.DateField(_("month"))
    rule = models.CharField(_("rule"), max_length=128)
    quantity = models.FloatField(_("quantity concerned"), null=True)
    first_seen_at = models.DateTimeField(_("first seen"))
    last_seen_at = models.DateTimeField(_("last seen"))
    cleared_at = models.DateTimeField(_("cleared"), null=True, blank=True)

    class Meta:
        """One open row for each thing noticed."""

        verbose_name = _("quality finding")
        verbose_name_plural = _("quality findings")
        indexes = [  # noqa: RUF012 - Django's own idiom
            models.Index(fields=["dataset", "month", "rule"], name="compute_finding_of"),
        ]
        constraints = [  # noqa: RUF012
            models.UniqueConstraint(
                name="compute_finding_once",
                fields=["dataset", "subject_kind", "subject_id", "month", "rule"],
            ),
        ]

    def __str__(self) -> str:
        """Say who broke what, when."""
        return f"{self.rule}: {self.subject_kind} {self.subject_id} {self.month}"

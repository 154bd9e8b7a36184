"""The event log: append-only, chained by hash for each record and as a whole.

``hash = SHA-256(previous hash of the log ‖ previous hash of the record ‖ canonical content)``.
Whoever changes, drops or inserts a row must change every later row, and the newest hash is
printed in each published report.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """One thing that happened to one record. Never updated, never deleted (triggers refuse)."""

    sequence = models.BigIntegerField(_("sequence"), unique=True)
    record_type = models.CharField(_("record type"), max_length=64)
    record_key = models.CharField(_("record"), max_length=128)
    action = models.CharField(_("action"), max_length=32)
    actor = models.CharField(_("actor"), max_length=150)
    happened_at = models.DateTimeField(_("happened at"))
    content = models.JSONField(_("content"))
    previous_hash = models.CharField(max_length=64, blank=True)
    record_previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        """Read by record, newest last."""

        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [  # noqa: RUF012
            models.Index(fields=["record_type", "record_key", "sequence"], name="records_event_of"),
        ]

    def __str__(self) -> str:
        """Say what happened to what."""
        return f"#{self.sequence} {self.action} {self.record_type} {self.record_key}"

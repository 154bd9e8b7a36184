"""The manifest: which files make up the lake, in the same database as the facts they give.

A file counts from the instant its row is committed. Readers ask for a snapshot (an instant) and
get a plain list of files; nothing on disk is ever changed in place.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Source(models.Model):
    """One ingested file. The same bytes with the same mapping are ingested once."""

    dataset = models.SlugField(_("dataset"), max_length=64)
    name = models.CharField(_("file name"), max_length=255)
    sha256 = models.CharField(max_length=64)
    mapping = models.JSONField(_("mapping"), default=dict)
    fingerprint = models.CharField(max_length=64, unique=True)  # of dataset, bytes and mapping
    key = models.BigIntegerField(unique=True)  # first 8 bytes of the fingerprint; in every row
    n_accepted = models.BigIntegerField(_("rows accepted"))
    n_rejected = models.BigIntegerField(_("rows rejected"))
    rejects_path = models.CharField(_("rejected rows"), max_length=255, blank=True, default="")
    actor = models.CharField(_("actor"), max_length=150)
    known_at = models.DateTimeField(_("known at"))

    class Meta:
        """Words of the admin."""

        verbose_name = _("source file")
        verbose_name_plural = _("source files")

    def __str__(self) -> str:
        """Identify the file."""
        return f"{self.name} ({self.sha256[:12]})"


class Segment(models.Model):
    """One immutable Parquet file of one dataset and one month, named by its own hash."""

    dataset = models.SlugField(_("dataset"), max_length=64)
    month = models.DateField(_("month"))
    path = models.CharField(_("path in the lake"), max_length=255, unique=True)
    sha256 = models.CharField(max_length=64)
    source = models.ForeignKey(Source, models.PROTECT, null=True, related_name="segments")
    n_rows = models.BigIntegerField(_("rows"))
    n_bytes = models.BigIntegerField(_("bytes"))
    key_min = models.JSONField(default=list)  # smallest and largest value of each key column:
    key_max = models.JSONField(default=list)  # two segments whose ranges do not meet cannot overlap
    known_at = models.DateTimeField(_("known at"))  # later knowledge wins where keys are equal
    added_at = models.DateTimeField(_("visible from"))
    removed_at = models.DateTimeField(_("visible until"), null=True, blank=True)
    vacuumed_at = models.DateTimeField(_("file deleted"), null=True, blank=True)

    class Meta:
        """Readers ask by dataset and month."""

        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        indexes = [  # noqa: RUF012
            models.Index(fields=["dataset", "month"], name="lake_segment_of"),
        ]
        constraints = [  # noqa: RUF012
            models.CheckConstraint(
                name="lake_segment_visible_once",
                condition=Q(removed_at=None) | Q(added_at__lte=F("removed_at")),
            ),
        ]

    def __str__(self) -> str:
        """Identify the file."""
        return self.path

"""Which performance files were read, and where their rows lie."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class PerformanceFile(models.Model):
    """One performance file. Its bytes are read once for each mapping of counters.

    Many files make one batch, which is one source of each dataset; a file's rows are those from
    ``first_row`` on.
    """

    sha256 = models.CharField(max_length=64)
    mapping = models.CharField(_("mapping"), max_length=64)
    name = models.CharField(_("file name"), max_length=255)
    batch = models.CharField(_("batch"), max_length=64, db_index=True)  # in its sources' mapping
    first_row = models.BigIntegerField(_("first row"))
    n_values = models.BigIntegerField(_("values"))
    refused = models.CharField(_("why refused"), max_length=400, blank=True, default="")

    class Meta:
        """Words of the admin."""

        verbose_name = _("performance file")
        verbose_name_plural = _("performance files")
        constraints = [  # noqa: RUF012
            models.UniqueConstraint(fields=["sha256", "mapping"], name="radio_file_read_once"),
        ]

    def __str__(self) -> str:
        """Identify the file."""
        return f"{self.name} ({self.sha256[:12]})"

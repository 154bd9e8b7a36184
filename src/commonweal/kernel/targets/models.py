"""Targets: an indicator, a base period, a path to an end value. Status is computed, never typed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from commonweal.kernel.facts.fields import ExactDecimalField


class Target(models.Model):
    """``indicator`` of ``node`` shall change by ``change_share`` from base year to target year."""

    code = models.SlugField(_("code"), max_length=64, unique=True)
    indicator = models.SlugField(_("indicator"), max_length=96)
    node = models.SlugField(_("organisation node"), max_length=64)
    boundary = models.SlugField(_("boundary"), max_length=64)
    base_period = models.CharField(_("base period"), max_length=32)
    target_period = models.CharField(_("target period"), max_length=32)
    change_share = models.DecimalField(
        _("change wanted"), max_digits=7, decimal_places=6, help_text=_("-0.2 is 20 % less.")
    )
    base_value = ExactDecimalField(
        _("published base value"),
        max_digits=30,
        decimal_places=9,
        null=True,
        blank=True,
        help_text=_("Only where the base period lies before the data; otherwise the fact is used."),
    )
    source = models.CharField(_("source"), max_length=255)

    class Meta:
        """Words of the admin."""

        verbose_name = _("target")
        verbose_name_plural = _("targets")

    def __str__(self) -> str:
        """Identify the target."""
        return self.code

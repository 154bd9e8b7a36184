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
    milestones = models.JSONField(
        _("milestones"),
        default=dict,
        blank=True,
        help_text=_("Changes asked of years between, by year: {'2023': '-0.08'}; else straight."),
    )
    rebase_threshold_share = models.DecimalField(
        _("threshold of a new base"),
        max_digits=7,
        decimal_places=6,
        null=True,
        blank=True,
        help_text=_("0.05: the base changes only if restated by more than 5 %, and with a reason."),
    )
    source = models.CharField(_("source"), max_length=255)

    class Meta:
        """Words of the admin."""

        verbose_name = _("target")
        verbose_name_plural = _("targets")

    def __str__(self) -> str:
        """Identify the target."""
        return self.code


class BaseValue(models.Model):
    """The base value that a target has from an instant on; the ones before stay in the table.

    Only targets with a threshold have any: theirs is recalculated by rule, not by every restatement
    of the base year.
    """

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="base_values")
    value = ExactDecimalField(_("base value"), max_digits=30, decimal_places=9)
    fact_id = models.BigIntegerField(_("fact"))
    change_share = ExactDecimalField(
        _("change"), max_digits=30, decimal_places=9, null=True, blank=True
    )
    reason = models.CharField(_("reason"), max_length=255)
    actor = models.CharField(_("actor"), max_length=150)
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        """Words of the admin."""

        verbose_name = _("base value")
        verbose_name_plural = _("base values")

    def __str__(self) -> str:
        """Identify the value."""
        return f"{self.target} {self.value} ({self.recorded_at:%Y-%m-%d})"

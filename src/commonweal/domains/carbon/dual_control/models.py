"""Shares of a target that units are given, and measures that meet it."""

from __future__ import annotations

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext as _

from commonweal.kernel.programmes.models import Record

_NOT_NEGATIVE = MinValueValidator(Decimal(0))


class Allocation(Record):
    """What one unit may use in one year: its share of the group's total, by a named method."""

    year = models.PositiveSmallIntegerField()
    indicator = models.SlugField(max_length=96)
    method = models.CharField(max_length=32)
    base_year = models.PositiveSmallIntegerField()
    base_value = models.DecimalField(max_digits=16, decimal_places=2, validators=[_NOT_NEGATIVE])
    amount = models.DecimalField(max_digits=16, decimal_places=2, validators=[_NOT_NEGATIVE])
    group_total = models.DecimalField(max_digits=18, decimal_places=2)
    revision = models.PositiveSmallIntegerField(default=1)

    @property
    def change_share(self) -> Decimal:
        """The change asked of the unit, as a share of its base."""
        return self.amount / self.base_value - 1

    def clean(self) -> None:
        """Refuse a share of a year that does not follow its base, or of nothing."""
        if self.year <= self.base_year:
            raise ValidationError({"year": _("this must come after the base year")})
        if not self.base_value:
            raise ValidationError({"base_value": _("there is no change from nothing")})


class Measure(Record):
    """Something that saves energy, from the idea to the saving that somebody verified."""

    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=32)
    saving_kwh_a = models.DecimalField(max_digits=14, decimal_places=0, validators=[_NOT_NEGATIVE])
    saving_low_kwh_a = models.DecimalField(max_digits=14, decimal_places=0)
    saving_high_kwh_a = models.DecimalField(max_digits=14, decimal_places=0)
    abatement_tco2e_a = models.DecimalField(max_digits=14, decimal_places=2)
    capex_cny = models.DecimalField(max_digits=16, decimal_places=2, validators=[_NOT_NEGATIVE])
    opex_cny_a = models.DecimalField(max_digits=16, decimal_places=2, default=Decimal(0))
    life_years = models.PositiveSmallIntegerField()
    invested_date = models.DateField(null=True, blank=True)
    verified_tce = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True, validators=[_NOT_NEGATIVE]
    )
    verified_date = models.DateField(null=True, blank=True)

    def clean(self) -> None:
        """Refuse an interval that does not hold the expected saving, or no life at all."""
        if not self.saving_low_kwh_a <= self.saving_kwh_a <= self.saving_high_kwh_a:
            raise ValidationError(
                {"saving_kwh_a": _("the expected saving lies outside its own interval")}
            )
        if not self.life_years:
            raise ValidationError({"life_years": _("a measure lasts at least a year")})

"""Actions, what each saves year by year, and portfolios that choose among them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext as _

from commonweal.kernel.programmes.models import Record

_NOT_NEGATIVE = [MinValueValidator(Decimal(0))]
_SHARE = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))]


def _amount(**more: Any) -> models.DecimalField[Any, Any]:  # noqa: ANN401 - options of a column
    return models.DecimalField(max_digits=18, decimal_places=2, **more)


def _share(**more: Any) -> models.DecimalField[Any, Any]:  # noqa: ANN401 - options of a column
    return models.DecimalField(max_digits=7, decimal_places=4, validators=_SHARE, **more)


class Portfolio(Record):
    """A question about actions, and the set of starts that was chosen for it."""

    title = models.CharField(max_length=200)
    first_year = models.PositiveSmallIntegerField()
    n_years = models.PositiveSmallIntegerField(
        default=8, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    target_tco2e_a = _amount(validators=_NOT_NEGATIVE)
    target_kwh_a = _amount(validators=_NOT_NEGATIVE, default=Decimal(0))
    target = models.CharField(max_length=64, blank=True)
    growth_share = models.DecimalField(max_digits=7, decimal_places=4, default=Decimal(0))
    budget_cny_a = _amount(validators=_NOT_NEGATIVE)
    carbon_cny_t = _amount(validators=_NOT_NEGATIVE, default=Decimal(0))
    rate_share = _share(default=Decimal("0.06"))
    most_starts = models.PositiveSmallIntegerField(null=True, blank=True)
    n_chosen = models.PositiveIntegerField(null=True, blank=True)
    cost_cny = _amount(null=True, blank=True)
    gap_share = _share(null=True, blank=True)
    chance_share = _share(null=True, blank=True)
    shortfall_tco2e = _amount(null=True, blank=True)
    chosen = models.TextField(blank=True)

    def clean(self) -> None:
        """Refuse years that no calendar of ours holds."""
        if not 2000 <= self.first_year <= 2100:  # noqa: PLR2004 - as for every target
            raise ValidationError({"first_year": _("this must be a year from 2000 to 2100")})


class Action(Record):
    """One thing that saves energy, carbon or money; amounts are of a full year in use."""

    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=32)
    capex_cny = _amount(validators=_NOT_NEGATIVE)
    opex_cny_a = _amount(default=Decimal(0))
    life_years = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    saving_kwh_a = _amount(validators=_NOT_NEGATIVE)
    saving_low_kwh_a = _amount()
    saving_high_kwh_a = _amount()
    abatement_tco2e_a = _amount(validators=_NOT_NEGATIVE)
    saving_cny_a = _amount(default=Decimal(0))
    first_share = _share(default=Decimal("0.5"))
    fade_share = _share(default=Decimal(0))
    confidence_share = _share(default=Decimal(1))
    one_of = models.CharField(max_length=64, blank=True)
    requires = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="required_by"
    )
    basis = models.CharField(max_length=100, blank=True)
    basis_kwh_a = _amount(null=True, blank=True, validators=[MinValueValidator(Decimal(1))])
    verified_by = models.CharField(max_length=96, blank=True)
    start_year = models.PositiveSmallIntegerField(null=True, blank=True)
    portfolio = models.ForeignKey(
        Portfolio, models.PROTECT, null=True, blank=True, related_name="actions"
    )
    done_date = models.DateField(null=True, blank=True)
    proposal = models.CharField(max_length=120, blank=True, db_index=True)
    source = models.CharField(max_length=300, blank=True)

    def clean(self) -> None:
        """Refuse an interval that does not hold the expected saving, and half a basis."""
        if not self.saving_low_kwh_a <= self.saving_kwh_a <= self.saving_high_kwh_a:
            raise ValidationError(
                {"saving_kwh_a": _("the expected saving lies outside its own interval")}
            )
        if bool(self.basis) != (self.basis_kwh_a is not None):
            raise ValidationError({"basis_kwh_a": _("a basis has a name and a use, or neither")})
        if self.basis_kwh_a is not None and self.saving_kwh_a > self.basis_kwh_a:
            raise ValidationError({"saving_kwh_a": _("no more can be saved than is used")})


class Outcome(Record):
    """One year of an action that was done: what was expected of it, and what came of it."""

    action = models.ForeignKey(Action, models.PROTECT, related_name="outcomes")
    year = models.PositiveSmallIntegerField()
    ends_date = models.DateField()
    expected_kwh = _amount()
    expected_tco2e = _amount()
    expected_cny = _amount()
    realised_kwh = _amount(null=True, blank=True)
    low_kwh = _amount(null=True, blank=True)
    high_kwh = _amount(null=True, blank=True)
    realised_tco2e = _amount(null=True, blank=True)
    realised_cny = _amount(null=True, blank=True)
    basis = models.CharField(max_length=300, blank=True)

    def clean(self) -> None:
        """Refuse an interval that does not hold what was realised."""
        low = self.realised_kwh if self.low_kwh is None else self.low_kwh
        high = self.realised_kwh if self.high_kwh is None else self.high_kwh
        found = self.realised_kwh
        if found is not None and low is not None and high is not None and not low <= found <= high:
            raise ValidationError({"realised_kwh": _("the saving lies outside its own interval")})

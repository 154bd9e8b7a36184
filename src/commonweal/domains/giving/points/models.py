"""A year's cycle, the pupils entitled in it, and the libraries built from it."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from commonweal.kernel.programmes.models import Record


class Cycle(Record):
    """One year of the plan: its budget, its limit, and the list that was put forward."""

    year = models.PositiveSmallIntegerField()
    begin_date = models.DateField()
    budget_cny = models.DecimalField(max_digits=14, decimal_places=2)
    income_limit_cny = models.DecimalField(max_digits=10, decimal_places=2)
    n_pupils = models.PositiveIntegerField(null=True, blank=True)
    listed_cny = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    list_sha256 = models.CharField(max_length=64, blank=True)


class Entitlement(Record):
    """One pupil's scholarship in one cycle."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="entitlements")
    pupil = models.CharField(max_length=100)
    school = models.CharField(max_length=200)
    is_rural = models.BooleanField(default=False)
    income_cny = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    amount_cny = models.DecimalField(max_digits=10, decimal_places=2)
    paid_date = models.DateField(null=True, blank=True)

    def clean(self) -> None:
        """Refuse what the fund cannot pay, and what would make room in the budget."""
        if self.amount_cny <= 0:
            raise ValidationError({"amount_cny": _("this must be more than nothing")})


class Library(Record):
    """One library of a village school."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="libraries")
    school = models.CharField(max_length=200)
    n_books = models.PositiveIntegerField(null=True, blank=True)
    cost_cny = models.DecimalField(max_digits=12, decimal_places=2)
    built_date = models.DateField(null=True, blank=True)

"""One transfer of waste: weighed at the gate, carried, weighed again where it was received."""

from __future__ import annotations

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext as _

from commonweal.domains.carbon.waste.classes import waste_classes
from commonweal.kernel.programmes.models import Record

_SOME = MinValueValidator(Decimal("0.001"))
_MOST_DIFFERENCE = Decimal("0.01")
"""Of two scales, as a share of what left: more is a finding."""


class Transfer(Record):
    """Waste of one class that left a unit; its node generated it."""

    waste_class = models.CharField(max_length=32)
    is_hazardous = models.BooleanField(null=True, blank=True)
    code_listed = models.CharField(max_length=32, blank=True)
    shipped_date = models.DateField()
    sent_kg = models.DecimalField(max_digits=16, decimal_places=3, validators=[_SOME])
    carrier = models.CharField(max_length=200, blank=True)
    receiver = models.CharField(max_length=200)
    licence = models.CharField(max_length=64, blank=True)
    licence_until_date = models.DateField(null=True, blank=True)
    manifest = models.CharField(max_length=64, blank=True)
    route = models.CharField(max_length=16)
    received_date = models.DateField(null=True, blank=True)
    received_kg = models.DecimalField(
        max_digits=16, decimal_places=3, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    difference_kg = models.DecimalField(max_digits=16, decimal_places=3, null=True, blank=True)
    is_differing = models.BooleanField(null=True, blank=True)

    def clean(self) -> None:
        """Set what the class says and what the scales differ by; refuse days out of order."""
        known = waste_classes().get(self.waste_class)
        if known is None:
            raise ValidationError({"waste_class": _("there is no such class of waste")})
        self.is_hazardous, self.code_listed = known.hazardous, known.code
        if self.received_date and self.received_date < self.shipped_date:
            raise ValidationError({"received_date": _("this lies before it was sent")})
        if self.received_kg is not None:
            self.difference_kg = self.received_kg - self.sent_kg
            self.is_differing = abs(self.difference_kg) > _MOST_DIFFERENCE * self.sent_kg

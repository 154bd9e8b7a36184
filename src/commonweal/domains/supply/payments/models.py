"""One invoice of a supplier."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models

from commonweal.domains.supply.payments.terms import due_date
from commonweal.kernel.programmes.models import Record

_CENT = MinValueValidator(Decimal("0.01"))


class Invoice(Record):
    """What a supplier asks for; when it is due follows from its other fields."""

    number = models.CharField(max_length=64)
    supplier = models.CharField(max_length=200)
    supplier_size = models.CharField(max_length=16)
    amount_cny = models.DecimalField(max_digits=16, decimal_places=2, validators=[_CENT])
    invoice_date = models.DateField()
    agreed_days = models.PositiveSmallIntegerField(null=True, blank=True)
    accepted_date = models.DateField(null=True, blank=True)
    due_date = models.DateField(null=True, blank=True)
    disputed_date = models.DateField(null=True, blank=True)
    settled_date = models.DateField(null=True, blank=True)
    paid_date = models.DateField(null=True, blank=True)
    is_paid_late = models.BooleanField(null=True, blank=True)

    def clean(self) -> None:
        """Set what follows; a settled dispute takes its own days out of the term."""
        if self.accepted_date:
            is_protected = self.supplier_size != "large"
            due = due_date(
                self.accepted_date, agreed_days=self.agreed_days, is_protected=is_protected
            )
            if self.disputed_date and self.settled_date:
                due += self.settled_date - self.disputed_date
            self.due_date = due
            self.is_paid_late = self.paid_date > due if self.paid_date else None

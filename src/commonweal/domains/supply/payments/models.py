"""One invoice of a supplier."""

from django.db import models

from commonweal.domains.supply.payments.terms import due_date
from commonweal.kernel.programmes.models import Record


class Invoice(Record):
    """What a supplier asks for; when it is due follows from its other fields."""

    number = models.CharField(max_length=64)
    supplier = models.CharField(max_length=200)
    supplier_size = models.CharField(max_length=16)
    amount_cny = models.DecimalField(max_digits=16, decimal_places=2)
    invoice_date = models.DateField()
    agreed_days = models.PositiveSmallIntegerField(null=True, blank=True)
    accepted_date = models.DateField(null=True, blank=True)
    due_date = models.DateField(null=True, blank=True)
    disputed_date = models.DateField(null=True, blank=True)
    settled_date = models.DateField(null=True, blank=True)
    paid_date = models.DateField(null=True, blank=True)
    is_paid_late = models.BooleanField(null=True, blank=True)

    def clean(self) -> None:
        """Set what follows from what was entered."""
        if self.accepted_date:
            self.due_date = due_date(self, self.accepted_date)
            self.is_paid_late = self.paid_date > self.due_date if self.paid_date else None

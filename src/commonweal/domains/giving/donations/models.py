"""One gift to somebody outside the operator."""

from django.db import models

from commonweal.kernel.programmes.models import Record


class Donation(Record):
    """A gift of money, from the pledge to the report of its use."""

    purpose = models.CharField(max_length=32)
    recipient = models.CharField(max_length=200)
    project = models.CharField(max_length=200)
    amount_cny = models.DecimalField(max_digits=14, decimal_places=2)
    pledge_date = models.DateField()
    payment_date = models.DateField(null=True, blank=True)
    receipt_number = models.CharField(max_length=64, blank=True)
    use_report = models.TextField(blank=True)
    used_cny = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)

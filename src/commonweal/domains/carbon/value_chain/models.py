"""One product footprint as a supplier sent it."""

from django.db import models

from commonweal.kernel.programmes.models import Record


class Footprint(Record):
    """What a declared amount of a product emitted before it came to us; a document, never edited.

    A change of it is another footprint that names this one as preceding.
    """

    pf_id = models.CharField(max_length=36, unique=True)
    supplier = models.CharField(max_length=200)
    product_name = models.CharField(max_length=300)
    product_ids = models.TextField()
    declared_unit = models.CharField(max_length=32)
    declared_amount = models.DecimalField(max_digits=19, decimal_places=9)
    pcf_kgco2e = models.DecimalField(max_digits=19, decimal_places=9)
    valid_from = models.DateField()
    valid_until = models.DateField()
    gwp_set = models.CharField(max_length=32, blank=True)
    primary_share = models.DecimalField(max_digits=7, decimal_places=3, null=True, blank=True)
    preceding = models.TextField(blank=True)
    document_sha256 = models.CharField(max_length=64)

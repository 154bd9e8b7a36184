"""An engagement over one total, the items drawn from it, and what was found."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from commonweal.catalogue import catalogue
from commonweal.errors import InputError
from commonweal.kernel.programmes.models import Record
from commonweal.periods import period


class Engagement(Record):
    """What is verified, how surely, and what came of it."""

    statement = models.CharField(max_length=200)
    indicator = models.CharField(max_length=96)
    period_text = models.CharField(max_length=32)
    boundary = models.CharField(max_length=64, default="operational")
    level = models.CharField(max_length=16, default="limited")
    method = models.CharField(max_length=16, default="monetary_unit")
    materiality_percent = models.DecimalField(max_digits=6, decimal_places=3)
    performance_percent = models.DecimalField(max_digits=6, decimal_places=3)
    firm = models.CharField(max_length=200)
    verifier = models.CharField(max_length=100)
    seed = models.CharField(max_length=64)
    known_at = models.DateTimeField(null=True, blank=True)
    total = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    total_unit = models.CharField(max_length=32, blank=True)
    n_units = models.PositiveIntegerField(null=True, blank=True)
    n_items = models.PositiveIntegerField(null=True, blank=True)
    interval = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    factual = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    projected = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    upper_limit = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    opinion = models.CharField(max_length=16, blank=True)

    def clean(self) -> None:
        """Refuse materialities that cannot hold; fill what is usual where nothing is said."""
        if not 0 < self.performance_percent <= self.materiality_percent <= 100:  # noqa: PLR2004
            refusal = _("more than 0, no more than the materiality of the whole, at most 100")
            raise ValidationError({"performance_percent": refusal})
        known = catalogue().indicators
        named = {name: each.id for each in known.values() for name in each.name.values()}
        self.indicator = named.get(self.indicator.strip(), self.indicator)
        if self.indicator not in known:
            refusal = _("there is no indicator %(id)r") % {"id": self.indicator}
            raise ValidationError({"indicator": refusal})
        try:
            period(self.period_text)
        except InputError as fault:
            refusal = _("write a month, quarter, half-year or year")
            raise ValidationError({"period_text": refusal}) from fault


class Item(Record):
    """One unit of the total that was drawn, and what its recalculation gave."""

    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="items")
    fact = models.BigIntegerField()
    unit_key = models.CharField(max_length=240)
    indicator = models.CharField(max_length=96)
    unit_node = models.CharField(max_length=64)
    unit_period = models.CharField(max_length=32)
    stratum = models.CharField(max_length=96)
    is_certain = models.BooleanField(default=False)
    hits = models.PositiveIntegerField(default=0)
    weight = models.FloatField(default=1.0)
    stated = models.DecimalField(max_digits=24, decimal_places=6)
    recomputed = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    difference = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)


class Finding(Record):
    """Something that is not as it should be, the owner's answer, and its correction."""

    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="findings")
    item = models.ForeignKey(
        Item, models.PROTECT, related_name="findings", null=True, blank=True, default=None
    )
    kind = models.CharField(max_length=16)
    title = models.CharField(max_length=200)
    cause = models.CharField(max_length=32, blank=True)
    stated = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    verified = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    misstated = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    answer = models.TextField(blank=True)
    corrected_fact = models.BigIntegerField(null=True, blank=True)

    def clean(self) -> None:
        """Set what is misstated; a misstatement needs both amounts."""
        if self.kind == "misstatement" and (self.stated is None or self.verified is None):
            raise ValidationError({"verified": _("a misstatement has a stated and a true amount")})
        if self.stated is not None and self.verified is not None:
            self.misstated = self.stated - self.verified

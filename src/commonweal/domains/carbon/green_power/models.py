"""What was bought, what was received of it month by month, who has it, and what was claimed."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext as _

from commonweal.kernel.org.models import Node
from commonweal.kernel.programmes.models import Record

KWH_PER_MWH = 1000
"""One certificate stands for one MWh; the ledger counts whole kWh."""
OWN = "own"
"""The kind of contract that is none: a plant of one's own."""
_ONE_KWH = MinValueValidator(Decimal("0.001"))


class Energy(Record):
    """A record about an amount of energy."""

    energy_mwh = models.DecimalField(max_digits=14, decimal_places=3, validators=[_ONE_KWH])

    class Meta(Record.Meta):
        """No table of its own."""

        abstract = True

    @property
    def energy_kwh(self) -> int:
        """Whole kWh."""
        return int(self.energy_mwh * KWH_PER_MWH)


class Contract(Energy):
    """Power or certificates agreed upon with a seller, or a plant of one's own."""

    kind = models.CharField(max_length=16)
    seller = models.CharField(max_length=200)
    plant = models.CharField(max_length=200)
    place = models.CharField(max_length=8)
    technology = models.CharField(max_length=16)
    supply_from = models.DateField()
    supply_until = models.DateField()
    price_cny_per_mwh = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)

    def clean(self) -> None:
        """Refuse what supplies nothing at any time."""
        if self.supply_from >= self.supply_until:
            raise ValidationError({"supply_until": _("this must be after the first day")})


class Batch(Energy):
    """What a plant generated for a contract in one month, proved by settlement or certificates."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="batches")
    generated_month = models.DateField()
    serial_prefix = models.CharField(max_length=40, blank=True)
    serial_first = models.PositiveBigIntegerField(null=True, blank=True)
    serial_last = models.PositiveBigIntegerField(null=True, blank=True)

    def clean(self) -> None:
        """Refuse days that are no month, and serials that are not one for each MWh."""
        if self.generated_month.day != 1:
            raise ValidationError({"generated_month": _("this must be the first day of a month")})
        if self.serial_first is None and self.serial_last is None:
            return
        n = (self.serial_last or 0) - (self.serial_first or 0) + 1
        if None in (self.serial_first, self.serial_last) or n != self.energy_mwh:
            raise ValidationError(
                {
                    "serial_last": _("%(n)d certificates stand for %(n)d MWh, not %(mwh)s")
                    % {"n": max(n, 0), "mwh": self.energy_mwh}
                }
            )


class Handover(Energy):
    """Part of a batch that one unit gives to another."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="handovers")
    to_node = models.ForeignKey(Node, models.PROTECT, related_name="+")

    def clean(self) -> None:
        """Refuse to give something to oneself."""
        if self.to_node_id == self.node_id:
            raise ValidationError({"to_node": _("it has it already")})


class Claim(Energy):
    """Electricity of a unit that is told to be green, by a part of a batch."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="claims")
    use_from = models.DateField()
    use_until = models.DateField()
    scheme = models.CharField(max_length=16)
    regional_rule = models.CharField(max_length=16, blank=True)
    """Place whose rule counts this power in its own way, once claimed."""

    def clean(self) -> None:
        """Refuse a period that is empty or lies in two calendar years."""
        if self.use_from >= self.use_until:
            raise ValidationError({"use_until": _("this must be after the first day")})
        last = self.use_until.toordinal() - 1
        if self.use_from.year != type(self.use_from).fromordinal(last).year:
            raise ValidationError({"use_until": _("a claim lies within one calendar year")})

"""What becomes of water at a unit: discharged, used again, or drawn from elsewhere."""

from __future__ import annotations

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext as _

from commonweal.kernel.programmes.models import Record

_NOT_LESS = MinValueValidator(Decimal(0))
_WHOLE = MaxValueValidator(Decimal(1))
_KG = Decimal("0.001")


class Flow(Record):
    """Water of one kind at one unit in one month, metered or by a ratio of what was drawn."""

    begin_date = models.DateField()
    kind = models.CharField(max_length=16)
    scope = models.CharField(max_length=16)
    method = models.CharField(max_length=16)
    quantity_t = models.DecimalField(
        max_digits=18, decimal_places=3, null=True, blank=True, validators=[_NOT_LESS]
    )
    drawn_t = models.DecimalField(
        max_digits=18, decimal_places=3, null=True, blank=True, validators=[_NOT_LESS]
    )
    ratio_share = models.DecimalField(
        max_digits=5, decimal_places=4, null=True, blank=True, validators=[_NOT_LESS, _WHOLE]
    )
    basis = models.CharField(max_length=200, blank=True)

    def clean(self) -> None:
        """Let a ratio give the quantity, by its stated basis; refuse one without."""
        if self.method != "ratio":
            if self.quantity_t is None:
                raise ValidationError({"quantity_t": _("a metered or estimated flow has one")})
            return
        if self.drawn_t is None or self.ratio_share is None or not self.basis:
            said = _("a ratio needs the water drawn, the share, and what it rests on")
            raise ValidationError({"ratio_share": said})
        self.quantity_t = (self.drawn_t * self.ratio_share).quantize(_KG)

"""An obligation of one market and year, what was allocated for it, traded, and surrendered."""

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext as _

from commonweal.domains.carbon.carbon_market.markets import UnknownRuleError, deadline
from commonweal.kernel.programmes.models import Record

_TONNE = MinValueValidator(1)
_NOT_NEGATIVE = MinValueValidator(Decimal(0))
_YEARS = [MinValueValidator(2011), MaxValueValidator(2100)]


class Obligation(Record):
    """What a node owes a market for the emissions of one year."""

    market = models.CharField(max_length=16)
    year = models.PositiveSmallIntegerField(validators=_YEARS)
    year_date = models.DateField(null=True, blank=True)
    due_date = models.DateField(null=True, blank=True)
    covered_share = models.DecimalField(
        max_digits=7,
        decimal_places=6,
        default=Decimal(1),
        validators=[_NOT_NEGATIVE, MaxValueValidator(1)],
    )
    reported_t = models.PositiveBigIntegerField(null=True, blank=True)
    verified_t = models.PositiveBigIntegerField(null=True, blank=True)
    surrendered_t = models.PositiveBigIntegerField(null=True, blank=True)
    completed_date = models.DateField(null=True, blank=True)
    is_in_time = models.BooleanField(null=True, blank=True)

    def clean(self) -> None:
        """Set the deadline by rule where one is known; else somebody has to enter it."""
        self.year_date = date(self.year, 1, 1)
        if self.due_date is None:
            try:
                self.due_date = deadline(self.market, self.year)
            except UnknownRuleError:
                return  # reporting asks for it
        if self.due_date < self.year_date:
            raise ValidationError({"due_date": _("nothing is due before its year")})


class Allocation(Record):
    """Allowances that the authority gives for an obligation, free or by auction."""

    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="allocations")
    kind = models.CharField(max_length=16)
    amount_t = models.PositiveBigIntegerField(validators=[_TONNE])
    price_cny = models.DecimalField(
        max_digits=10, decimal_places=2, default=Decimal(0), validators=[_NOT_NEGATIVE]
    )
    issued_date = models.DateField(null=True, blank=True)

    def clean(self) -> None:
        """Refuse a price for what is free."""
        if self.kind == "free" and self.price_cny:
            raise ValidationError({"price_cny": _("what is free has no price")})


class Trade(Record):
    """Allowances of a market, or credits, bought or sold."""

    market = models.CharField(max_length=16)
    kind = models.CharField(max_length=16)
    vintage = models.PositiveSmallIntegerField(validators=_YEARS)
    side = models.CharField(max_length=8)
    amount_t = models.PositiveBigIntegerField(validators=[_TONNE])
    counterparty = models.CharField(max_length=200, blank=True)
    price_cny = models.DecimalField(
        max_digits=10, decimal_places=2, null=True, blank=True, validators=[_NOT_NEGATIVE]
    )
    fee_cny = models.DecimalField(
        max_digits=14, decimal_places=2, default=Decimal(0), validators=[_NOT_NEGATIVE]
    )
    cost_cny = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    trade_date = models.DateField(null=True, blank=True)

    def clean(self) -> None:
        """Set what it comes to: paid with the fee, or received less the fee."""
        if self.price_cny is not None:
            fee_cny = self.fee_cny if self.side == "buy" else -self.fee_cny
            self.cost_cny = self.amount_t * self.price_cny + fee_cny


class Surrender(Record):
    """Allowances or credits given up for an obligation."""

    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="surrenders")
    kind = models.CharField(max_length=16)
    vintage = models.PositiveSmallIntegerField(validators=_YEARS)
    amount_t = models.PositiveBigIntegerField(validators=[_TONNE])
    surrendered_date = models.DateField(null=True, blank=True)

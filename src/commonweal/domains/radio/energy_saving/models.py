"""Sleep plans, what keeps cells awake in spite of them, and what they are shown to have saved."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext as _

from commonweal.kernel.programmes.models import Record
from commonweal.periods import business_midnight

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

_SHARE = (MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1)))
_NOT_NEGATIVE = (MinValueValidator(Decimal(0)),)
MOST_CV_RMSE: Final = 0.30
MOST_NMBE: Final = 0.10
"""Limits for hourly data (monthly: 15 % and 5 %), ASHRAE Guideline 14-2014 as quoted in public; the
text was not seen. A comparison with FEMP and IPMVP: doi:10.3390/en10101587."""


def _kwh(**more: Any) -> models.DecimalField[Any, Any]:  # noqa: ANN401 - options of a column
    return models.DecimalField(max_digits=18, decimal_places=3, **more)


def _share(**more: Any) -> models.DecimalField[Any, Any]:  # noqa: ANN401 - options of a column
    return models.DecimalField(max_digits=9, decimal_places=6, validators=_SHARE, **more)


class Plan(Record):
    """Which layers of which sectors sleep when, on the days from ``plan_date``.

    The modes themselves lie in the store of plans under ``folder``; this is what people decide on.
    """

    plan_date = models.DateField()
    days = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    quantile = models.DecimalField(max_digits=6, decimal_places=4, validators=_SHARE)
    n_sites = models.PositiveIntegerField()
    n_sectors = models.PositiveIntegerField()
    expected_kwh = _kwh()  # the saving expected; what all layers on would draw is the next
    all_on_kwh = _kwh(validators=_NOT_NEGATIVE)
    gap_share = _share()
    unserved_share = _share()
    folder = models.CharField(max_length=64, unique=True)
    plan_sha256 = models.CharField(max_length=64)
    counterfactual_sha256 = models.CharField(max_length=64, blank=True)
    holdout_share = _share(default=Decimal(0))
    outcome_kwh = _kwh(null=True, blank=True)

    def clean(self) -> None:
        """Refuse a plan that expects to save more than there is to save."""
        if self.expected_kwh > self.all_on_kwh:
            raise ValidationError({"expected_kwh": _("more than all layers draw when they are on")})


class Hold(Record):
    """What stays or is brought awake, why, and until when.

    Without a cell it holds everything below its node: the kill switch of a region.
    """

    cell_id = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=16)
    reason = models.CharField(max_length=300)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()

    class Meta(Record.Meta):
        """Looked up by cell, and by what is in force."""

        indexes = [  # noqa: RUF012 - Django's own idiom
            *Record.Meta.indexes,
            models.Index(fields=["cell_id", "until_at"]),
            models.Index(fields=["state", "until_at"]),
        ]

    def clean(self) -> None:
        """Refuse a hold that ends before it begins."""
        if self.until_at <= self.from_at:
            raise ValidationError({"until_at": _("this must come after the start")})


def holds_in_force(at: datetime) -> QuerySet[Hold]:
    """Return the holds in force at an instant: nobody lifted them, and they are not over."""
    return Hold.objects.filter(state="in_force", from_at__lte=at, until_at__gt=at)


def holds_touching(plan: Plan) -> QuerySet[Hold]:
    """Return the holds of a plan's days, whatever became of them since."""
    begin = business_midnight(plan.plan_date)
    end = business_midnight(plan.plan_date + timedelta(days=plan.days))
    return Hold.objects.filter(from_at__lt=end, until_at__gt=begin).exclude(state="merged")


class Verification(Record):
    """What the plans of some days saved at the sites below a node, with its interval.

    The saving is of the group: what sleeping cells saved less what those drew that served for them.
    """

    first_date = models.DateField()
    last_date = models.DateField()
    expected_kwh = _kwh()
    saved_kwh = _kwh()
    low_kwh = _kwh()
    high_kwh = _kwh()
    confidence = _share(default=Decimal("0.95"))
    n_sectors = models.PositiveIntegerField()
    n_holdout = models.PositiveIntegerField()
    metered_share = _share()
    cv_rmse = models.DecimalField(
        max_digits=9, decimal_places=6, null=True, blank=True, validators=_NOT_NEGATIVE
    )
    nmbe = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    rebound_kwh = _kwh(null=True, blank=True)
    lost_traffic_share = _share(null=True, blank=True)
    lost_traffic_error = models.DecimalField(
        max_digits=9, decimal_places=6, null=True, blank=True, validators=_NOT_NEGATIVE
    )
    partner_kwh = _kwh(default=Decimal(0))
    counterfactual_sha256 = models.CharField(max_length=64)
    method = models.CharField(max_length=64)

    @property
    def is_accepted(self) -> bool | None:
        """Whether the counterfactual told held-back hours well enough; None where none was held."""
        if self.cv_rmse is None or self.nmbe is None:
            return None
        return float(self.cv_rmse) <= MOST_CV_RMSE and abs(float(self.nmbe)) <= MOST_NMBE

    def clean(self) -> None:
        """Refuse days out of order, and a saving outside its own interval."""
        if self.last_date < self.first_date:
            raise ValidationError({"last_date": _("this must not come before the first day")})
        if not self.low_kwh <= self.saved_kwh <= self.high_kwh:
            raise ValidationError({"saved_kwh": _("the saving lies outside its own interval")})

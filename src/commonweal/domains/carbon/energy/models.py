"""A site's month whose energy balance does not close, until somebody has explained it."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from commonweal.kernel.org.models import Site
from commonweal.kernel.programmes.models import Record


class Case(Record):
    """One month of one site."""

    site = models.CharField(max_length=64)
    month_date = models.DateField()
    unaccounted_kwh = models.DecimalField(max_digits=16, decimal_places=2)
    cause = models.CharField(max_length=16, blank=True)
    closed_date = models.DateField(null=True, blank=True)

    def clean(self) -> None:
        """Refuse a site that the register does not hold, and a day that begins no month."""
        if not Site.objects.filter(code=self.site).exists():
            raise ValidationError({"site": _("no site %(code)s") % {"code": self.site}})
        if self.month_date.day != 1:
            raise ValidationError({"month_date": _("write the first day of the month")})

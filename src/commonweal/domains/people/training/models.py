"""Sessions, schemes of certification, and certificates; attendance itself lies in the lake."""

from django.db import models

from commonweal.kernel.programmes.models import Record


class Session(Record):
    """One run of a course or exam; its attendance is counted from the lake when it is checked."""

    course = models.CharField(max_length=200)
    kind = models.CharField(max_length=32)
    first_day = models.DateField()
    last_day = models.DateField()
    venue = models.CharField(max_length=200, blank=True)
    n_people = models.PositiveIntegerField(null=True, blank=True)
    attended_h = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)


class Scheme(Record):
    """What somebody must show to be certified, and for how long that holds."""

    title = models.CharField(max_length=200)
    line = models.CharField(max_length=32)
    valid_months = models.PositiveSmallIntegerField()
    issued_on = models.DateField(null=True, blank=True)
    withdrawn_on = models.DateField(null=True, blank=True)


class Certificate(Record):
    """A person's proof under a scheme, from the exam in which it was earned until it expires."""

    person = models.CharField(max_length=64)
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="+")
    exam = models.ForeignKey(Session, models.PROTECT, related_name="+")
    passed_on = models.DateField()
    valid_until = models.DateField()

"""An edition of a report with what it was frozen as, and the sign-off of each of its sections."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from commonweal.kernel.disclosure.editions.checking import asked_refused
from commonweal.kernel.disclosure.editions.pack import Told
from commonweal.kernel.disclosure.wording import LANGUAGES
from commonweal.kernel.programmes.models import Record


class Edition(Record):
    """One report of one period, for one node: a draft until it is checked, then frozen."""

    title = models.CharField(max_length=200)
    report = models.CharField(max_length=64)
    period_text = models.CharField(max_length=32)
    boundary = models.CharField(max_length=64, default="operational")
    languages = models.CharField(max_length=32, default=" ".join(LANGUAGES))
    forms = models.CharField(max_length=64, default="html pdf xlsx json xbri")
    corrects = models.ForeignKey(
        "self", models.PROTECT, related_name="corrections", null=True, blank=True, default=None
    )
    change_note = models.TextField(blank=True)
    embargo_until = models.DateTimeField(null=True, blank=True)
    as_of = models.DateTimeField(null=True, blank=True)
    program = models.CharField(max_length=32, blank=True)
    texts_sha256 = models.CharField(max_length=64, blank=True)
    n_facts = models.PositiveIntegerField(null=True, blank=True)
    fact_ids = models.TextField(blank=True)
    facts_sha256 = models.CharField(max_length=64, blank=True)
    tree_size = models.PositiveBigIntegerField(null=True, blank=True)
    root_hash = models.CharField(max_length=64, blank=True)
    digests = models.TextField(blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    def clean(self) -> None:
        """Refuse what no report can be built of, and corrections of another report."""
        if refused := asked_refused(self.report, self.period_text, self.languages, self.forms):
            raise ValidationError(refused)
        of = self.corrects
        if of and (of.report, of.period_text) != (self.report, self.period_text):
            refusal = _("%(code)s is of another report or period") % {"code": of.code}
            raise ValidationError({"corrects": refusal})


class Signoff(Record):
    """One section of one edition, and the word of whoever stands for it."""

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="signoffs")
    section = models.CharField(max_length=64)
    heading = models.CharField(max_length=200)
    statement = models.TextField(blank=True)


def records_of(edition: Edition) -> list[Told]:
    """Return the records whose history tells how an edition came to be."""
    signed = edition.signoffs.exclude(state="merged").order_by("code")
    found = [Told(edition.code, "editions.edition", str(edition.pk))]
    return [*found, *(Told(each.code, "editions.signoff", str(each.pk)) for each in signed)]

"""What is out of the ordinary about meters and sites; an ordinary one has no row here.

An ordinary meter counts what its site draws from the grid, and the site is ours alone. Everything
else is a bitemporal row, so that a million ordinary meters cost nothing.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commonweal.kernel.org.models.organisation import Meter, Site, Span


class Role(models.TextChoices):
    """What a meter's energy is to its site. Uses are parts of the supply, never added to it."""

    IMPORT = "import", _("drawn from the grid")
    EXPORT = "export", _("fed into the grid")
    PV = "pv", _("solar generation")
    GENERATOR = "generator", _("generator output")
    TENANT = "tenant", _("used by others")
    RADIO = "radio", pgettext_lazy("use of energy", "radio")
    TRANSMISSION = "transmission", pgettext_lazy("use of energy", "transmission")
    COMPUTING = "computing", pgettext_lazy("use of energy", "servers")
    COOLING = "cooling", pgettext_lazy("use of energy", "cooling")
    RECTIFIER_LOSS = "rectifier_loss", pgettext_lazy("use of energy", "rectifier loss")
    OFFICE = "office", pgettext_lazy("use of energy", "office")
    OTHER_USE = "other_use", pgettext_lazy("use of energy", "other")
    REFERENCE = "reference", _("counted nowhere")


class PartyKind(models.TextChoices):
    """Who else uses a site."""

    TOWER_COMPANY = "tower_company", _("tower company")
    PARTNER_OPERATOR = "partner_operator", _("partner operator")
    TENANT = "tenant", _("tenant")


class GapMethod(models.TextChoices):
    """How a month of which nothing is known is estimated."""

    SAME_MONTH_LAST_YEAR = "same_month_last_year", _("the same month of the year before")
    NEIGHBOUR_DAYS = "neighbour_days", _("the days of the months beside it")
    NONE = "none", _("not estimated")


class MeterRole(Span):
    """What a meter counts while valid; without a row it counts what is drawn from the grid."""

    meter = models.ForeignKey(Meter, models.PROTECT, related_name="roles")
    role = models.CharField(_("role"), max_length=16, choices=Role)

    class Meta(Span.Meta):
        """A meter has one role at a time."""

        verbose_name = _("role of a meter")
        verbose_name_plural = _("roles of meters")
        constraints = [  # noqa: RUF012
            *Span.Meta.constraints,
            models.UniqueConstraint(
                name="org_meter_role_one_at_a_time",
                fields=["meter", "valid_from"],
                condition=Q(superseded_at=None),
            ),
        ]

    def __str__(self) -> str:
        """Say what it counts."""
        return f"meter {self.meter_id} as {self.role} from {self.valid_from}"


class MeterExpression(Span):
    """A virtual meter: its use is that of other meters, by a sum such as ``M1 - 0.5 * M2``.

    Counted nowhere until it has a role, because its parts may count already.
    """

    meter = models.ForeignKey(Meter, models.PROTECT, related_name="expressions")
    expression = models.CharField(_("expression"), max_length=500)

    class Meta(Span.Meta):
        """A meter is one sum at a time."""

        verbose_name = _("expression of a virtual meter")
        verbose_name_plural = _("expressions of virtual meters")
        constraints = [  # noqa: RUF012
            *Span.Meta.constraints,
            models.UniqueConstraint(
                name="org_meter_expression_one_at_a_time",
                fields=["meter", "valid_from"],
                condition=Q(superseded_at=None),
            ),
        ]

    def __str__(self) -> str:
        """Show the sum."""
        return f"meter {self.meter_id} = {self.expression} from {self.valid_from}"


class SiteShare(Span):
    """Somebody else uses a part of a site's electricity: what a sub-meter says, or a share.

    A share is one of what remains after the sub-metered parts.
    """

    code = models.SlugField(_("agreement"), max_length=64)
    site = models.ForeignKey(Site, models.PROTECT, related_name="energy_shares")
    party = models.CharField(_("party"), max_length=128)
    party_kind = models.CharField(_("kind of party"), max_length=20, choices=PartyKind)
    share = models.DecimalField(_("share"), max_digits=7, decimal_places=6, null=True, blank=True)
    meter = models.ForeignKey(
        Meter, models.PROTECT, null=True, blank=True, related_name="energy_shares"
    )

    class Meta(Span.Meta):
        """Either a share or a sub-meter; an agreement says one thing at a time."""

        verbose_name = _("share of others in a site")
        verbose_name_plural = _("shares of others in sites")
        constraints = [  # noqa: RUF012
            *Span.Meta.constraints,
            models.CheckConstraint(
                name="org_site_share_one_basis",
                condition=Q(share__gt=0, share__lte=1, meter=None)
                | Q(share=None, meter__isnull=False),
            ),
            models.UniqueConstraint(
                name="org_site_share_one_at_a_time",
                fields=["code", "valid_from"],
                condition=Q(superseded_at=None),
            ),
        ]

    def __str__(self) -> str:
        """Say who uses how much of what."""
        part = f"meter {self.meter_id}" if self.share is None else self.share
        return f"{self.code}: {self.party} {part} of site {self.site_id} from {self.valid_from}"


class GapRule(Span):
    """How months without data are estimated, at one site or, without a site, at all others."""

    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="gap_rules")
    method = models.CharField(_("method"), max_length=24, choices=GapMethod)

    class Meta(Span.Meta):
        """Words of the admin."""

        verbose_name = _("rule for gaps")
        verbose_name_plural = _("rules for gaps")

    def __str__(self) -> str:
        """Say where which method holds."""
        return f"{self.method} at {self.site_id or 'every site'} from {self.valid_from}"


class MeterReplacement(models.Model):
    """The instant at which one meter took over from another, and both registers if known."""

    old = models.OneToOneField(Meter, models.PROTECT, related_name="replaced_by")
    new = models.OneToOneField(Meter, models.PROTECT, related_name="replacement_of")
    replaced_at = models.DateTimeField(_("replaced at"))
    final_register = models.FloatField(_("final register"), null=True, blank=True)
    first_register = models.FloatField(_("first register"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        """Words of the admin."""

        verbose_name = _("replacement of a meter")
        verbose_name_plural = _("replacements of meters")

    def __str__(self) -> str:
        """Say what replaced what."""
        return f"meter {self.old_id} by {self.new_id} at {self.replaced_at}"

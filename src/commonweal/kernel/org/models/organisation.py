"""Tables of the organisation. Rows are data and rules; behaviour lives in services and selectors.

Every membership is bitemporal: half-open business days say when it held (``valid_from``,
``valid_to``), instants say when we knew it (``recorded_at``, ``superseded_at``). A move appends
rows and closes others, so an old report is computed again with the organisation it had.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class NodeKind(models.TextChoices):
    """Levels of an operator, from the whole to the unit that runs sites."""

    GROUP = "group", pgettext_lazy("organisation node", "group")
    PROVINCE = "province", _("province")
    PREFECTURE = "prefecture", _("prefecture")
    UNIT = "unit", pgettext_lazy("organisation node", "unit")


class SiteKind(models.TextChoices):
    """What stands at a site; sets the load it may plausibly draw."""

    MACRO = "macro", _("macro base station")
    INDOOR = "indoor", _("indoor distribution")
    ROOM = "room", _("equipment room")
    DATA_CENTRE = "data_centre", _("data centre")
    OFFICE = "office", _("office building")
    HALL = "hall", _("service hall")
    OTHER = "other", pgettext_lazy("site", "other")


class Approach(models.TextChoices):
    """Consolidation approaches of the GHG Protocol."""

    OPERATIONAL_CONTROL = "operational_control", _("operational control")
    EQUITY_SHARE = "equity_share", _("equity share")


class Span(models.Model):
    """Half-open validity in business days, and when it was known."""

    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid until"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"))
    superseded_at = models.DateTimeField(_("superseded at"), null=True, blank=True)

    class Meta:
        """An empty span means nothing, so the database refuses it."""

        abstract = True
        constraints = [  # noqa: RUF012 - Django's own idiom
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_span_ordered",
                condition=Q(valid_to=None) | Q(valid_from__lt=F("valid_to")),
            ),
        ]


class Node(models.Model):
    """One node of the organisation; its parents in time are ``Membership`` rows."""

    code = models.SlugField(_("code"), max_length=64, unique=True)
    kind = models.CharField(_("kind"), max_length=16, choices=NodeKind)
    place = models.CharField(
        _("place"), max_length=16, help_text=_("Code of the place whose factors apply, as CN-GD.")
    )
    name_zh_hant = models.CharField(_("name, traditional Chinese"), max_length=128)
    name_zh_hans = models.CharField(_("name, simplified Chinese"), max_length=128)
    name_en = models.CharField(_("name, English"), max_length=128)

    class Meta:
        """Words of the admin."""

        verbose_name = _("organisation node")
        verbose_name_plural = _("organisation nodes")

    def __str__(self) -> str:
        """Identify the node."""
        return self.code


class Membership(Span):
    """``node`` belongs to ``parent`` while valid; a node has one parent at a time.

    Without a parent the node is a root; on days that no membership covers it does not exist.
    """

    node = models.ForeignKey(Node, models.PROTECT, related_name="memberships")
    parent = models.ForeignKey(
        Node, models.PROTECT, null=True, blank=True, related_name="child_memberships"
    )

    class Meta(Span.Meta):
        """A node is not its own parent."""

        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [  # noqa: RUF012
            *Span.Meta.constraints,
            models.CheckConstraint(
                name="org_membership_not_itself", condition=~Q(node=F("parent"))
            ),
            models.UniqueConstraint(
                name="org_membership_one_at_a_time",
                fields=["node", "valid_from"],
                condition=Q(superseded_at=None),
            ),
        ]

    def __str__(self) -> str:
        """Say who belongs to whom."""
        return f"{self.node_id} in {self.parent_id} from {self.valid_from}"


class Boundary(models.Model):
    """A reporting boundary: which nodes count, and with what share."""

    code = models.SlugField(_("code"), max_length=64, unique=True)
    approach = models.CharField(_("approach"), max_length=32, choices=Approach)
    name_zh_hant = models.CharField(_("name, traditional Chinese"), max_length=128)
    name_zh_hans = models.CharField(_("name, simplified Chinese"), max_length=128)
    name_en = models.CharField(_("name, English"), max_length=128)

    class Meta:
        """Words of the admin."""

        verbose_name = _("reporting boundary")
        verbose_name_plural = _("reporting boundaries")

    def __str__(self) -> str:
        """Identify the boundary."""
        return self.code


class BoundaryShare(Span):
    """The share of a node, and of all below it, that counts; the nearest node above decides."""

    boundary = models.ForeignKey(Boundary, models.CASCADE, related_name="shares")
    node = models.ForeignKey(Node, models.PROTECT, related_name="boundary_shares")
    share = models.DecimalField(_("share"), max_digits=7, decimal_places=6)

    class Meta(Span.Meta):
        """A share lies between nothing and the whole."""

        verbose_name = _("boundary share")
        verbose_name_plural = _("boundary shares")
        constraints = [  # noqa: RUF012
            *Span.Meta.constraints,
            models.CheckConstraint(
                name="org_boundary_share_range", condition=Q(share__gte=0) & Q(share__lte=1)
            ),
        ]

    def __str__(self) -> str:
        """Say who counts for how much."""
        return f"{self.node_id} {self.share} in {self.boundary_id}"


class Site(models.Model):
    """A place with equipment; who runs it in time is ``SiteOwnership``."""

    code = models.SlugField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=128, blank=True)
    kind = models.CharField(_("kind"), max_length=16, choices=SiteKind)
    place = models.CharField(_("place"), max_length=16)
    longitude_deg = models.FloatField(_("longitude, degrees"), null=True, blank=True)
    latitude_deg = models.FloatField(_("latitude, degrees"), null=True, blank=True)

    class Meta:
        """Words of the admin."""

        verbose_name = _("site")
        verbose_name_plural = _("sites")
        constraints = [  # noqa: RUF012
            models.CheckConstraint(
                name="org_site_on_earth",
                condition=Q(longitude_deg=None, latitude_deg=None)
                | Q(longitude_deg__range=(-180, 180), latitude_deg__range=(-90, 90)),
            ),
        ]

    def __str__(self) -> str:
        """Identify the site."""
        return self.code


class SiteOwnership(Span):
    """``node`` runs ``site`` while valid; a site has one owner at a time."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="ownerships")
    node = models.ForeignKey(Node, models.PROTECT, related_name="site_ownerships")

    class Meta(Span.Meta):
        """Words of the admin."""

        verbose_name = _("site ownership")
        verbose_name_plural = _("site ownerships")
        constraints = [  # noqa: RUF012
            *Span.Meta.constraints,
            models.UniqueConstraint(
                name="org_site_ownership_one_at_a_time",
                fields=["site", "valid_from"],
                condition=Q(superseded_at=None),
            ),
        ]

    def __str__(self) -> str:
        """Say who runs what."""
        return f"site {self.site_id} by {self.node_id} from {self.valid_from}"


class Meter(models.Model):
    """A meter at a site. A register reads ``value × multiplier`` in ``unit`` and rolls over."""

    code = models.SlugField(_("code"), max_length=64, unique=True)
    site = models.ForeignKey(Site, models.PROTECT, related_name="meters")
    carrier = models.SlugField(_("carrier"), max_length=32)
    unit = models.CharField(_("unit"), max_length=16)
    multiplier = models.FloatField(_("multiplier"), default=1.0)
    rollover_at = models.FloatField(
        _("rolls over at"),
        default=1e6,
        help_text=_("Register value at which it starts again at 0."),
    )
    max_rate_per_h = models.FloatField(
        _("highest plausible use an hour"),
        help_text=_("In the meter's unit, after the multiplier."),
    )
    installed_date = models.DateField(_("installed on"), null=True, blank=True)
    removed_date = models.DateField(_("removed on"), null=True, blank=True)

    class Meta:
        """A meter measures something, upwards."""

        verbose_name = _("meter")
        verbose_name_plural = _("meters")
        constraints = [  # noqa: RUF012
            models.CheckConstraint(
                name="org_meter_positive",
                condition=Q(multiplier__gt=0, rollover_at__gt=0, max_rate_per_h__gt=0),
            ),
        ]

    def __str__(self) -> str:
        """Identify the meter."""
        return self.code

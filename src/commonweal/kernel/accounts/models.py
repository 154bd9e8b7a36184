"""Grants of roles, and delegations of them while their holder is away."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.org.models import Node


class _Days(models.Model):
    """Half-open business days."""

    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid until"), null=True, blank=True)

    class Meta:
        """An empty span means nothing."""

        abstract = True
        constraints = [  # noqa: RUF012 - Django's own idiom
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_days_ordered",
                condition=Q(valid_to=None) | Q(valid_from__lt=F("valid_to")),
            ),
        ]


class Grant(_Days):
    """``user`` has ``role`` for ``node`` and everything below it, while valid."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="grants")
    role = models.CharField(_("role"), max_length=32, choices=Role)
    node = models.ForeignKey(Node, models.PROTECT, related_name="grants")

    class Meta(_Days.Meta):
        """Words of the admin."""

        verbose_name = _("grant of a role")
        verbose_name_plural = _("grants of roles")
        constraints = [  # noqa: RUF012
            *_Days.Meta.constraints,
            models.UniqueConstraint(
                name="accounts_grant_once", fields=["user", "role", "node", "valid_from"]
            ),
        ]

    def __str__(self) -> str:
        """Say who is what for whom."""
        return f"{self.user} {self.role} {self.node}"


class Delegation(_Days):
    """``delegate`` acts for ``delegator``, with the delegator's roles, while valid."""

    delegator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="delegations_given"
    )
    delegate = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="delegations_taken"
    )

    class Meta(_Days.Meta):
        """Nobody delegates to themselves."""

        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        constraints = [  # noqa: RUF012
            *_Days.Meta.constraints,
            models.CheckConstraint(
                name="accounts_delegation_to_another", condition=~Q(delegator=F("delegate"))
            ),
        ]

    def __str__(self) -> str:
        """Say who acts for whom."""
        return f"{self.delegate} for {self.delegator}"


class Token(models.Model):
    """A key with which a program asks in somebody's name; only its digest is kept.

    The text is 256 random bits, so a plain SHA-256 cannot be guessed backwards.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=64)
    prefix = models.CharField(_("begins with"), max_length=16)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(_("may"))
    issued_at = models.DateTimeField(_("issued at"))
    expires_at = models.DateTimeField(_("expires at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    last_used_on = models.DateField(_("last used on"), null=True, blank=True)

    class Meta:
        """Words of the admin."""

        verbose_name = _("token")
        verbose_name_plural = _("tokens")

    def __str__(self) -> str:
        """Name it without giving it away."""
        return f"{self.name} ({self.prefix}…)"


class Read(models.Model):
    """That somebody was shown personal values: of which records at one node, and which fields."""

    happened_at = models.DateTimeField(_("when"))
    actor = models.CharField(_("who"), max_length=150)
    record_type = models.CharField(_("type"), max_length=64)
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+")
    n_records = models.PositiveIntegerField(_("records"))
    record_keys = models.JSONField(_("which"))
    """Keys of the first hundred; ``n_records`` says how many there were."""
    fields = models.JSONField(_("fields"))

    class Meta:
        """Options."""

        indexes = (
            models.Index(fields=["happened_at"], name="reads_by_time"),
            models.Index(fields=["node", "happened_at"], name="reads_by_node"),
        )

    def __str__(self) -> str:
        """Return who read how much of what."""
        return f"{self.actor} {self.record_type} × {self.n_records}"

"""Who wants to be told of what, and what became of telling them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Subscription(models.Model):
    """An address that is told of events which its account may see."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    url = models.CharField(max_length=500)
    events = models.JSONField()
    """Types as ``donations.donation.approve``; ``*`` stands for any part of one."""
    secret = models.CharField(max_length=64, editable=False)
    """Signs what is sent, so it is kept as it is; shown once."""
    created_at = models.DateTimeField()
    looked_at = models.BigIntegerField()
    """Sequence up to which the log was looked through."""
    failing_since = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        """Name the address."""
        return self.url


class Delivery(models.Model):
    """One event on its way to one address."""

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="deliveries")
    sequence = models.BigIntegerField()
    """Of the event in the log."""
    type = models.CharField(max_length=200)
    next_at = models.DateTimeField(null=True, blank=True)
    """When it is tried next; null when it arrived or was given up."""
    n_tries = models.PositiveSmallIntegerField(default=0)
    arrived_at = models.DateTimeField(null=True, blank=True)
    last_status = models.PositiveSmallIntegerField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        """An event is told once; what is due is found along an index."""

        indexes = [  # noqa: RUF012 - Django's own idiom
            models.Index(fields=["next_at"], name="webhooks_due", condition=~Q(next_at=None)),
        ]
        constraints = [  # noqa: RUF012
            models.UniqueConstraint(
                name="webhooks_delivery_once", fields=["subscription", "sequence"]
            ),
        ]

    def __str__(self) -> str:
        """Say what is told."""
        return f"{self.type} #{self.sequence}"

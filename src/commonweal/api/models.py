"""What the API keeps between requests."""

from __future__ import annotations

from django.db import models


class Reply(models.Model):
    """What a request was answered, so that the same request again gets the same answer."""

    key = models.CharField(max_length=64, unique=True)
    """Digest of who asked and of the idempotency key."""
    request_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    answered_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        """Say what was answered."""
        return f"{self.key[:12]}: {self.status}"


class Quota(models.Model):
    """How many requests of a minute a holder has taken, by all processes together."""

    holder = models.CharField(max_length=64)
    minute = models.BigIntegerField()
    """Since 1970."""
    n_taken = models.PositiveIntegerField()

    class Meta:
        """One row for each holder and minute."""

        constraints = [  # noqa: RUF012 - Django's own idiom
            models.UniqueConstraint(name="api_quota_once", fields=["holder", "minute"]),
        ]

    def __str__(self) -> str:
        """Say how many."""
        return f"{self.holder}: {self.n_taken}"

"""Jobs, the lines that they logged, and schedules.

A job is a row that a worker takes by counting up its ``lease``. Everything a worker writes about a
job names the lease it holds, so a worker that was thought dead and comes back writes nothing.
"""

from __future__ import annotations

import uuid

import uuid_utils
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from commonweal.kernel.org.models import Node


def job_id_new() -> uuid.UUID:
    """Return a time-ordered identifier (UUID 7)."""
    return uuid.UUID(int=uuid_utils.uuid7().int)


class JobState(models.TextChoices):
    """Where a job stands."""

    QUEUED = "queued", pgettext_lazy("job", "waiting")
    RUNNING = "running", pgettext_lazy("job", "running")
    DONE = "done", pgettext_lazy("job", "done")
    FAILED = "failed", pgettext_lazy("job", "failed")
    CANCELLED = "cancelled", pgettext_lazy("job", "cancelled")


class Job(models.Model):
    """One run of one kind, asked for by somebody, done with what that person may do then."""

    id = models.UUIDField(primary_key=True, default=job_id_new, editable=False)
    kind = models.CharField(max_length=64)
    key = models.CharField(max_length=150, blank=True)
    """Unique for the kind: asking twice gives the same job. Empty where it may run again."""
    arguments = models.JSONField()
    state = models.CharField(max_length=16, choices=JobState, default=JobState.QUEUED)
    actor = models.CharField(max_length=150)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    """None is the machine's owner. A job goes with its account: it never becomes the owner's."""
    node = models.ForeignKey(Node, models.PROTECT, null=True, blank=True, related_name="+")
    priority = models.SmallIntegerField(default=0)
    run_at = models.DateTimeField()
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    lease = models.PositiveIntegerField(default=0)
    """Counts the times it was taken. A worker's writes name the lease it was given."""
    worker = models.CharField(max_length=100, blank=True)
    beats = models.PositiveBigIntegerField(default=0)
    """Grows while its worker lives; compared with itself, never with a clock."""
    beat_at = models.DateTimeField(null=True, blank=True)

    n_done = models.PositiveBigIntegerField(default=0)
    n_total = models.PositiveBigIntegerField(default=0)
    step = models.CharField(max_length=200, blank=True)
    cancel_by = models.CharField(max_length=150, blank=True)
    """Who asked that it stop; empty if nobody did."""
    result = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True)
    hint = models.TextField(blank=True)

    class Meta:
        """What waits is found along one index, by priority and time."""

        constraints = [  # noqa: RUF012 - Django's own idiom
            models.UniqueConstraint(
                name="jobs_key_once", fields=["kind", "key"], condition=~Q(key="")
            ),
        ]
        indexes = [  # noqa: RUF012
            models.Index(
                name="jobs_waiting",
                fields=["-priority", "run_at", "id"],
                condition=Q(state="queued"),
            ),
            models.Index(name="jobs_state", fields=["state", "id"]),
        ]

    def __str__(self) -> str:
        """Name the kind and where it stands."""
        return f"{self.kind} {self.pk} ({self.state})"

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in {JobState.QUEUED, JobState.RUNNING}


class JobLine(models.Model):
    """One line of a job's log; there is a limit to their number and length."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="lines")
    at = models.DateTimeField()
    text = models.CharField(max_length=2000)

    class Meta:
        """In the order they were written."""

        ordering = ("pk",)

    def __str__(self) -> str:
        """Show it as it is listed."""
        return f"{self.at:%H:%M:%S} {self.text}"


class Schedule(models.Model):
    """Enqueues a job at each of its instants, with what its user may do then."""

    name = models.SlugField(max_length=64, unique=True)
    kind = models.CharField(max_length=64)
    arguments = models.JSONField(default=dict, blank=True)
    rule = models.CharField(max_length=64)
    """As ``daily 02:30``; see ``commonweal.kernel.jobs.rules``."""
    actor = models.CharField(max_length=150)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    node = models.ForeignKey(Node, models.PROTECT, null=True, blank=True, related_name="+")
    is_active = models.BooleanField(default=True)
    next_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        """Say what happens when."""
        return f"{self.name}: {self.kind} {self.rule}"

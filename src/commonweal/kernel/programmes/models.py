"""The envelope of every record, and the tables that records share.

Rows are data and rules; behaviour lives in services and selectors.
"""

from __future__ import annotations

import uuid
from typing import ClassVar, Self

import uuid_utils
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from commonweal.kernel.accounts.roles import Privacy
from commonweal.kernel.org.models import Node


def record_id_new() -> uuid.UUID:
    """Return a time-ordered identifier (UUID 7), which may also be made offline."""
    return uuid.UUID(int=uuid_utils.uuid7().int)


class Record(models.Model):
    """What every record has; a programme adds columns.

    The period is half-open business days. ``version`` grows with every change, and who writes must
    say which version was read. What happened stands in the event log; this row is its last word.
    """

    id = models.UUIDField(primary_key=True, default=record_id_new, editable=False)
    code = models.CharField(_("code"), max_length=64, unique=True)
    node = models.ForeignKey(
        Node, models.PROTECT, related_name="+", verbose_name=_("organisation node"), db_index=False
    )
    start_date = models.DateField(_("from"))
    end_date = models.DateField(_("until"))
    state = models.CharField(_("state"), max_length=32, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("owner"),
        db_index=False,
    )
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened at"), editable=False)
    changed_at = models.DateTimeField(_("changed at"), editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)
    privacy = models.CharField(_("privacy"), max_length=16, choices=Privacy)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", editable=False
    )
    was_in_conflict = models.BooleanField(_("was in conflict"), default=False, editable=False)
    salt = models.CharField(max_length=32, blank=True, editable=False)
    """Key of the digests under which personal fields are told to the event log."""

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        """One index for each order of the list and the queue, whatever filters it.

        They end with the id, so that a page is read where it lies and no tie is sorted.
        """

        abstract = True
        indexes = [  # noqa: RUF012 - Django's own idiom
            models.Index(fields=["state", "id"]),
            models.Index(fields=["state", "due_at", "id"]),
            models.Index(fields=["state", "changed_at", "id"]),
            models.Index(fields=["node", "state", "due_at"]),
            models.Index(fields=["owner", "id"]),
            models.Index(fields=["start_date", "id"]),
            models.Index(fields=["due_at", "id"]),
            models.Index(fields=["changed_at", "id"]),
        ]
        constraints = [  # noqa: RUF012
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_days_ordered",
                condition=models.Q(start_date__lt=models.F("end_date")),
            ),
        ]

    def __str__(self) -> str:
        """Identify the record."""
        return self.code


class Counter(models.Model):
    """The last number given to codes of a prefix and year."""

    prefix = models.CharField(max_length=16, unique=True)
    last = models.PositiveIntegerField()

    def __str__(self) -> str:
        """Say the last number given."""
        return f"{self.prefix}: {self.last}"


class Approval(models.Model):
    """One person's yes to a transition of a record, for the content that had this hash.

    It counts as long as the record has that content; a later change makes it void, visibly.
    """

    record_type = models.CharField(max_length=64)
    record_id = models.UUIDField()
    action = models.CharField(max_length=32)
    version = models.PositiveIntegerField()
    snapshot_sha256 = models.CharField(max_length=64)
    principal = models.CharField(max_length=150)
    """In whose name; a delegate approves in the delegator's."""
    given_by = models.CharField(max_length=150)
    given_at = models.DateTimeField()

    class Meta:
        """A person says yes to a version once; the name that counts is the principal's."""

        constraints = [  # noqa: RUF012
            models.UniqueConstraint(
                name="programmes_approval_once",
                fields=["record_type", "record_id", "action", "version", "principal"],
            ),
        ]

    def __str__(self) -> str:
        """Say who said yes to what."""
        return f"{self.principal} {self.action} {self.record_type} v{self.version}"


class Answer(models.Model):
    """What became of a request, so that the same request again gets the same answer."""

    key = models.CharField(max_length=64, unique=True)
    request_sha256 = models.CharField(max_length=64)
    record_type = models.CharField(max_length=64)
    record_id = models.UUIDField()
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=32)
    message = models.TextField(blank=True)
    answered_at = models.DateTimeField()

    def __str__(self) -> str:
        """Say what the request became."""
        return f"{self.key}: {self.record_type} {self.state} v{self.version}"


class Attachment(models.Model):
    """A file that belongs to a record; its bytes are stored once, by hash."""

    record_type = models.CharField(max_length=64)
    record_id = models.UUIDField()
    kind = models.CharField(_("kind"), max_length=32, blank=True)
    name = models.CharField(_("file name"), max_length=255)
    sha256 = models.CharField(max_length=64)
    n_bytes = models.PositiveBigIntegerField()
    added_by = models.CharField(max_length=150)
    added_at = models.DateTimeField()

    class Meta:
        """Found by record."""

        indexes = [models.Index(fields=["record_type", "record_id"])]  # noqa: RUF012
        constraints = [  # noqa: RUF012
            models.UniqueConstraint(
                name="programmes_attachment_once",
                fields=["record_type", "record_id", "kind", "sha256"],
            ),
        ]

    def __str__(self) -> str:
        """Name the file."""
        return self.name


class SavedView(models.Model):
    """A list's filters under a name, of one person or shared with the programme's people."""

    record_type = models.CharField(max_length=64)
    name = models.CharField(_("name"), max_length=64)
    query = models.CharField(max_length=1024)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    is_shared = models.BooleanField(_("shared"), default=False)

    class Meta:
        """A person's names are their own."""

        constraints = [  # noqa: RUF012
            models.UniqueConstraint(
                name="programmes_view_once", fields=["record_type", "owner", "name"]
            ),
        ]

    def __str__(self) -> str:
        """Name the view."""
        return f"{self.record_type}: {self.name}"


class Reminder(models.Model):
    """A reminder that was sent, so that it is sent once."""

    record_type = models.CharField(max_length=64)
    record_id = models.UUIDField()
    what = models.CharField(max_length=64)
    sent_to = models.CharField(max_length=150)
    sent_at = models.DateTimeField()

    class Meta:
        """Once for each deadline and person."""

        constraints = [  # noqa: RUF012
            models.UniqueConstraint(
                name="programmes_reminder_once",
                fields=["record_type", "record_id", "what", "sent_to"],
            ),
        ]

    def __str__(self) -> str:
        """Say who was reminded of what."""
        return f"{self.what} → {self.sent_to}"

"""Tables of the ledger: assets, accounts, transfers, and what is derived from transfers.

A transfer moves a whole number of one asset from its ``debit`` account to its ``credit`` account.
Assets, accounts, transfers and refusals are append-only; ``Balance`` and ``Reservation`` are
derived from transfers, kept for speed, and proved against them by ``ledger_verify``.

Transfers are numbered without a gap in the order in which they were recorded. Their references to
accounts carry no constraint in the database: a check of each row costs PostgreSQL more than the
transfer itself, and every writer has read both accounts in the same transaction.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from commonweal.kernel.org.models import Node


class AccountKind(models.TextChoices):
    """What an account stands for; only what holders have expires."""

    SOURCE = "source", _("source")
    HOLDER = "holder", _("holder")
    FUND = "fund", _("fund")
    EXPIRED = "expired", _("expired amounts")


class State(models.TextChoices):
    """What a row of transfers does: move, reserve, or release what was reserved."""

    POSTED = "posted", _("posted")
    PENDING = "pending", _("pending")
    VOIDED = "voided", _("voided")
    EXPIRED = "expired", _("timed out")


class Asset(models.Model):
    """What is counted. Amounts are whole numbers of its smallest part."""

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name_zh_hant = models.CharField(_("name, traditional Chinese"), max_length=128)
    name_zh_hans = models.CharField(_("name, simplified Chinese"), max_length=128)
    name_en = models.CharField(_("name, English"), max_length=128)
    unit = models.CharField(_("unit"), max_length=32)
    decimals = models.SmallIntegerField(_("decimals of the unit"), default=0)
    expires_after_days = models.IntegerField(_("expires after days"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        """Rules that hold whatever code writes the row."""

        verbose_name = _("asset")
        verbose_name_plural = _("assets")
        constraints = [  # noqa: RUF012
            models.CheckConstraint(
                name="ledger_asset_decimals", condition=Q(decimals__gte=0, decimals__lte=9)
            ),
            models.CheckConstraint(
                name="ledger_asset_lasts",
                condition=Q(expires_after_days=None) | Q(expires_after_days__gt=0),
            ),
        ]

    def __str__(self) -> str:
        """Identify the asset."""
        return self.code


class Account(models.Model):
    """Who or what holds an amount of one asset; numbered without a gap."""

    id = models.BigIntegerField(primary_key=True)
    code = models.CharField(_("code"), max_length=64, unique=True)
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="accounts", db_index=False)
    node = models.ForeignKey(Node, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(_("kind"), max_length=16, choices=AccountKind)
    floor = models.BigIntegerField(_("floor"), null=True, blank=True)  # null: may go below zero
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        """An expiring asset has one account that takes what expired."""

        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [  # noqa: RUF012
            models.UniqueConstraint(
                name="ledger_account_one_expired", fields=["asset"], condition=Q(kind="expired")
            ),
        ]

    def __str__(self) -> str:
        """Identify the account."""
        return self.code


class Balance(models.Model):
    """What an account holds now: credits less debits, and how much of it is reserved."""

    account = models.OneToOneField(Account, models.PROTECT, primary_key=True)
    balance = models.BigIntegerField(_("balance"), default=0)
    reserved = models.BigIntegerField(_("reserved"), default=0)  # by pending debits
    expires_next_at = models.DateTimeField(_("next expiry"), null=True)  # nothing expires before

    class Meta:
        """Found by what is due."""

        verbose_name = _("balance")
        verbose_name_plural = _("balances")
        indexes = [  # noqa: RUF012
            models.Index(
                name="ledger_balance_due",
                fields=["expires_next_at"],
                condition=Q(expires_next_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        """Identify the account."""
        return f"balance of account {self.account_id}"

    @property
    def available(self) -> int:
        """What may be spent, were there no floor."""
        return self.balance - self.reserved


class Transfer(models.Model):
    """One movement of one asset between two accounts. Never updated, never deleted."""

    id = models.BigIntegerField(primary_key=True)
    key = models.CharField(_("idempotency key"), max_length=128)
    debit = models.ForeignKey(
        Account, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    credit = models.ForeignKey(
        Account, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    amount = models.BigIntegerField(_("amount"))
    code = models.CharField(_("what for"), max_length=32)
    record_type = models.CharField(_("record type"), max_length=64, blank=True)
    record_key = models.CharField(_("record"), max_length=128, blank=True)
    occurred_at = models.DateTimeField(_("occurred at"))
    recorded_at = models.DateTimeField(_("recorded at"))
    state = models.CharField(_("state"), max_length=8, choices=State)
    pending_until = models.DateTimeField(_("pending until"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    resolves = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    reverses = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        """Rules that hold whatever code writes the row; few indexes, each costs every transfer."""

        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        indexes = [  # noqa: RUF012
            models.Index(name="ledger_transfer_debit", fields=["debit", "id"]),
            models.Index(name="ledger_transfer_credit", fields=["credit", "id"]),
            models.Index(
                name="ledger_transfer_of",
                fields=["record_type", "record_key", "id"],
                condition=~Q(record_type=""),
            ),
        ]
        constraints = [  # noqa: RUF012
            models.UniqueConstraint(name="ledger_transfer_key", fields=["key"]),
            models.UniqueConstraint(
                name="ledger_transfer_resolved_once",
                fields=["resolves"],
                condition=Q(resolves__isnull=False),
            ),
            models.UniqueConstraint(
                name="ledger_transfer_reversed_once",
                fields=["reverses"],
                condition=Q(reverses__isnull=False),
            ),
            models.CheckConstraint(name="ledger_transfer_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="ledger_transfer_two_sides", condition=~Q(debit=F("credit"))
            ),
        ]

    def __str__(self) -> str:
        """Identify the transfer."""
        return f"#{self.pk} {self.state} {self.amount} from {self.debit_id} to {self.credit_id}"


class Reservation(models.Model):
    """An open pending transfer; gone when it is posted, voided or timed out."""

    transfer = models.OneToOneField(Transfer, models.PROTECT, primary_key=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    amount = models.BigIntegerField(_("amount"))
    until = models.DateTimeField(_("until"), db_index=True)

    class Meta:
        """Words of the admin."""

        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")

    def __str__(self) -> str:
        """Identify the reservation."""
        return f"{self.amount} of account {self.account_id} until {self.until}"


class Refusal(models.Model):
    """An entry that was refused and told so: its key gives the same answer again."""

    key = models.CharField(_("idempotency key"), max_length=128, unique=True)
    sha256 = models.CharField(max_length=64)
    reason = models.CharField(_("reason"), max_length=500)
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        """Words of the admin."""

        verbose_name = _("refusal")
        verbose_name_plural = _("refusals")

    def __str__(self) -> str:
        """Say why."""
        return f"{self.key}: {self.reason}"

"""Models of the ledger: accounts, holds and entries, with constraints that reject inconsistent
rows.

Only `billing.ledger` writes here. Amounts are whole credits.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from common.ids import PublicIdField


class Kind(models.TextChoices):
    GRANT = "grant", "grant"
    HOLD = "hold", "hold"
    CAPTURE = "capture", "capture"
    RELEASE = "release", "release"
    ADJUST = "adjust", "adjustment"


class HoldStatus(models.TextChoices):
    OPEN = "open", "open"
    CLOSED = "closed", "closed"


class Account(models.Model):
    """A user's balance, which always equals the sum of its entries.

    `sequence` is the number of the latest entry. `low_noticed` records that the user received the
    notice of few credits, and `low_threshold` overrides the service's own limit for it. The user
    becomes NULL on erasure, while the account and its entries stay.
    """

    public_id = PublicIdField(prefix="acct")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="credit_account",
    )
    available = models.BigIntegerField(default=0, editable=False)
    held = models.BigIntegerField(default=0, editable=False)
    sequence = models.BigIntegerField(default=0, editable=False)
    low_noticed = models.BooleanField(default=False, editable=False)
    low_threshold = models.BigIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[models.Manager["Account"]] = models.Manager()

    class Meta:
        permissions = [("adjust_account", "Can adjust the credits of an account")]
        constraints = [
            models.CheckConstraint(
                condition=Q(available__gte=0), name="billing_account_available_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(held__gte=0), name="billing_account_held_not_negative"
            ),
        ]
        indexes = [
            models.Index(
                fields=["available"],
                condition=Q(low_noticed=False),
                name="billing_account_not_noticed",
            ),
            models.Index(
                fields=["low_threshold"],
                condition=Q(low_noticed=False, low_threshold__isnull=False),
                name="billing_account_own_threshold",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class Hold(models.Model):
    """Credits set aside for running work; a hold is closed exactly once."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="holds")
    key = models.CharField(max_length=400, unique=True)
    reference = models.CharField(max_length=200)
    amount = models.BigIntegerField()
    captured = models.BigIntegerField(default=0)
    released = models.BigIntegerField(default=0)
    status = models.CharField(max_length=8, choices=HoldStatus, default=HoldStatus.OPEN)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    # Where the hold is counted against spending caps. Rows of `Spending` are never deleted, so the
    # column needs neither an index nor a check of its references.
    spending = models.ForeignKey(
        "billing.Spending",
        on_delete=models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )

    objects: ClassVar[models.Manager["Hold"]] = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="billing_hold_amount_positive"),
            models.CheckConstraint(
                condition=Q(captured__gte=0, released__gte=0), name="billing_hold_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(status="open", captured=0, released=0, closed_at__isnull=True)
                | Q(status="closed", amount=F("captured") + F("released"), closed_at__isnull=False),
                name="billing_hold_closed_in_full",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"], condition=Q(status="open"), name="billing_hold_open"
            ),
            models.Index(
                fields=["closed_at"],
                include=["captured"],
                condition=Q(closed_at__isnull=False),
                name="billing_hold_closed",
            ),
            models.Index(fields=["created_at"], name="billing_hold_by_creation"),
        ]

    def __str__(self) -> str:
        return f"{self.reference}: {self.amount} credits, {self.status}"


class Entry(models.Model):
    """One entry of the ledger. A trigger refuses to change or delete it.

    `sequence` counts an account's entries from 1 without a gap. `key` is unique within its kind;
    for a capture it is the image, so no image can be captured twice. `actor_id` is the primary key
    of the operator who ordered it. It is not a foreign key, because the row cannot change when that
    user is deleted.
    """

    public_id = PublicIdField(prefix="txn")
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    sequence = models.BigIntegerField()
    kind = models.CharField(max_length=8, choices=Kind)
    key = models.CharField(max_length=400)
    delta_available = models.BigIntegerField()
    delta_held = models.BigIntegerField()
    available_after = models.BigIntegerField()
    held_after = models.BigIntegerField()
    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, null=True, related_name="entries")
    reference = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    actor_id = models.BigIntegerField("ordered by user", null=True)
    created_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Entry"]] = models.Manager()

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["created_at"], name="billing_entry_by_creation"),
            # Nearly all entries belong to holds, so a partial index serves the others.
            models.Index(
                fields=["kind", "-created_at"],
                condition=Q(kind__in=["grant", "adjust"]),
                name="billing_entry_without_hold",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="billing_entry_key"),
            models.UniqueConstraint(fields=["account", "sequence"], name="billing_entry_sequence"),
            models.CheckConstraint(
                condition=Q(available_after__gte=0, held_after__gte=0),
                name="billing_entry_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(kind="grant", delta_available__gt=0, delta_held=0, hold__isnull=True)
                | Q(kind="adjust", delta_held=0, hold__isnull=True)
                & ~Q(delta_available=0)
                & ~Q(reason="")
                | Q(
                    kind="hold",
                    delta_held__gt=0,
                    delta_available=-F("delta_held"),
                    hold__isnull=False,
                )
                | Q(kind="capture", delta_held__lt=0, delta_available=0, hold__isnull=False)
                | Q(
                    kind="release",
                    delta_available__gt=0,
                    delta_held=-F("delta_available"),
                    hold__isnull=False,
                ),
                name="billing_entry_shape",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

"""Subscriptions as last fetched from Stripe."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from billing.plans import PLANS
from common.ids import PublicIdField


class Status(models.TextChoices):
    """The status values of Stripe's API."""

    INCOMPLETE = "incomplete", "waiting for the first payment"
    INCOMPLETE_EXPIRED = "incomplete_expired", "never paid"
    TRIALING = "trialing", "on trial"
    ACTIVE = "active", "active"
    PAST_DUE = "past_due", "payment overdue"
    UNPAID = "unpaid", "unpaid"
    PAUSED = "paused", "paused"
    CANCELED = "canceled", "ended"


# A user has at most one subscription in these states; each is paid, or may become paid without
# another order.
LIVE = (Status.ACTIVE, Status.TRIALING, Status.PAST_DUE, Status.UNPAID, Status.PAUSED)


class Subscription(models.Model):
    """A subscription. `billing.subscriptions.sync` writes it from Stripe's current object, or ends
    it when Stripe has none.

    `sequence` orders the fetches: an earlier fetch never overwrites a later one. `grace_until` is
    set while a payment is overdue. `began` records that the first payment succeeded. Money is whole
    rupiah.
    """

    public_id = PublicIdField(prefix="sub")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    stripe_id = models.CharField(max_length=64, unique=True)
    item_id = models.CharField(max_length=64)
    plan = models.CharField(max_length=20, choices=[(name.value, name.value) for name in PLANS])
    status = models.CharField(max_length=20, choices=Status)
    monthly_price_idr = models.BigIntegerField()
    began = models.BooleanField(default=False)
    cancel_at_period_end = models.BooleanField(default=False)
    subscribed_at = models.DateTimeField()
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    grace_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    latest_invoice = models.CharField(max_length=64, blank=True)
    sequence = models.BigIntegerField(db_column="ticket")
    fetched_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["Subscription"]] = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="past_due", grace_until__isnull=False)
                | (~Q(status="past_due") & Q(grace_until__isnull=True)),
                name="billing_subscription_grace_while_past_due",
            ),
        ]
        indexes = [
            models.Index(
                fields=["grace_until"],
                condition=Q(grace_until__isnull=False),
                name="billing_subscription_in_grace",
            ),
            models.Index(
                fields=["fetched_at"],
                condition=Q(ended_at__isnull=True),
                name="billing_subscription_running",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan}, {self.status}"


class SubscriptionPage(models.Model):
    """The page of Stripe's on which a user was last sent to subscribe; it may still be open."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", primary_key=True
    )
    session = models.CharField(max_length=100)
    url = models.TextField()
    created_at = models.DateTimeField()

    objects: ClassVar[models.Manager["SubscriptionPage"]] = models.Manager()

    def __str__(self) -> str:
        return self.session

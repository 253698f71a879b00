"""Credit packs and orders of them."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from common.ids import PublicIdField


class CreditPack(models.Model):
    """A number of credits at a price in whole rupiah; operators edit these rows."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    credits = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    # Stripe accepts no less than about half a dollar, and at most eight digits before the
    # hundredths.
    price_idr = models.PositiveIntegerField(validators=[MinValueValidator(10_000)])
    active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[models.Manager["CreditPack"]] = models.Manager()

    class Meta:
        ordering = ["position", "price_idr"]
        constraints = [
            models.CheckConstraint(
                condition=Q(credits__gte=1, price_idr__gte=1), name="billing_pack_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.credits} credits for Rp {self.price_idr:,}"


class CreditOrder(models.Model):
    """One purchase of credits: the agreed terms, and the state of Stripe's payment.

    `reversed` are the credits that a refund or dispute has undone, whether they were taken back or
    became a debt. `sequence` orders the fetches from Stripe, as for subscriptions.
    """

    public_id = PublicIdField(prefix="order")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    pack = models.ForeignKey(CreditPack, on_delete=models.SET_NULL, null=True, related_name="+")
    pack_name = models.CharField(max_length=80)
    credits = models.PositiveIntegerField()
    amount_idr = models.PositiveIntegerField()
    checkout_session = models.CharField(max_length=100, blank=True)
    checkout_url = models.TextField(blank=True)
    payment_intent = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    lost_idr = models.PositiveIntegerField(default=0)
    reversed = models.PositiveIntegerField(default=0)
    revision = models.PositiveIntegerField(default=0)
    closed_at = models.DateTimeField(null=True, blank=True)
    sequence = models.BigIntegerField(db_column="ticket", default=0)

    objects: ClassVar[models.Manager["CreditOrder"]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payment_intent"],
                condition=~Q(payment_intent=""),
                name="billing_order_payment",
            ),
            models.UniqueConstraint(
                fields=["checkout_session"],
                condition=~Q(checkout_session=""),
                name="billing_order_session",
            ),
            models.CheckConstraint(
                condition=Q(credits__gte=1, amount_idr__gte=1), name="billing_order_positive"
            ),
            models.CheckConstraint(
                condition=Q(reversed__lte=F("credits"), lost_idr__lte=F("amount_idr")),
                name="billing_order_reversed_at_most_whole",
            ),
            models.CheckConstraint(
                condition=Q(reversed=0) | Q(paid_at__isnull=False),
                name="billing_order_reversed_after_payment",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="billing_order_by_user"),
            models.Index(
                fields=["created_at"],
                condition=Q(paid_at__isnull=True, closed_at__isnull=True),
                name="billing_order_open",
            ),
            # For statistics: what was paid in a period is answered from the index itself.
            models.Index(
                fields=["paid_at"],
                include=["user", "amount_idr", "lost_idr"],
                condition=Q(paid_at__isnull=False),
                name="billing_order_paid",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

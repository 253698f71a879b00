"""Invoices as Stripe last reported them, so that listing them needs no call."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import PublicIdField


class Invoice(models.Model):
    """One invoice; amounts are hundredths of a rupiah, as at Stripe. Only `sync` writes it.

    `amount_lost` is what a refund or dispute has taken out of `amount_paid`. It comes from the
    payment and not from the invoice, so `payment_sequence` orders the states that were fetched.
    """

    public_id = PublicIdField(prefix="inv")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    stripe_id = models.CharField(max_length=64, unique=True)
    subscription = models.CharField(max_length=64, blank=True)
    payment_intent = models.CharField(max_length=64, blank=True)
    order_id = models.CharField(max_length=40, blank=True)
    number = models.CharField(max_length=60, blank=True)
    description = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=20)
    currency = models.CharField(max_length=3)
    amount_due = models.BigIntegerField()
    amount_paid = models.BigIntegerField()
    amount_lost = models.BigIntegerField(default=0, db_default=0)
    attempts = models.PositiveIntegerField(default=0)
    hosted_url = models.TextField(blank=True)
    pdf_url = models.TextField(blank=True)
    created_at = models.DateTimeField()
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    sequence = models.BigIntegerField(db_column="ticket")
    payment_sequence = models.BigIntegerField(default=0, db_default=0)

    objects: ClassVar[models.Manager["Invoice"]] = models.Manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "-created_at"], name="billing_invoice_by_user"),
            models.Index(fields=["number"], name="billing_invoice_by_number"),
            models.Index(
                fields=["payment_intent"],
                condition=~Q(payment_intent=""),
                name="billing_invoice_by_payment",
            ),
            # For statistics. The invoice of an order is left out, because the order counts.
            models.Index(
                fields=["paid_at"],
                include=["user", "amount_paid", "amount_lost"],
                condition=Q(paid_at__isnull=False, order_id=""),
                name="billing_invoice_paid",
            ),
        ]

    def __str__(self) -> str:
        return self.number or self.stripe_id

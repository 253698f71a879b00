"""Invoices as Stripe last reported them, so that listing them needs no call."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from common.ids import PublicIdField


class Invoice(models.Model):
    """One invoice; amounts are hundredths of a rupiah, as at Stripe. Only `sync` writes it."""

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
    attempts = models.PositiveIntegerField(default=0)
    hosted_url = models.TextField(blank=True)
    pdf_url = models.TextField(blank=True)
    created_at = models.DateTimeField()
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    sequence = models.BigIntegerField(db_column="ticket")

    objects: ClassVar[models.Manager["Invoice"]] = models.Manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "-created_at"], name="billing_invoice_by_user"),
            models.Index(fields=["number"], name="billing_invoice_by_number"),
        ]

    def __str__(self) -> str:
        return self.number or self.stripe_id
